// One transaction in which a database is changed: it ends with the query, leaves nothing when it fails, and its errors are named as Trino names them.
import { pipeline } from 'node:stream/promises'
import pg, { type Pool, type PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { AkkoError } from '#kit/errors'
import { CommitUnknown, DatabaseRefused, SchemaExists, TableExists, WriteConflict } from '#parts/sql/connectors/errors'
import { FORMS, ignore } from '#parts/sql/connectors/postgresql/session'

/** How often the server looks whether its client is still there; milliseconds. */
const CHECK_MS = 500

/** What is changed, for error texts. */
export interface Changed {
  readonly schema: string
  readonly table: string
}

export interface Transaction {
  query<Row extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<Row>>
  /** For what asks more than one question of the catalogue. */
  readonly client: PoolClient
  /** COPY ... FROM STDIN of these lines; resolves with how many rows were taken. */
  copy(text: string, lines: AsyncIterable<string>): Promise<number>
  commit(): Promise<void>
  /** Idempotent, and nothing after a commit. */
  rollback(): Promise<void>
}

export async function openTransaction(
  writer: Pool,
  changed: Changed,
  signal?: AbortSignal,
  isolation: 'READ COMMITTED' | 'REPEATABLE READ' = 'READ COMMITTED',
): Promise<Transaction> {
  const named = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw namedError(error, changed)
    })
  const client = await named(writer.connect())
  client.on('error', ignore)
  let open = true
  const end = (broken?: Error) => {
    if (!open) return
    open = false
    signal?.removeEventListener('abort', stop)
    client.off('error', ignore)
    client.release(broken)
  }
  // The connection is closed, which the server looks for while it works or waits.
  const stop = () => end(new Error('the query ended'))
  signal?.addEventListener('abort', stop, { once: true })
  const run = async <Row extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<Row>> => {
    signal?.throwIfAborted()
    return named(client.query<Row>(text))
  }
  const transaction: Transaction = {
    client,
    query: run,
    async copy(text, lines) {
      const into = client.query(copyFrom(text))
      await named(pipeline(lines, into, ...(signal ? [{ signal }] : [])))
      return into.rowCount
    },
    async commit() {
      await run('COMMIT').catch((error: unknown) => {
        throw open && DatabaseRefused.is(error) && !(error.cause instanceof pg.DatabaseError)
          ? CommitUnknown({ text: error.message }, error)
          : error
      })
      end()
    },
    async rollback() {
      if (!open) return
      const broken = await client.query('ROLLBACK').then(
        () => undefined,
        (error: Error) => error,
      )
      end(broken)
    },
  }
  try {
    await run(`BEGIN ISOLATION LEVEL ${isolation}; ${FORMS}; SET LOCAL client_connection_check_interval = ${CHECK_MS}`)
  } catch (error) {
    await transaction.rollback()
    throw error
  }
  return transaction
}

/** All of it or nothing. */
export async function inTransaction<T>(
  writer: Pool,
  changed: Changed,
  body: (transaction: Transaction) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const transaction = await openTransaction(writer, changed, signal)
  try {
    const made = await body(transaction)
    await transaction.commit()
    return made
  } finally {
    await transaction.rollback()
  }
}

/** SQLSTATEs with a name of their own; all others are JDBC_ERROR with the server's text, without its details, which may show other rows. */
function namedError(error: unknown, { schema, table }: Changed): unknown {
  if (!(error instanceof pg.DatabaseError)) return isLost(error) ? DatabaseRefused({ text: (error as Error).message }, error) : error
  switch (error.code) {
    case '42P07':
      return TableExists({ table }, error)
    case '42P06':
      return SchemaExists({ schema }, error)
    case '40001':
    case '40P01':
      return WriteConflict({ table, attempts: 1 }, error)
    default:
      return DatabaseRefused({ text: `${error.severity ?? 'ERROR'}: ${error.message}` }, error)
  }
}

/** The server went away, or gave no connection. */
const isLost = (error: unknown): boolean => error instanceof Error && !(error instanceof AkkoError) && error.name !== 'AbortError'
