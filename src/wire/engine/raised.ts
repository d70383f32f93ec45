// An error that we raise ourselves, as it crosses the engine: its name in Trino, a text without values, and one with them where there is one.

export interface Raised {
  readonly name: string
  /** Holds no value: a policy may hide it. */
  readonly text: string
  /** What is said in its place where nothing is hidden. */
  readonly detail?: string
}

/** Stands in no text. */
const BETWEEN = '\u001e'
const HEAD = /^AKKO:([A-Z_]+):/

const plain = (text: string): string => text.replaceAll(BETWEEN, ' ')

export function printRaised({ name, text, detail }: Raised): string {
  return `AKKO:${name}:${plain(text)}${detail === undefined ? '' : `${BETWEEN}${plain(detail)}`}`
}

/** What Trino's TRY turns to null, and the engine's: all else goes through both. */
export const CAUGHT: ReadonlySet<string> = new Set([
  'DIVISION_BY_ZERO',
  'INVALID_CAST_ARGUMENT',
  'INVALID_FUNCTION_ARGUMENT',
  'NUMERIC_VALUE_OUT_OF_RANGE',
])

/** Our function that tells beside its value what TRY must not catch. */
export const tellingName = (name: string): string => `${name}${TELLING}`
export const TELLING = '_or_error'

/** The engine's TRY catches what `error` raises, and not that a text is no SQL: `json_deserialize_sql` says so of such a one, in its words. */
const THROUGH = 'Error parsing json: AKKO: '

export const printThrough = (raised: Raised): string =>
  JSON.stringify({ error: true, error_type: 'AKKO', error_message: printRaised(raised) })

/** Ours stands at the beginning; elsewhere it is a value that merely looks like it. */
export function readRaised(given: string): Raised | undefined {
  const message = given.startsWith(THROUGH) ? given.slice(THROUGH.length) : given
  const [head, name] = HEAD.exec(message) ?? []
  if (head === undefined || name === undefined) return undefined
  const [text = '', detail] = message.slice(head.length).split(BETWEEN)
  return { name, text, ...(detail === undefined ? {} : { detail }) }
}
