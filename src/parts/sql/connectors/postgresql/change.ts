// DELETE, UPDATE and MERGE: the rows are read in one state of the database, which the transaction that changes them holds. A row that another has
// changed since then is a conflict of that transaction.
import { WriteConflict } from '#parts/sql/connectors/errors'
import { nameOf, quoted } from '#parts/sql/connectors/postgresql/define'
import { fieldsOf, linesIn, type TargetColumn } from '#parts/sql/connectors/postgresql/rows'
import { openTransaction, type Transaction } from '#parts/sql/connectors/postgresql/transaction'
import type { Mapping } from '#parts/sql/connectors/postgresql/types'
import { copyLine } from '#parts/sql/connectors/postgresql/values'
import { fillWaiting, type PgWrite, targetOf } from '#parts/sql/connectors/postgresql/write'
import { runRows } from '#parts/sql/connectors/runs'
import { sqlError } from '#parts/sql/errors'
import { OPERATION, type PlaceNames, type PreparedChange, type PreparedScan, type RowChange, type ScanRequest } from '#parts/sql/ports'
import { identifier, integer, join, type Sql, sql } from '#wire/duckdb/sql'

/** Columns of a scan of one state. */
export interface PlacedScan {
  readonly snapshot: string
  readonly place: readonly { readonly name: string; readonly mapping: Mapping }[]
}

const asIs: Mapping['convert'] = (e) => e
/** A row's place: where it lies in its table, and which table that is, since a partition is one of its own. */
const TID: Mapping = { trino: 'varchar', select: () => 'ctid::text', csv: 'VARCHAR', convert: asIs }
const TABLE: Mapping = { trino: 'bigint', select: () => 'tableoid::bigint', csv: 'BIGINT', convert: asIs }

/** Before the columns: what becomes of the row, its table and its place. */
const HEAD = 'op int2, rel oid, at tid'
const HEADS = 3

export interface PgChange extends PgWrite, RowChange {
  readonly scan: (request: ScanRequest, placed: PlacedScan) => Promise<PreparedScan>
}

export async function preparePgChange(change: PgChange): Promise<PreparedChange> {
  const { writer, context, catalog, schema, table, columns } = change
  const full = `${catalog}.${schema}.${table}`
  const transaction = await openTransaction(writer, { schema, table: full }, context.signal, 'REPEATABLE READ')
  try {
    // Before the state is taken: what moves rows to other places waits, or has happened.
    await transaction.query(`LOCK TABLE ${nameOf(change)} IN ROW EXCLUSIVE MODE`)
    const given = columns.map((c, i) => ({ ...c, at: i + HEADS })).filter((c) => change.inserts || change.updated.includes(c.name))
    const targets = (await targetOf(transaction.client, change, given)).map((c, i) => ({ ...c, at: (given[i] as { at: number }).at }))
    const { rows } = await transaction.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot')
    return prepared(change, transaction, targets, (rows[0] as { snapshot: string }).snapshot)
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

function prepared(
  change: PgChange,
  transaction: Transaction,
  targets: readonly (TargetColumn & { readonly at: number })[],
  snapshot: string,
): PreparedChange {
  const { engine, context, columns } = change
  const lines = linesIn(engine, context, HEADS + 1)
  return {
    output: lines.output,
    query(select) {
      const names = join(Array.from({ length: columns.length + HEADS }, (_, i) => identifier(`c${i}`)))
      const values = targets.length === 0 ? sql`''` : fieldsOf(targets, sql`q.c0 <> ${integer(OPERATION.delete)}`)
      return sql`SELECT q.c0, q.c1, q.c2, ${values} AS c3 FROM (${select}) AS q(${names})`
    },
    scan: (request, place) => change.scan(request, { snapshot, place: placeColumns(place) }),
    async commit() {
      const counts = await countRows(change, lines.written)
      const head = copyLine([sql`CAST(c0 AS VARCHAR)`, sql`CAST(c2 AS VARCHAR)`, sql`c1`])
      const line = targets.length === 0 ? head : sql`${head} || chr(9) || c3`
      const total = counts.delete + counts.update + counts.insert
      if (total > 0) {
        const waiting = await fillWaiting(transaction, HEAD, targets, lines.of(sql`SELECT ${line} FROM ${lines.written}`))
        await apply(change, transaction, targets, waiting, counts)
      }
      await transaction.commit()
      return { rows: total }
    },
    async abort() {
      await transaction.rollback()
      await lines.remove()
    },
  }
}

const placeColumns = ({ file, position }: PlaceNames) => [
  { name: file, mapping: TID },
  { name: position, mapping: TABLE },
]

type Counts = Readonly<Record<keyof typeof OPERATION, number>>

/** How many rows become what. Throws where one of them would change twice. */
async function countRows({ engine, context }: PgChange, written: Sql): Promise<Counts> {
  const of = (operation: number) => sql`count(*) FILTER (WHERE c0 = ${integer(operation)})`
  const query = sql`SELECT ${join([of(OPERATION.delete), of(OPERATION.update), of(OPERATION.insert)])},
    count(c1) - count(DISTINCT (c1, c2)) FILTER (WHERE c1 IS NOT NULL) FROM ${written}`
  const [row] = await runRows<[number, number, number, number]>(engine, context, query, Array<string>(4).fill('bigint'))
  const [deletes = 0, updates = 0, inserts = 0, again = 0] = row ?? []
  if (again > 0)
    throw sqlError('MERGE_TARGET_ROW_MULTIPLE_MATCHES', undefined, 'One MERGE target table row matched more than one source row')
  return { delete: deletes, update: updates, insert: inserts }
}

async function apply(change: PgChange, transaction: Transaction, targets: readonly TargetColumn[], waiting: string, counts: Counts) {
  const name = nameOf(change)
  const here = 't.ctid = w.at AND t.tableoid = w.rel'
  const fieldOf = (column: string) => `w.c${targets.findIndex((c) => c.name === column)}`
  const run = async (count: number, text: string) => {
    if (count === 0) return
    const { rowCount } = await transaction.query(text)
    // A trigger kept a row as it is, or changed it before its turn.
    if (rowCount !== count) throw WriteConflict({ table: `${change.catalog}.${change.schema}.${change.table}`, attempts: 1 })
  }
  await run(counts.delete, `DELETE FROM ${name} AS t USING ${waiting} AS w WHERE w.op = ${OPERATION.delete} AND ${here}`)
  const sets = change.updated.map((column) => `${quoted(column)} = ${fieldOf(column)}`)
  await run(counts.update, `UPDATE ${name} AS t SET ${sets.join(', ')} FROM ${waiting} AS w WHERE w.op = ${OPERATION.update} AND ${here}`)
  const [names, values] = [targets.map((c) => quoted(c.name)), targets.map((c) => fieldOf(c.name))]
  await run(
    counts.insert,
    `INSERT INTO ${name} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${waiting} AS w WHERE w.op = ${OPERATION.insert}`,
  )
}
