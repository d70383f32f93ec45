// What the portal's page and its server tell each other about the policy: forms, bounds, and the words of both.

/** Of one answer: whoever wants more asks for the next page. */
export const MOST = { personas: 20, tables: 50, columns: 5000, people: 50, roles: 50, events: 200 } as const

/** Somebody by his name, or anybody who has this role and no other. */
export type Persona = { readonly user: string } | { readonly role: string }

/** A table or view, as the SQL engine describes it. */
export interface TableForm {
  /** Catalogue, schema, table. */
  readonly path: readonly [string, string, string]
  /** All of its columns; `type` as Trino prints it. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** A rule that had a part in an answer. */
export interface Because {
  /** In the policy: `roles.akko-user.read.0`. */
  readonly rule: string
  readonly says: string
  /** `file:line`. */
  readonly at: string
}

/** What somebody may do with a table, and what of it he sees. */
export interface Sight {
  readonly reads: boolean
  readonly writes: boolean
  /** Why he does not read it. */
  readonly reason?: string
  /** Whether he sees some of its columns only. */
  readonly part: boolean
  /** Of the columns that were told those that he does not. */
  readonly hidden: readonly string[]
  /** Of the others those that are shown as something else: the SQL expression. */
  readonly masks: Readonly<Record<string, string>>
  /** SQL expressions; only rows for which all hold. */
  readonly rowFilters: readonly string[]
  readonly because: readonly Because[]
}

/** The same, counted. */
export interface SightCounts {
  readonly reads: boolean
  readonly writes: boolean
  readonly part: boolean
  readonly hidden: number
  readonly masked: number
  readonly filters: number
}

/** What of a table somebody sees, shortest first: nothing, all of it as it is, or what is kept from him. */
export function seen({ reads, part, hidden, masked, filters }: SightCounts): readonly string[] {
  if (!reads) return ['no right']
  const kept = [
    ...(part ? [hidden === 0 ? 'part' : `part: ${hidden} hidden`] : []),
    ...(masked > 0 ? [`${masked} masked`] : []),
    ...(filters > 0 ? ['rows filtered'] : []),
  ]
  return kept.length > 0 ? kept : ['clear']
}

export interface MatrixAnswer {
  readonly revision: number
  /** By persona, then by table, in the order of the question. */
  readonly cells: readonly (readonly SightCounts[])[]
}

export interface WhyAnswer extends Sight {
  readonly revision: number
  /** Of the persona; a person's as they are now. */
  readonly roles: readonly string[]
}

/** `reads`, `writes`, `sees`, `buckets`, `may`. */
export interface RoleLine {
  readonly what: string
  readonly text: string
}

export interface RoleWords {
  readonly name: string
  readonly lines: readonly RoleLine[]
  /** `file:line`; absent where the policy says nothing of it. */
  readonly at?: string
}

/** How many match, whatever part of them an answer holds. */
export interface Found {
  readonly total: number
}

export interface RolesAnswer extends Found {
  readonly roles: readonly (RoleWords & { readonly people: number })[]
}

export interface Holder {
  readonly name: string
  readonly roles: readonly string[]
  /** A program's account, not a person's. */
  readonly service: boolean
}

export interface PeopleAnswer extends Found {
  readonly people: readonly Holder[]
}

/** What a person is told about himself. */
export interface MineAnswer {
  readonly user: string
  readonly roles: readonly RoleWords[]
  /** Whether he may see the rest of the page. */
  readonly governs: boolean
}

export interface RevisionLine {
  readonly revision: number
  /** ISO time; empty for the shipped policy. */
  readonly at: string
  readonly author: string
  readonly reason: string
}

export interface HistoryAnswer extends Found {
  readonly revisions: readonly RevisionLine[]
}

export interface PolicyAnswer extends RevisionLine {
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

export interface PolicyDifference {
  readonly role: string
  readonly what: string
  readonly before: string
  readonly after: string
}

export interface DifferencesAnswer {
  readonly before: number
  readonly after: number
  readonly differences: readonly PolicyDifference[]
}

/** One of the audit. */
export interface EventLine {
  readonly id: string
  /** ISO time. */
  readonly time: string
  readonly who: string
  readonly roles: readonly string[]
  readonly action: string
  readonly kind: string
  readonly path: readonly string[]
  readonly outcome: string
  readonly reason?: string
  readonly requestId: string
}

export interface EventsAnswer {
  readonly events: readonly EventLine[]
}
