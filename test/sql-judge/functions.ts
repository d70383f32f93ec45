// A statement for each function of Trino and each edge of its arguments, from the signatures that SHOW FUNCTIONS lists.
import { CALLS } from '#test/sql-judge/calls'
import { lambdaCalls } from '#test/sql-judge/lambdas'
import { typical, VALUES } from '#test/sql-judge/values'

/** A line of SHOW FUNCTIONS: name, result, arguments, kind. */
export type Listed = readonly [name: string, result: string, args: string, kind: string]

/** What has no one answer, or is a clause and no call. */
export const LEFT_OUT: ReadonlySet<string> = new Set([
  'now',
  'current_date',
  'random',
  'rand',
  'shuffle',
  'uuid',
  'version',
  'exclude_columns',
  'sequence',
  'current_groups',
])

const VARIABLE = /^[a-z](\d)?$/i
/** What a type variable stands for, each in turn. */
const STANDS = ['bigint', 'varchar']

export function* functionStatements(listed: readonly Listed[]): Generator<string> {
  for (const [name, , args, kind] of listed) {
    if (kind === 'table' || LEFT_OUT.has(name)) continue
    for (const types of argumentTypes(args)) yield* callsOf(name, types, kind)
  }
}

export function* callStatements(): Generator<string> {
  for (const expression of [...CALLS, ...lambdaCalls()]) yield `SELECT ${expression}`
}

function* callsOf(name: string, types: readonly string[], kind: string): Generator<string> {
  if (kind === 'aggregate') yield* aggregates(name, types)
  else if (kind === 'window') yield* windows(name, types)
  else for (const args of oneAtATime(types)) yield `SELECT ${name}(${args.join(', ')})`
}

/** The typical arguments, then each edge of each one while the others stay typical. */
export function* oneAtATime(types: readonly string[]): Generator<string[]> {
  const base = types.map(typical)
  yield base
  const most = types.length === 1 ? 20 : types.length === 2 ? 3 : 2
  for (const [i, type] of types.entries())
    for (const value of (VALUES[type] as readonly string[]).slice(1, 1 + most)) yield base.with(i, value)
}

function* aggregates(name: string, types: readonly string[]): Generator<string> {
  const rows = (count: number, from: number) =>
    Array.from(
      { length: count },
      (_, r) =>
        `(${types
          .map((type, i) => {
            const values = VALUES[type] as readonly string[]
            return values[(from + r * (i + 1)) % values.length]
          })
          .join(', ')})`,
    ).join(', ')
  const columns = types.map((_, i) => `c${i}`)
  const call = `${name}(${columns.join(', ')})`
  if (types.length === 0) {
    yield `SELECT ${name}() FROM (VALUES 1, 2) t(x)`
    return
  }
  const from = (values: string) => `FROM (VALUES ${values}) t(${columns.join(', ')})`
  const same = `(${types.map(typical).join(', ')})`
  yield `SELECT ${call} ${from(same)}`
  yield `SELECT ${call} ${from(rows(8, 0))}`
  yield `SELECT ${call} ${from(same)} WHERE false`
  yield `SELECT ${call} FILTER (WHERE ${columns[0]} IS NULL) ${from(rows(8, 0))}`
  // Distinct values have no order in an array.
  if (name !== 'array_agg') yield `SELECT ${name}(DISTINCT ${columns.join(', ')}) ${from(rows(4, 0))}`
}

function* windows(name: string, types: readonly string[]): Generator<string> {
  const table = "(VALUES (1, 'a', 10), (2, 'a', NULL), (3, 'b', 30), (3, 'b', 40)) t(i, g, n)"
  const args = types.map((type, i) =>
    i === 0 && type !== 'bigint' ? 'n' : i === 1 && types.length > 1 ? '2' : type === 'bigint' ? '2' : '0',
  )
  const call = `${name}(${args.join(', ')})`
  for (const over of [
    'ORDER BY i',
    'PARTITION BY g ORDER BY i',
    'ORDER BY i DESC, n',
    'ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW',
    '',
  ])
    yield `SELECT i, g, n, ${call} OVER (${over}) FROM ${table} ORDER BY 1, 2, 3`
}

/** The types of a list of SHOW FUNCTIONS that values are known of. */
export const argumentTypes = (args: string): Generator<string[]> => instances(splitTypes(args))

/** The argument types with variables replaced; nothing where a type has no values here (lambdas, which CALLS has). */
function* instances(types: readonly string[]): Generator<string[]> {
  const hasVariable = types.some((type) =>
    /\b[a-z](\d)?\b/i.test(type.replace(/varchar\(\w\)|char\(\w\)|decimal\([\w,]*\)|timestamp\(p\)|time\(p\)/g, '')),
  )
  for (const stands of hasVariable && types.length < 3 ? STANDS : [STANDS[0] as string]) {
    const made = types.map((type) => concrete(type, stands))
    if (made.every((type) => type !== undefined)) yield made as string[]
  }
}

const NAMED: Readonly<Record<string, string>> = {
  joniregexp: 'regexp',
  codepoints: 'varchar',
  'timestamp(p)': 'timestamp',
  'timestamp(p) with time zone': 'timestamp with time zone',
  'time(p)': 'time',
  'time(p) with time zone': 'time with time zone',
}

function concrete(type: string, stands: string): string | undefined {
  if (VARIABLE.test(type)) return stands
  const named = NAMED[type]
  if (named) return named
  if (/^varchar\(/.test(type)) return 'varchar'
  if (/^char\(/.test(type)) return 'char'
  if (/^decimal\(/.test(type)) return 'decimal'
  if (/^array\([a-z]\d?\)$/i.test(type)) return `array(${stands})`
  if (/^array\(array\(/.test(type)) return 'array(array(bigint))'
  if (/^map\([a-z]\d?,[a-z]\d?\)$/i.test(type)) return 'map(varchar,bigint)'
  if (/^array\(row\(/.test(type)) return 'array(row)'
  return Object.hasOwn(VALUES, type) ? type : undefined
}

function splitTypes(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const c of list) {
    if (c === '(') depth++
    if (c === ')') depth--
    if (c === ',' && depth === 0) {
      parts.push(part.trim())
      part = ''
    } else part += c
  }
  return part.trim() === '' ? parts : [...parts, part.trim()]
}
