// INSERT and CREATE TABLE AS: one transaction takes the lines that the engine wrote.
import type { Pool, PoolClient } from 'pg'
import { NotSupported, TableNotFound, WriteConflict } from '#parts/sql/connectors/errors'
import { readTable } from '#parts/sql/connectors/postgresql/catalog'
import { createStatements, nameOf, quoted } from '#parts/sql/connectors/postgresql/define'
import { fieldsOf, linesIn, type TargetColumn } from '#parts/sql/connectors/postgresql/rows'
import { inTransaction, type Transaction } from '#parts/sql/connectors/postgresql/transaction'
import { mapType } from '#parts/sql/connectors/postgresql/types'
import { columnType } from '#parts/sql/connectors/postgresql/values'
import { sqlError } from '#parts/sql/errors'
import type { Engine, PreparedWrite, QueryContext, TableDefinition, WrittenColumn } from '#parts/sql/ports'
import { identifier, join, sql } from '#wire/duckdb/sql'

export interface PgWrite {
  /** Connections as the role that owns the database. */
  readonly writer: Pool
  readonly engine: Pick<Engine, 'run'>
  readonly context: QueryContext
  readonly catalog: string
  readonly schema: string
  readonly table: string
}

/** The table in which rows wait that become part of another: of this transaction alone. */
const WAITING = 'pg_temp.akko_rows'

/** Makes the waiting table, with `first` before the columns, and fills it. */
export async function fillWaiting(
  transaction: Transaction,
  first: string,
  columns: readonly TargetColumn[],
  lines: AsyncIterable<string>,
): Promise<string> {
  const own = columns.map((column, i) => `c${i} ${column.write}`)
  await transaction.query(`CREATE TEMPORARY TABLE akko_rows (${[...(first === '' ? [] : [first]), ...own].join(', ')}) ON COMMIT DROP`)
  await transaction.copy(`COPY ${WAITING} FROM STDIN`, lines)
  return WAITING
}

/** A table whose rows may be changed, with the columns that the statement was analysed with. Throws where it cannot be, or they are others by now. */
export async function targetOf(
  client: Pool | PoolClient,
  { catalog, schema, table }: Pick<PgWrite, 'catalog' | 'schema' | 'table'>,
  columns: readonly WrittenColumn[],
): Promise<TargetColumn[]> {
  const full = `${catalog}.${schema}.${table}`
  const found = await readTable(client, schema, table)
  if (!found) throw TableNotFound({ table: full })
  if (found.kind === 'view') throw sqlError('NOT_SUPPORTED', undefined, `Changing rows through views is not supported: ${full}`)
  if (!['r', 'p'].includes(found.relkind))
    throw NotSupported({ what: `changing rows of ${full}, whose rows are elsewhere,`, hint: 'change them where they are' })
  if (found.rowSecurity)
    throw NotSupported({
      what: `changing rows of ${full}, which has row-level security,`,
      hint: 'its policies know the roles of PostgreSQL',
    })
  return columns.map(({ name, type }) => {
    const column = found.columns.find((c) => c.name === name)
    const mapping = column && mapType(column)
    if (!column || mapping?.trino !== type) throw WriteConflict({ table: full, attempts: 1 })
    if (mapping.write === undefined)
      throw sqlError(
        'NOT_SUPPORTED',
        undefined,
        `Underlying type that is mapped to ${type.toUpperCase()} is not supported for INSERT: ${column.typname}`,
      )
    return { name, type, nullable: column.nullable, write: mapping.write }
  })
}

export async function preparePgInsert(write: PgWrite, columns: readonly WrittenColumn[]): Promise<PreparedWrite> {
  const targets = await targetOf(write.writer, write, columns)
  return prepared(write, targets, async (transaction, lines) => {
    const waiting = await fillWaiting(transaction, '', targets, lines)
    const [names, values] = [targets.map((c) => quoted(c.name)), targets.map((_, i) => `c${i}`)]
    const { rowCount } = await transaction.query(
      `INSERT INTO ${nameOf(write)} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${waiting}`,
    )
    return rowCount ?? 0
  })
}

export function preparePgCreation(write: PgWrite, definition: TableDefinition): PreparedWrite {
  const targets = definition.columns.map((c): TargetColumn => ({ ...c, write: columnType(c.type) }))
  const statements = createStatements(definition)
  return prepared(write, targets, async (transaction, lines) => {
    for (const statement of statements) await transaction.query(statement)
    return transaction.copy(`COPY ${nameOf(write)} FROM STDIN`, lines)
  })
}

function prepared(
  { writer, engine, context, catalog, schema, table }: PgWrite,
  targets: readonly TargetColumn[],
  take: (transaction: Transaction, lines: AsyncIterable<string>) => Promise<number>,
): PreparedWrite {
  const lines = linesIn(engine, context, 1)
  return {
    output: lines.output,
    query(select) {
      const names = join(targets.map((_, i) => identifier(`c${i}`)))
      const fields = fieldsOf(
        targets.map((target, at) => ({ ...target, at })),
        sql`TRUE`,
      )
      return sql`SELECT ${fields} AS c0 FROM (${select}) AS q(${names})`
    },
    async commit() {
      const changed = { schema, table: `${catalog}.${schema}.${table}` }
      const rows = await inTransaction(
        writer,
        changed,
        (transaction) => take(transaction, lines.of(sql`SELECT c0 FROM ${lines.written}`)),
        context.signal,
      )
      return { rows }
    },
    abort: () => lines.remove(),
  }
}
