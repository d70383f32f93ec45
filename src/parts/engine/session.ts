// A connection of an instance: lets one query at a time through the door, binds it and runs it.
import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api'
import { assertQuery } from '#parts/engine/door'
import { fromDuckDB, StatementRefused } from '#parts/engine/errors'
import type { Known } from '#parts/engine/known'
import type { EngineColumn } from '#wire/engine/protocol'

/** In this process or another: errors are DuckDB's own, or the engine's. */
export interface Session {
  /** Lets through one query that reads files of this spool or none. Throws StatementRefused, or QueryFailed when it is no SQL. */
  admit(sql: string, spool: string): Promise<void>
  /** Binds an admitted query and returns its columns, without running it. */
  describe(sql: string): Promise<EngineColumn[]>
  /** Binds and plans the COPY that was put around an admitted query; anything else is refused. */
  prepare(copy: string): Promise<void>
  /** Runs what was prepared; the rows that went out. */
  execute(): Promise<number>
  interrupt(): void
  /** 0..100, while known. */
  percent(): number | undefined
}

/** One that is kept here. */
export interface OwnSession extends Session {
  /** For a test of what the instance itself allows. */
  readonly connection: DuckDBConnection
  /** Forgets what was prepared and not run. */
  clear(): void
  close(): void
}

const SERIALISE = 'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)'
const DESCRIBE = 'DESCRIBE '

export async function createSession(connection: DuckDBConnection, known: Known): Promise<OwnSession> {
  await connection.run('SET enable_progress_bar = true')
  await connection.run('SET enable_progress_bar_print = false')
  const serialise = await connection.prepare(SERIALISE)
  let prepared: DuckDBPreparedStatement | undefined
  const clear = () => {
    prepared?.destroySync()
    prepared = undefined
  }
  return {
    connection,
    async admit(sql, spool) {
      if (spool === '' && known.has(sql)) return
      if (sql.includes('\0')) throw StatementRefused({ text: 'a statement with NUL' })
      serialise.bindVarchar(1, sql)
      const chunk = await (await serialise.run()).fetchChunk()
      assertQuery(String(chunk?.getColumnValues(0)[0]), spool)
      if (spool === '') known.add(sql)
    },
    async describe(sql) {
      try {
        const result = await connection.runAndReadAll(DESCRIBE + sql)
        return result.getRows().map((row) => ({ name: String(row[0]), type: String(row[1]) }))
      } catch (error) {
        throw fromDuckDB(error, '', -DESCRIBE.length)
      }
    },
    async prepare(copy) {
      clear()
      prepared = await connection.prepare(copy)
      if (prepared.statementType !== StatementType.COPY) throw StatementRefused({ text: 'only a query is accepted' })
    },
    async execute() {
      if (!prepared) throw StatementRefused({ text: 'nothing was prepared' })
      try {
        return (await prepared.run()).rowsChanged
      } finally {
        clear()
      }
    },
    interrupt: () => connection.interrupt(),
    percent() {
      const { percentage } = connection.progress
      return percentage < 0 ? undefined : percentage
    },
    clear,
    close() {
      clear()
      serialise.destroySync()
      connection.closeSync()
    },
  }
}
