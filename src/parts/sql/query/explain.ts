// EXPLAIN: what will be read, with which conditions, and the engine's statement with `<scan N>` where the files of a table will stand.
// What the policy adds stands by name: the text of a filter or a mask may tell what it hides. What a view reads with another's rights is shown to who sees all of it.

import { decide, denied, isRestricted } from '#kit/access'
import type { TableScan } from '#parts/sql/dialect/analysis'
import { NotSupported, place, TableNotFound } from '#parts/sql/errors'
import { MAX_STATEMENT } from '#parts/sql/ports'
import type { Execution } from '#parts/sql/query/context'
import { requireSchema, writable } from '#parts/sql/query/define'
import { analyse } from '#parts/sql/query/plan'
import { Query } from '#parts/sql/query/query'
import { qualify } from '#parts/sql/query/resolve'
import { runQuery } from '#parts/sql/query/run'
import { answer } from '#parts/sql/query/table-output'
import type { Query as QueryTree, Statement } from '#parts/sql/syntax/ast'
import { tableToMake } from '#parts/sql/to-make'
import { bind, identifier, print } from '#wire/duckdb/sql'
import { printType } from '#wire/trino/type'

const WITHHELD = 'withheld: a view reads it with the rights of its owner'

type Explain = Extract<Statement, { k: 'explain' }>
type Write = Extract<Statement, { k: 'insert' | 'change' | 'createTableAs' }>

export async function explain(s: Explain, x: Execution): Promise<void> {
  const tree = queryOf(s.statement)
  if (tree && s.statement.k !== 'query') await assertMayWrite(s.statement as Write, x)
  if (s.type === 'validate') {
    if (tree) await analyse(x.deps, x.query, tree, x.defaults, x.parameters)
    return answer(x.query, [['Valid', 'boolean']], [[true]])
  }
  if (!tree) return answer(x.query, [['Query Plan', 'varchar']], [[`${s.statement.k}: carried out by the catalogue, without a plan`]])
  const plan = await analyse(x.deps, x.query, tree, x.defaults, x.parameters, { forDisplay: true })
  const shown = await shownTo(x, plan.scans)
  if (s.type === 'io') return answer(x.query, [['Query Plan', 'varchar']], [[JSON.stringify(io(shown), null, 2)]])
  if (s.format === 'graphviz') throw NotSupported({ ...place(s.pos), text: 'EXPLAIN with FORMAT GRAPHVIZ is not served here' })
  // It would be carried out.
  if (s.analyze && s.statement.k !== 'query')
    throw NotSupported({ ...place(s.pos), text: 'EXPLAIN ANALYZE of a change of rows is not served here' })
  const measured = s.analyze ? await measure(x, await analyse(x.deps, x.query, tree, x.defaults, x.parameters)) : []
  const output = plan.columns.map((c) => `${c.name}:${printType(c.type)}`).join(', ')
  const scans = plan.scans.map((scan) => `    ${shown.includes(scan) ? describeScan(scan) : `<scan ${scan.id}> ${WITHHELD}`}`)
  const sql =
    shown.length < plan.scans.length
      ? WITHHELD
      : print(
          bind(plan.sql, (id) => identifier(`<scan ${id}>`)),
          { maxLength: MAX_STATEMENT },
        )
  const lines = [`Output[${output}]`, ...(scans.length > 0 ? ['Scans:', ...scans] : []), 'Engine statement:', `    ${sql}`, ...measured]
  if (s.format === 'json')
    return answer(x.query, [['Query Plan', 'varchar']], [[JSON.stringify({ output, scans: io(shown), sql, measured }, null, 2)]])
  await answer(x.query, [['Query Plan', 'varchar']], [[lines.join('\n')]])
}

/** As Trino: what the caller may not do is not explained to him. Nothing is done, and so nothing recorded. */
async function assertMayWrite(s: Write, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  const { caller } = x.query
  const { connector } = writable(x, { ...name, pos: s.pos }, 'modifying table rows')
  const creates = s.k === 'createTableAs'
  if (!creates && !(await connector.table(caller, name.schema, name.table))) {
    await requireSchema(x, connector, name)
    throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  }
  const resource = creates
    ? tableToMake(name.catalog, name.schema, name.table)
    : { kind: 'table', path: [name.catalog, name.schema, name.table] }
  const action = creates ? 'create' : 'write'
  const decision = await decide(x.deps.authoriser, caller, action, resource)
  if (!decision.allow) throw denied(caller, action, resource, decision)
}

/** Runs the query for its figures; the rows are dropped. */
async function measure(x: Execution, plan: Awaited<ReturnType<typeof analyse>>): Promise<string[]> {
  const { query } = x
  const shadow = new Query(query, 0, query)
  shadow.rows.end(true)
  const stop = () => shadow.fail(query.error as never)
  query.abort.signal.addEventListener('abort', stop, { once: true })
  await runQuery(x.deps, shadow, plan)
  query.abort.signal.removeEventListener('abort', stop)
  const stats = shadow.stats()
  return [
    `Elapsed: ${shadow.elapsedMs} ms, rows: ${shadow.rowCount}, scanned: ${stats.physicalInputBytes} bytes, peak memory: ${stats.peakMemoryBytes} bytes`,
  ]
}

/** Those that the caller could read as they are, or that are read with his own rights. */
async function shownTo({ deps, query }: Execution, scans: readonly TableScan[]): Promise<TableScan[]> {
  const shown = await Promise.all(
    scans.map(async ({ lent, source: { catalog, schema, table } }) => {
      if (!lent) return true
      const decision = await decide(deps.authoriser, query.caller, 'read', { kind: 'table', path: [catalog, schema, table] })
      return decision.allow && !isRestricted(decision)
    }),
  )
  return scans.filter((_, i) => shown[i])
}

function describeScan(scan: TableScan): string {
  const { catalog, schema, table, rowFilters } = scan.source
  const conditions = rowFilters.length > 0 ? [] : scan.predicates.map((p) => `${p.column} ${p.op} ${p.values.map(String).join(', ')}`)
  return [
    `<scan ${scan.id}> ${catalog}.${schema}.${table} [${[...scan.used].join(', ')}]`,
    conditions.length > 0 ? `conditions handed down: ${conditions.join(' AND ')}` : '',
    rowFilters.length > 0 ? 'rows filtered by policy' : '',
    scan.masked.size > 0 ? `masked by policy: ${[...scan.masked].join(', ')}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ')
}

function io(scans: readonly TableScan[]) {
  return {
    inputTableColumnInfos: scans.map((scan) => ({
      table: { catalog: scan.source.catalog, schemaTable: { schema: scan.source.schema, table: scan.source.table } },
      columns: [...scan.used],
    })),
  }
}

function queryOf(s: Statement): QueryTree | undefined {
  return s.k === 'query' || s.k === 'createTableAs' || s.k === 'insert' || s.k === 'change' ? s.query : undefined
}
