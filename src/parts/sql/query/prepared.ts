// Errors of EXECUTE IMMEDIATE, whose places are those inside the quoted text: Trino counts from the literal.
import type { Position } from '#parts/sql/syntax/ast'

/** Runs `body`; the places of its errors are moved by where the quoted text begins. */
export async function shiftError<T>(start: Position, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    const values = (error as { values?: Record<string, unknown> }).values
    if (values && typeof values.line === 'number' && typeof values.column === 'number' && error instanceof Error) {
      const line = values.line + start.line - 1
      const column = values.line === 1 ? values.column + start.column : values.column
      error.message = error.message.replace(`line ${values.line}:${values.column}:`, `line ${line}:${column}:`)
      values.line = line
      values.column = column
    }
    throw error
  }
}
