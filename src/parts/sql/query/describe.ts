// DESCRIBE INPUT and DESCRIBE OUTPUT: what a prepared statement asks for and what it would answer, without running it.
import { sqlError } from '#parts/sql/errors'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { Execution } from '#parts/sql/query/context'
import { countParameters } from '#parts/sql/query/parameters'
import { analyse } from '#parts/sql/query/plan'
import { queryIn } from '#parts/sql/query/planner-protocol'
import { preparedText } from '#parts/sql/query/prepared'
import { Query } from '#parts/sql/query/query'
import { show } from '#parts/sql/query/show'
import { answer } from '#parts/sql/query/table-output'
import { insertion } from '#parts/sql/query/write'
import type { Expression, Position, Statement } from '#parts/sql/syntax/ast'
import { describedType, fixedSize, parseType, printType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>
type Show = Extract<Statement, { k: `show${string}` }>
type Column = readonly [name: string, type: string]

const INPUT = [
  ['Position', 'bigint'],
  ['Type', 'varchar'],
] as const
const OUTPUT = [
  ['Column Name', 'varchar'],
  ['Catalog', 'varchar'],
  ['Schema', 'varchar'],
  ['Table', 'varchar'],
  ['Type', 'varchar'],
  ['Type Size', 'bigint'],
  ['Aliased', 'boolean'],
] as const

/** Of SHOW, the table of information_schema that Trino asks, and how many of the first columns are its. */
const ASKED: ReadonlyMap<string, readonly [table: string, columns: number]> = new Map([
  ['showSchemas', ['schemata', 1]],
  ['showTables', ['tables', 1]],
  ['showColumns', ['columns', 2]],
])
/** Of these Trino names the columns by aliases. */
const ALIASED = /^show(Schemas|Tables|Columns|Functions|Session)$/

const isShow = (statement: Statement): statement is Show => statement.k.startsWith('show')

export async function describe(s: Of<'describeInput' | 'describeOutput'>, x: Execution): Promise<void> {
  const statement = await x.deps.planner.parse(preparedText(x.query.client, s.name), x.query.caller)
  // As Trino has it: of a procedure's arguments nothing is told.
  const count = statement.k === 'call' ? 0 : countParameters(statement)
  if (statement.k === 'use') throw sqlError('NOT_SUPPORTED', statement.pos, 'USE statement is not supported')
  if (statement.k === 'explain' && count > 0)
    throw sqlError('INVALID_PARAMETER_USAGE', statement.statement.pos, `Incorrect number of parameters: expected ${count} but found 0`)
  const shown = isShow(statement) ? await columnsOf(statement, x) : statement.k === 'explain' ? explained(statement) : undefined
  if (statement.k.startsWith('describe') && s.k === 'describeOutput')
    throw sqlError('NOT_SUPPORTED', statement.pos, 'DESCRIBE OUTPUT of DESCRIBE INPUT or DESCRIBE OUTPUT is not served here')
  const plan = await described(statement, count, s.pos, x)
  if (s.k === 'describeInput') {
    const types = Array.from({ length: count }, (_, i) => plan?.asked.get(i))
    return answer(
      x.query,
      INPUT,
      types.map((type, i) => [i, type ? describedType(printType(type)) : 'unknown']),
    )
  }
  await answer(x.query, OUTPUT, shown ? shownRows(statement, shown, x) : outputOf(statement, plan))
}

/** Undefined where the statement has no query. Its parameters have no values. */
async function described(statement: Statement, count: number, pos: Position, x: Execution): Promise<AnalysedQuery | undefined> {
  const query = queryIn(statement)
  if (!query) return undefined
  const nulls = Array.from({ length: count }, (): Expression => ({ k: 'null', pos }))
  const analysed = () => analyse(x.deps, x.query, query, x.defaults, nulls, { forDescription: true })
  const plan = statement.k === 'insert' ? (await insertion(statement, x, analysed)).plan : await analysed()
  const unknown = statement.k === 'createTableAs' && plan.columns.find(({ type }) => type.base === 'unknown')
  if (unknown) throw sqlError('COLUMN_TYPE_UNKNOWN', statement.pos, `Column type is unknown: ${unknown.name}`)
  return plan
}

/** The columns of what a SHOW answers; its rows are dropped. */
async function columnsOf(statement: Show, x: Execution): Promise<readonly Column[]> {
  const shadow = new Query(x.query, 0, x.query)
  shadow.rows.end(true)
  await show(statement, { ...x, query: shadow })
  return (shadow.columns ?? []).map(({ name, type }) => [name, type] as const)
}

const explained = ({ type }: Of<'explain'>): readonly Column[] =>
  type === 'validate' ? [['Valid', 'boolean']] : [['Query Plan', 'varchar']]

function shownRows(statement: Statement, columns: readonly Column[], x: Execution): Row[] {
  const [table, count] = ASKED.get(statement.k) ?? ['', 0]
  const named = statement.k === 'showSchemas' ? statement.catalog?.lower : nameIn(statement)
  const catalog = named ?? x.defaults.catalog?.toLowerCase() ?? ''
  return columns.map(([name, type], i) => [
    ...[name, ...(i < count ? [catalog, 'information_schema', table] : ['', '', '']), describedType(type)],
    fixedSize(parseType(type)),
    ALIASED.test(statement.k),
  ])
}

/** The catalogue in the name of a schema or a table. */
function nameIn(statement: Statement): string | undefined {
  if (statement.k === 'showTables') return statement.schema?.length === 2 ? statement.schema[0]?.lower : undefined
  return statement.k === 'showColumns' && statement.table.length === 3 ? statement.table[0]?.lower : undefined
}

type Row = readonly (string | number | boolean)[]

function outputOf(statement: Statement, plan: AnalysedQuery | undefined): Row[] {
  if (statement.k === 'insert' || statement.k === 'change' || statement.k === 'createTableAs')
    return [['rows', '', '', '', 'bigint', 8, false]]
  if (statement.k !== 'query' || !plan) return []
  return plan.columns.map(({ name, type, origin = ['', '', ''], aliased = false }) => [
    ...[name, ...origin, describedType(printType(type))],
    fixedSize(type),
    aliased,
  ])
}
