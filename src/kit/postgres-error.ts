// What PostgreSQL refused, by its SQLSTATE.

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null | undefined)?.code)

/** Of classes 22 (data exception) and 23 (integrity): this row it will never take, others it may. */
export function isOfData(error: unknown): boolean {
  return /^2[23]...$/.test(codeOf(error))
}

/** A text holds NUL: in a value, or escaped in JSON. */
export function isOfText(error: unknown): boolean {
  return /^(22021|22P05)$/.test(codeOf(error))
}
