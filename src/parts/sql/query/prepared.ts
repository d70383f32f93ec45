// Statements given as text: what a client holds of PREPARE, and errors of EXECUTE IMMEDIATE, whose places are those inside the quoted text: Trino counts from the literal.
import { own } from '#kit/own'
import { sqlError } from '#parts/sql/errors'
import type { Name, Position } from '#parts/sql/syntax/ast'
import { MAX_LENGTH } from '#parts/sql/syntax/budget'
import type { ClientContext } from '#wire/trino/headers'
import { packStatement, unpackStatement } from '#wire/trino/prepared-text'

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

/** What of a header's bytes (`HEADER_BYTES`) prepared statements may take: the rest is for the token and the session. */
const MAX_PREPARED = 24 * 1024

/** @throws NOT_FOUND */
export function preparedText({ prepared }: ClientContext, { lower, text }: Name): string {
  const held = own(prepared, lower) ?? own(prepared, text)
  if (held === undefined) throw sqlError('NOT_FOUND', undefined, `Prepared statement not found: ${text}`)
  const statement = unpackStatement(held, 4 * MAX_LENGTH)
  if (statement === undefined)
    throw sqlError('INVALID_ARGUMENTS', undefined, `Prepared statement ${text} is not text that this server gave`)
  return statement
}

/** As the client is to send it from now on, in a header with all its others. */
export function packPrepared({ prepared }: ClientContext, name: string, sql: string): string {
  const text = packStatement(sql)
  const others = Object.entries(prepared).filter(([held]) => held !== name)
  const bytes = [[name, text] as const, ...others].reduce((sum, pair) => sum + encodeURIComponent(pair.join('=')).length + 1, 0)
  if (bytes <= MAX_PREPARED) return text
  const told = `Prepared statements of ${bytes} bytes do not fit into a header (${MAX_PREPARED}): use EXECUTE IMMEDIATE, or DEALLOCATE PREPARE others`
  throw sqlError('QUERY_TEXT_TOO_LARGE', undefined, told)
}
