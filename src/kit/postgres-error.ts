// What PostgreSQL refused, by its SQLSTATE.

/** Of classes 22 (data exception) and 23 (integrity): this row it will never take, others it may. */
export function isOfData(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^2[23]...$/.test(code)
}
