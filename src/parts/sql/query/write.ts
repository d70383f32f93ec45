// CREATE TABLE AS and INSERT: the engine writes into the spool, the connector commits when every source ended well.

import { authorise } from '#kit/access'
import { commonType, isUnknown } from '#parts/sql/dialect/types'
import { place, sqlError, TableExists, TableNotFound } from '#parts/sql/errors'
import type { ConnectorWrites, PreparedChange, PreparedWrite, QueryContext } from '#parts/sql/ports'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { Execution } from '#parts/sql/query/context'
import { absent, assertSeesAll, mayCreate, requireSchema, tableExists, tableProperties, writable } from '#parts/sql/query/define'
import { analyse, castColumns, prepare } from '#parts/sql/query/plan'
import { sessionZone } from '#parts/sql/query/properties'
import { type FullName, qualify, resolve } from '#parts/sql/query/resolve'
import { drive, fromEngine, inSpool } from '#parts/sql/query/run'
import { acknowledge, answer } from '#parts/sql/query/table-output'
import type { Statement } from '#parts/sql/syntax/ast'
import { identifier, join, sql } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'
import { parseType, printType, type TrinoType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>
interface Target {
  readonly name: string
  readonly type: TrinoType
}

/** The rows of the plan go to what `begin` prepares, and are counted for the client. */
export async function write(
  x: Execution,
  plan: AnalysedQuery,
  updateType: string,
  begin: (context: QueryContext) => Promise<PreparedWrite | PreparedChange>,
): Promise<void> {
  const { deps, query } = x
  await inSpool(deps, query, async (context) => {
    const pending = await begin(context)
    try {
      const prepared = await prepare(deps, context, plan, 'scan' in pending ? pending : undefined)
      await drive(deps, query, context, { ...prepared, sql: pending.query(prepared.sql) }, pending.output)
      query.state = 'FINISHING'
      query.abort.signal.throwIfAborted()
      const { rows } = await pending.commit()
      query.updateType = updateType
      query.updateCount = rows
      await answer(query, [['rows', 'bigint']], [[rows]])
      query.rowCount = rows
    } catch (error) {
      await pending.abort().catch(() => {})
      throw fromEngine(error, plan.guarded)
    }
  })
}

export async function createTableAs(s: Of<'createTableAs'>, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  const { connector, writes } = writable(x, { ...name, pos: s.pos }, s.withData ? 'creating tables with data' : 'creating tables')
  await mayCreate(x, name)
  await requireSchema(x, connector, name)
  const exists = await tableExists(x, connector, name)
  if (exists && !s.replace) {
    if (!s.ifNotExists) throw TableExists({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
    x.query.updateType = 'CREATE TABLE'
    x.query.updateCount = 0
    return answer(x.query, [['rows', 'bigint']], [[0]])
  }
  if (exists) await assertSeesAll(x, name, s.pos)
  const plan = await analyse(x.deps, x.query, s.query, x.defaults, x.parameters)
  const targets = plan.columns.map((column, i): Target => {
    const given = s.columns?.[i]?.lower ?? (/^_col\d+$/.test(column.name) ? undefined : column.name.toLowerCase())
    if (given === undefined) throw sqlError('MISSING_COLUMN_NAME', s.pos, `Column name not specified at position ${i + 1}`)
    if (isUnknown(column.type)) throw sqlError('COLUMN_TYPE_UNKNOWN', s.pos, `Column type is unknown at position ${i + 1}`)
    return { name: given, type: writes.stored(column.type) }
  })
  if (s.columns && s.columns.length !== plan.columns.length)
    throw sqlError(
      'MISMATCHED_COLUMN_ALIASES',
      s.pos,
      `Column alias list has ${s.columns.length} entries but relation has ${plan.columns.length} columns`,
    )
  const twice = targets.find((target, i) => targets.findIndex((o) => o.name === target.name) !== i)
  if (twice) throw sqlError('DUPLICATE_COLUMN_NAME', s.pos, `Column name '${twice.name}' specified more than once`)
  const definition = {
    schema: name.schema,
    table: name.table,
    columns: targets.map((c) => ({ name: c.name, type: printType(c.type), nullable: true })),
    partitioning: [],
    ...tableProperties(name.catalog, writes, s.properties),
    ...(s.comment === undefined ? {} : { comment: s.comment }),
  }
  if (!s.withData) {
    await (exists ? writes.replaceTable(x.query.caller, definition) : writes.createTable(x.query.caller, definition))
    return acknowledge(x.query, 'CREATE TABLE')
  }
  await write(x, asTargets(x, plan, targets), 'CREATE TABLE', (context) =>
    exists ? writes.replaceTableAs(context, definition) : writes.createTableAs(context, definition),
  )
}

const asTargets = (x: Execution, plan: AnalysedQuery, targets: readonly Target[]): AnalysedQuery => ({
  ...plan,
  sql: castColumns(plan, targets, sessionZone(x.query.client)),
})

export async function insert(s: Of<'insert'>, x: Execution): Promise<void> {
  const { name, writes, plan, named, all } = await insertion(s, x, () => analyse(x.deps, x.query, s.query, x.defaults, x.parameters))
  const spreads = named !== undefined && !writes.traits.defaults
  const written = spreads ? all : (named ?? all)
  const columns = written.map((c) => ({ name: c.name, type: printType(c.type) }))
  await write(x, asTargets(x, spreads ? spread(plan, named, all) : plan, written), 'INSERT', (context) =>
    writes.insert(context, name.schema, name.table, columns),
  )
}

interface Insertion {
  readonly name: FullName
  readonly writes: ConnectorWrites
  readonly plan: AnalysedQuery
  readonly named: readonly Target[] | undefined
  readonly all: readonly Target[]
}

/** What an INSERT would write, and where; throws where it may not or does not fit. */
export async function insertion(s: Of<'insert'>, x: Execution, analysed: () => Promise<AnalysedQuery>): Promise<Insertion> {
  const name = qualify(s.name, x.defaults)
  if (absent(x, name)) throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  const { connector, writes } = writable(x, { ...name, pos: s.pos }, 'inserts')
  const info = await connector.table(x.query.caller, name.schema, name.table)
  if (!info) {
    await requireSchema(x, connector, name)
    throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  }
  if (info.view) throw sqlError('NOT_SUPPORTED', s.pos, 'Inserting into views is not supported')
  await authorise(x.deps.authoriser, x.query.caller, 'write', { kind: 'table', path: [name.catalog, name.schema, name.table] })
  await assertUnguarded(s, name, x)
  const plan = await analysed()
  const all = info.columns.map((c): Target => ({ name: c.name, type: parseType(c.type) }))
  const named = s.columns?.map((c, i) => {
    const found = all.find((a) => a.name === c.lower)
    if (!found) throw sqlError('COLUMN_NOT_FOUND', s.pos, `Insert column name does not exist in target table: ${c.lower}`)
    if (s.columns?.findIndex((other) => other.lower === c.lower) !== i)
      throw sqlError('DUPLICATE_COLUMN_NAME', s.pos, `Insert column name is specified more than once: ${c.lower}`)
    return found
  })
  const targets = named ?? all
  const fits = plan.columns.length === targets.length && plan.columns.every((c, i) => assignable(c.type, (targets[i] as Target).type))
  if (!fits) {
    const list = (types: readonly TrinoType[]) => `[${types.map(printType).join(', ')}]`
    throw sqlError(
      'TYPE_MISMATCH',
      s.pos,
      `Insert query has mismatched column types: Table: ${list(targets.map((c) => c.type))}, Query: ${list(plan.columns.map((c) => c.type))}`,
    )
  }
  return { name: { ...name, pos: s.pos }, writes, plan, named, all }
}

/** What a constraint of the source answers to a row would tell of rows and values that are hidden. */
async function assertUnguarded(s: Of<'insert'>, name: FullName, x: Execution): Promise<void> {
  const { rowFilters, columnMasks } = await resolve(x.deps, x.query.caller, { ...name, pos: s.pos })
  if (Object.keys(columnMasks).length > 0) throw sqlError('NOT_SUPPORTED', s.pos, 'Insert into table with column masks is not supported')
  if (rowFilters.length > 0) throw sqlError('NOT_SUPPORTED', s.pos, 'Inserting into a table with a row filter is not served here')
}

/** Trino: of a common type with the column; the value is then cast. */
const assignable = (from: TrinoType, to: TrinoType): boolean => commonType(from, to) !== undefined

/** Rows with a value for every column of the table; those not named are null. */
function spread(plan: AnalysedQuery, named: readonly Target[], all: readonly Target[]): AnalysedQuery {
  const columns = all.map((target) => {
    const at = named.indexOf(target)
    return at < 0
      ? { name: target.name, type: t.UNKNOWN, sql: sql`NULL` }
      : { ...(plan.columns[at] as AnalysedQuery['columns'][number]), sql: sql`n.${identifier(`c${at}`)}` }
  })
  return {
    ...plan,
    columns,
    sql: sql`SELECT ${join(columns.map((c, i) => sql`${c.sql} AS ${identifier(`c${i}`)}`))} FROM (${plan.sql}) AS n`,
  }
}
