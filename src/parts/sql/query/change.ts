// DELETE, UPDATE, MERGE and TRUNCATE: the rights are asked first, then the rows that change are written, then committed.

import { authorise } from '#kit/access'
import { place, sqlError, TableNotFound } from '#parts/sql/errors'
import type { Execution } from '#parts/sql/query/context'
import { absent, requireSchema, writable } from '#parts/sql/query/define'
import { analyse } from '#parts/sql/query/plan'
import { qualify, resolve } from '#parts/sql/query/resolve'
import { inSpool } from '#parts/sql/query/run'
import { acknowledge } from '#parts/sql/query/table-output'
import { write } from '#parts/sql/query/write'
import type { Change, Statement } from '#parts/sql/syntax/ast'
import { printType } from '#wire/trino/type'

/** What a change begins with: the operation, and the two that tell where the row is. */
const PLACED = 3

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

export async function change(s: Of<'change'>, x: Execution): Promise<void> {
  const { name, writes } = await changed(s, x, s.columns)
  const plan = await analyse(x.deps, x.query, s.query, x.defaults, x.parameters)
  const { cases } = s.query.body as Change
  const change = {
    columns: plan.columns.slice(PLACED).map((c) => ({ name: c.name, type: printType(c.type) })),
    updated: [...new Set(cases.flatMap((c) => (c.action === 'update' ? (c.columns ?? []).map((name) => name.lower) : [])))],
    inserts: cases.some((c) => c.action === 'insert'),
    isWhole: s.isWhole && !plan.guarded,
  }
  await write(x, plan, s.verb.toUpperCase(), (context) => writes.change(context, name.schema, name.table, change))
}

export async function truncate(s: Of<'truncate'>, x: Execution): Promise<void> {
  const { name, writes } = await changed(s, x, [])
  const { rowFilters } = await resolve(x.deps, x.query.caller, name)
  if (rowFilters.length > 0) throw sqlError('NOT_SUPPORTED', s.pos, 'Truncating a table with a row filter is not supported')
  await inSpool(x.deps, x.query, (context) => writes.truncate(context, name.schema, name.table))
  await acknowledge(x.query, 'TRUNCATE TABLE')
}

/** The table that is named, once it is known to be there and the caller to have the right to write it. */
async function changed(s: Of<'change' | 'truncate'>, x: Execution, columns: readonly string[]) {
  const name = qualify(s.name, x.defaults)
  const missing = () => TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  if (absent(x, name)) throw missing()
  const { connector, writes } = writable(x, { ...name, pos: s.pos }, s.k === 'truncate' ? 'truncating tables' : 'modifying table rows')
  const info = await connector.table(x.query.caller, name.schema, name.table)
  if (info?.view) throw sqlError('NOT_SUPPORTED', s.pos, 'Changing rows through views is not supported')
  if (!info) {
    await requireSchema(x, connector, name)
    throw missing()
  }
  const path = [name.catalog, name.schema, name.table]
  await authorise(x.deps.authoriser, x.query.caller, 'write', { kind: 'table', path, ...(columns.length > 0 ? { columns } : {}) })
  return { name, writes }
}
