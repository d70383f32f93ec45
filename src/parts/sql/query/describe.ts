// DESCRIBE INPUT and DESCRIBE OUTPUT: what a prepared statement asks for and what it would answer, without running it.
import { sqlError } from '#parts/sql/errors'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { Execution } from '#parts/sql/query/context'
import { countParameters } from '#parts/sql/query/parameters'
import { analyse } from '#parts/sql/query/plan'
import { queryIn } from '#parts/sql/query/planner-protocol'
import { preparedText } from '#parts/sql/query/prepared'
import { answer } from '#parts/sql/query/table-output'
import type { Expression, Position, Statement } from '#parts/sql/syntax/ast'
import { describedType, fixedSize, printType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

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

/** What the text of `EXPLAIN`, `SHOW` and `DESCRIBE` would show has columns of its own. */
const SHOWN = /^(show|explain|describe)/

export async function describe(s: Of<'describeInput' | 'describeOutput'>, x: Execution): Promise<void> {
  const statement = await x.deps.planner.parse(preparedText(x.query.client, s.name), x.query.caller)
  const count = countParameters(statement)
  if (statement.k === 'use') throw sqlError('NOT_SUPPORTED', statement.pos, 'USE statement is not supported')
  if (statement.k === 'explain' && count > 0)
    throw sqlError('INVALID_PARAMETER_USAGE', statement.statement.pos, `Incorrect number of parameters: expected ${count} but found 0`)
  const plan = await described(statement, count, s.pos, x)
  if (s.k === 'describeInput') {
    const types = Array.from({ length: count }, (_, i) => plan?.asked.get(i))
    return answer(
      x.query,
      INPUT,
      types.map((type, i) => [i, type ? describedType(printType(type)) : 'unknown']),
    )
  }
  if (SHOWN.test(statement.k))
    throw sqlError('NOT_SUPPORTED', statement.pos, 'DESCRIBE OUTPUT is served of queries and of changes of rows only')
  await answer(x.query, OUTPUT, outputOf(statement, plan))
}

/** Undefined where the statement has no query. Its parameters have no values. */
async function described(statement: Statement, count: number, pos: Position, x: Execution): Promise<AnalysedQuery | undefined> {
  const query = queryIn(statement)
  if (!query) return undefined
  const nulls = Array.from({ length: count }, (): Expression => ({ k: 'null', pos }))
  const plan = await analyse(x.deps, x.query, query, x.defaults, nulls, { forDescription: true })
  const unknown = statement.k === 'createTableAs' && plan.columns.find(({ type }) => type.base === 'unknown')
  if (unknown) throw sqlError('COLUMN_TYPE_UNKNOWN', statement.pos, `Column type is unknown: ${unknown.name}`)
  return plan
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
