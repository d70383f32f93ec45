// How long events of the audit are kept, in days.

/** The table itself refuses to lose what is younger. */
export const LEAST_AUDIT_DAYS = 30
/** Unless another is set. */
export const AUDIT_DAYS = 400
