// The one rule by which grants, masks and row filters match namespaces and tables. `trino.rego` has the same rule.
import type { Grant, TableScope } from '#kit/access-model'

/** The levels of a schema: its catalogue, then its namespace from the outermost level on; of a table, its name as one more. */
export function levelsOf([catalog = '', schema = '', table]: readonly string[]): readonly string[] {
  const levels = [fold(catalog), ...fold(schema).split('.')]
  return table === undefined ? levels : [...levels, fold(table)]
}

/**
 * Whether a pattern covers a schema. A pattern covers what it names and all that is nested in it, however that is spelled:
 * `iceberg.banking` covers `iceberg.banking.private`; `*` stands for one level.
 */
export function covers(pattern: string, levels: readonly string[]): boolean {
  const wanted = levelsIn(pattern)
  return wanted.length <= levels.length && begins(wanted, levels)
}

/** Whether a grant is of what the path names: a schema whole, `[catalog, schema]`, or a table or view in it. */
export function isOf(grant: Grant, path: readonly string[]): boolean {
  if (typeof grant === 'string') return covers(grant, levelsOf(path.slice(0, 2)))
  return path.length > 2 && isExactly(levelsIn(grant.table), levelsOf(path))
}

/** Whether a grant is of the schema or of a table that lies in it. */
export function reaches(grant: Grant, schema: readonly string[]): boolean {
  return typeof grant === 'string' ? isOf(grant, schema) : isExactly(levelsIn(grant.table).slice(0, -1), levelsOf(schema))
}

/** Whether something is said of a table. */
export function appliesTo({ schemas, tables }: TableScope, path: readonly string[]): boolean {
  const [catalog, schema, table] = path
  const levels = levelsOf([catalog ?? '', schema ?? ''])
  const isNamed = tables === undefined || tables.some((name) => name === '*' || fold(name) === fold(table ?? ''))
  return isNamed && schemas.some((pattern) => covers(pattern, levels))
}

const levelsIn = (pattern: string): readonly string[] => fold(pattern).split('.')

const begins = (wanted: readonly string[], levels: readonly string[]): boolean =>
  wanted.every((name, i) => name === '*' || name === levels[i])

const isExactly = (wanted: readonly string[], levels: readonly string[]): boolean =>
  wanted.length === levels.length && begins(wanted, levels)

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/

/** SQL's names are one whatever their case. Each character by itself, as Go's `lower` does it. */
export function fold(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase()
  return Array.from(name, (c) => Array.from(c.toLowerCase())[0] ?? c).join('')
}
