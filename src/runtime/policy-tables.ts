// What the tables that there are say of a policy: names that are spelled otherwise, and masks and filters that do not fit their columns.
import type { AccessModel, Grant, TableScope } from '#kit/access-model'
import { nearest, nearOf } from '#kit/nearest'
import { own } from '#kit/own'
import { appliesTo, fold, isOf, levelsOf } from '#parts/policy/patterns'
import { problemOfRuleOver } from '#parts/sql/rules'
import { aTable, COLUMN, type PolicyContext, type PolicySource, type Problem } from '#platform/policy/source'
import type { TableForm } from '#wire/governance'
import { quoteName } from '#wire/trino/names'

export interface KnownTables {
  /** Of these catalogues everything is known; of others nothing is said. */
  readonly catalogs: readonly string[]
  /** `catalogue.schema`. */
  readonly schemas: readonly string[]
  readonly tables: readonly TableForm[]
  /** That keys may cover; undefined: nothing is said of them. */
  readonly buckets?: readonly string[]
}

type Found = Omit<Problem, 'file'>

interface Say {
  readonly tell: (path: readonly PropertyKey[], problem: string) => void
  readonly notice: (text: string) => void
}

/** What is not there yet, and resembles nothing that is, is no problem: it is told to `notice`. */
export function judgeByTables(known: KnownTables, notice: (text: string) => void): NonNullable<PolicyContext['ofTables']> {
  return (source, model) => {
    const found: Found[] = []
    const say: Say = { tell: (path, problem) => found.push({ path, problem }), notice }
    for (const [role, grants] of Object.entries(source.roles ?? {})) {
      judgeBuckets(known, grants.buckets ?? [], ['roles', role, 'buckets'], say)
      for (const use of ['read', 'write'] as const)
        for (const [i, grant] of (grants[use] ?? []).entries()) judgeGrant(known, grant, ['roles', role, use, i], say)
    }
    for (const [i, rule] of (source.classified ?? []).entries()) {
      judgeScope(known, rule, ['classified', i], say)
      judgeMask(known, model, rule, ['classified', i, 'as'], say)
    }
    for (const [i, rule] of (source.rowFilters ?? []).entries()) {
      judgeScope(known, rule, ['rowFilters', i], say)
      judgeFilter(known, rule, ['rowFilters', i, 'filter'], say)
    }
    return found
  }
}

const nameOf = ({ path }: TableForm): string => path.join('.')
const columnsOf = (tables: readonly TableForm[]): string[] => [...new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))]

function judgeGrant(known: KnownTables, grant: Grant, path: readonly PropertyKey[], say: Say): void {
  if (typeof grant === 'string') {
    judgeSchema(known, grant, path, say)
    return
  }
  const tables = known.tables.filter((table) => isOf(grant, table.path))
  if (tables.length === 0) {
    const names = known.tables.map(nameOf)
    absent(known, grant.table, names, 'table', (problem) => say.tell([...path, 'table'], problem), say.notice)
  }
  for (const [i, column] of tables.length === 0 ? [] : (grant.columns ?? []).entries()) {
    const columns = columnsOf(tables)
    if (!columns.some((name) => fold(name) === fold(column)))
      say.tell([...path, 'columns', i], `${grant.table} has no column ${column}${nearOf(column, columns)}`)
  }
}

function judgeBuckets({ buckets }: KnownTables, named: readonly string[], path: readonly PropertyKey[], { tell, notice }: Say): void {
  for (const [i, name] of buckets === undefined ? [] : named.entries()) {
    if (buckets?.includes(name)) continue
    const near = nearest(name, buckets ?? [])
    if (near === undefined) notice(`there is no bucket ${name} yet`)
    else tell([...path, i], `there is no bucket ${name}; the nearest is ${near}`)
  }
}

function judgeSchema(known: KnownTables, pattern: string, path: readonly PropertyKey[], say: Say): void {
  const [catalog, schema] = splitAt(pattern, 1)
  if (schema === '' || known.schemas.some((name) => isOf(pattern, splitAt(name, 1)))) return
  const table = known.tables.find((one) => levelsOf(one.path).join('.') === fold(pattern))
  if (table) say.tell(path, `${nameOf(table)} is a table, and no schema; ${aTable(path, nameOf(table))}`)
  else absent(known, `${catalog}.${schema}`, known.schemas, 'schema', (problem) => say.tell(path, problem), say.notice)
}

/** What nothing bears: spelled otherwise, or not there yet. */
function absent(
  { catalogs }: KnownTables,
  name: string,
  names: readonly string[],
  what: string,
  tell: (problem: string) => void,
  notice: (text: string) => void,
): void {
  const [catalog] = splitAt(fold(name), 1)
  if (!catalogs.includes(catalog)) return
  const near = name.includes('*') ? undefined : nearIn(name, names)
  if (near === undefined) notice(`there is no ${what} ${name} yet`)
  else tell(`there is no ${what} ${name}; the nearest is ${near}`)
}

/** By its last level, of those that share the others. */
function nearIn(name: string, names: readonly string[]): string | undefined {
  const [above, last] = splitLast(fold(name))
  const beside = new Map(
    names.map((one) => [splitLast(fold(one)), one] as const).flatMap(([[a, l], one]) => (a === above ? [[l, one]] : [])),
  )
  return beside.get(nearest(last, [...beside.keys()]) ?? '')
}

function judgeScope(
  known: KnownTables,
  rule: TableScope & { readonly column: string },
  path: readonly PropertyKey[],
  { tell, notice }: Say,
): void {
  for (const [i, schema] of rule.schemas.entries()) judgeSchema(known, schema, [...path, 'schemas', i], { tell, notice })
  const inSchemas = known.tables.filter((table) => appliesTo({ schemas: rule.schemas }, table.path))
  const names = [...new Set(inSchemas.map((table) => table.path[2]))]
  for (const [i, name] of (rule.tables ?? []).entries()) {
    if (name === '*' || names.some((one) => fold(one) === fold(name))) continue
    const near = nearest(name, names)
    if (near === undefined) notice(`there is no table ${name} in ${rule.schemas.join(', ')} yet`)
    else tell([...path, 'tables', i], `there is no table ${name}; the nearest is ${near}`)
  }
  const tables = inSchemas.filter((table) => appliesTo(rule, table.path))
  const columns = columnsOf(tables)
  if (tables.length === 0 || columns.some((name) => fold(name) === fold(rule.column))) return
  const where = tables.length === 1 ? nameOf(tables[0] as TableForm) : `no table of ${rule.schemas.join(', ')}`
  // A short name resembles too many; of tables that are named, one that has it was meant.
  const near = nearest(rule.column, columns)
  if (rule.tables !== undefined || (near !== undefined && rule.column.length > SHORT))
    tell([...path, 'column'], `${where} has ${tables.length === 1 ? 'no' : 'a'} column ${rule.column}${nearOf(rule.column, columns)}`)
  else notice(`${where} has ${tables.length === 1 ? 'no' : 'a'} column ${rule.column} yet`)
}

const SHORT = 4
const SHOWN = 3

const more = ({ length }: readonly string[]): string => (length > SHOWN ? `; and ${length - SHOWN} more` : '')

/** Where several classes name a column of a table, the first counts. */
function judgeMask(
  { tables }: KnownTables,
  { masks, classified }: AccessModel,
  rule: PolicySourceRule<'classified'>,
  path: readonly PropertyKey[],
  { tell }: Say,
): void {
  const mask = own(masks, rule.as)
  if (mask === undefined) return
  const isFirst = (table: TableForm) =>
    classified.find((one) => fold(one.column) === fold(rule.column) && appliesTo(one, table.path))?.as === rule.as
  const problems = over(
    tables.filter((table) => appliesTo(rule, table.path) && isFirst(table)),
    rule.column,
    { use: 'mask', text: mask },
  )
  if (problems.length > 0) tell(path, `mask ${rule.as} does not fit ${problems.slice(0, SHOWN).join('; ')}${more(problems)}`)
}

function judgeFilter({ tables }: KnownTables, rule: PolicySourceRule<'rowFilters'>, path: readonly PropertyKey[], { tell }: Say): void {
  const meant = tables.filter((table) => appliesTo(rule, table.path))
  const problems = over(meant, rule.column, { use: 'filter', text: rule.filter })
  if (problems.length > 0) tell(path, `it does not fit ${problems.slice(0, SHOWN).join('; ')}${more(problems)}`)
}

type PolicySourceRule<L extends 'classified' | 'rowFilters'> = NonNullable<PolicySource[L]>[number]

/** By the tables' own spellings of the column. */
function over(tables: readonly TableForm[], column: string, rule: { readonly use: 'mask' | 'filter'; readonly text: string }): string[] {
  return tables.flatMap((table) =>
    table.columns
      .filter(({ name }) => fold(name) === fold(column))
      .flatMap(({ name }) => {
        const text = rule.text.replaceAll(COLUMN, () => quoteName(name))
        const problem = problemOfRuleOver({ use: rule.use, text, column: name }, table.columns)
        return problem === undefined ? [] : [`${nameOf(table)}.${name}: ${problem}`]
      }),
  )
}

function splitAt(name: string, levels: number): [string, string] {
  const all = name.split('.')
  return [all.slice(0, levels).join('.'), all.slice(levels).join('.')]
}

function splitLast(name: string): [string, string] {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}
