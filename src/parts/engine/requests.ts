// Bodies of requests, exactly in the agreed form: what is not known is refused, not ignored. Read by hand: the engine loads no library for two forms.
import { StatementRefused } from '#parts/engine/errors'
import type { FieldId, ParquetOutput, RunRequest } from '#wire/engine/protocol'

type Form<T> = (value: unknown, path: string) => T

const refuse = (path: string, expected: string) => StatementRefused({ text: `${path || 'the body'}: expected ${expected}` })

const text: Form<string> = (value, path) => {
  if (typeof value !== 'string') throw refuse(path, 'a text')
  return value
}

const matching =
  (pattern: RegExp, expected: string): Form<string> =>
  (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw refuse(path, expected)
    return value
  }

const count: Form<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw refuse(path, 'a whole number that is not negative')
  return value
}

const list =
  <T>(item: Form<T>): Form<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw refuse(path, 'a list')
    return value.map((each, i) => item(each, `${path}[${i}]`))
  }

type Forms<T> = { readonly [K in keyof T]-?: Form<Exclude<T[K], undefined>> }

/** An object of these fields and no other; those of `optional` may be left out. */
const object =
  <T extends object>(forms: () => Forms<T>, ...optional: readonly (keyof T & string)[]): Form<T> =>
  (value, path) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw refuse(path, 'an object')
    const known = new Map<string, Form<unknown>>(Object.entries(forms()))
    for (const name of Object.keys(value)) if (!known.has(name)) throw refuse(path, `no field ${JSON.stringify(name)}`)
    const given = value as Readonly<Record<string, unknown>>
    const read = [...known].flatMap(([name, form]) => {
      if (!Object.hasOwn(given, name) && (optional as readonly string[]).includes(name)) return []
      return [[name, form(given[name], path === '' ? name : `${path}.${name}`)] as const]
    })
    return Object.fromEntries(read) as T
  }

const fieldId: Form<FieldId> = object(() => ({ name: text, id: count, children: list(fieldId) }), 'children')

const parquet: Form<ParquetOutput> = object(
  () => ({
    folder: matching(/^[\w-]{1,64}$/, 'a folder of 1 to 64 letters, digits, - or _'),
    fieldIds: list(fieldId),
    partitionBy: list(text),
  }),
  'partitionBy',
)

const run: Form<RunRequest> = object(
  () => ({
    runId: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a UUID'),
    queryId: text,
    spool: text,
    sql: text,
    output: (value, path) => (value === 'rows' ? value : parquet(value, path)),
    types: list(text),
  }),
  'types',
)

const description: Form<{ readonly sql: string }> = object(() => ({ sql: text }))

export const parseRun = (body: string): RunRequest => run(toJson(body), '')
export const parseDescribe = (body: string): { readonly sql: string } => description(toJson(body), '')

function toJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
