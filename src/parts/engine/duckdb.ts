// A DuckDB instance of the engine: capped, closed but for its folders, configured for Trino's meaning, then locked; and its connections.
import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement } from '@duckdb/node-api'
import { assertQuery } from '#parts/engine/door'
import { fromDuckDB, StatementRefused } from '#parts/engine/errors'
import { registerFunctions } from '#parts/engine/functions'
import type { Known } from '#parts/engine/known'
import { quoteText as literal } from '#wire/duckdb/quote'
import type { EngineColumn } from '#wire/engine/protocol'

export interface Bounds {
  readonly memoryLimitBytes: number
  readonly threads: number
  readonly tempLimitBytes: number
}

export interface DuckDBOptions extends Bounds {
  readonly tempDir: string
  /** The only folders that SQL may read and write. */
  readonly allowed: readonly string[]
}

/** What the engine itself changes; the door lets no SET through. */
const UNLOCKED = ['enable_progress_bar', 'enable_progress_bar_print', 'memory_limit', 'threads']

/** Leased files have new paths in every query: a cache by path would hold memory and never be hit. */
const NO_FILE_CACHE = { enable_external_file_cache: 'false' }

export async function openDuckDB(options: DuckDBOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: kib(options.memoryLimitBytes),
    temp_directory: options.tempDir,
    max_temp_directory_size: kib(options.tempLimitBytes),
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    ...NO_FILE_CACHE,
  })
  const connection = await instance.connect()
  try {
    registerFunctions(connection)
    for (const statement of [
      'SET GLOBAL integer_division = true',
      "SET GLOBAL default_null_order = 'NULLS LAST'",
      "SET GLOBAL TimeZone = 'UTC'",
      'SET GLOBAL errors_as_json = true',
      'SET GLOBAL autoload_known_extensions = false',
      `SET GLOBAL allowed_directories = [${options.allowed.map((folder) => literal(`${folder}/`)).join(', ')}]`,
      'SET GLOBAL enable_external_access = false',
      `SET GLOBAL allowed_configs = [${UNLOCKED.map(literal).join(', ')}]`,
      'SET GLOBAL lock_configuration = true',
    ]) {
      await connection.run(statement)
    }
  } finally {
    connection.closeSync()
  }
  return instance
}

/** Changes a bound of an instance that is open. Rejects while it holds more memory than that and cannot spill it. */
export async function changeBound(instance: DuckDBInstance, bound: 'memoryLimitBytes' | 'threads', value: number): Promise<void> {
  const connection = await instance.connect()
  try {
    await connection.run(bound === 'threads' ? `SET GLOBAL threads = ${value}` : `SET GLOBAL memory_limit = ${literal(kib(value))}`)
  } finally {
    connection.closeSync()
  }
}

const kib = (bytes: number): string => `${Math.floor(bytes / 1024)}KiB`

/** A connection and what it keeps prepared. */
export interface Session {
  readonly connection: DuckDBConnection
  /** Gives the syntax tree of its one parameter. */
  readonly serialise: DuckDBPreparedStatement
}

export interface Sessions {
  take(): Promise<Session>
  /** Keeps it for the next query; one that failed or was interrupted is `spent` and closed. */
  give(session: Session, spent: boolean): void
  close(): void
}

const SERIALISE = 'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)'

/** Connections that report their progress, kept while idle. */
export function createSessions(instance: DuckDBInstance, keep: number): Sessions {
  const idle: Session[] = []
  const end = ({ connection, serialise }: Session) => {
    serialise.destroySync()
    connection.closeSync()
  }
  return {
    async take() {
      const kept = idle.pop()
      if (kept) return kept
      const connection = await instance.connect()
      await connection.run('SET enable_progress_bar = true')
      await connection.run('SET enable_progress_bar_print = false')
      return { connection, serialise: await connection.prepare(SERIALISE) }
    },
    give(session, spent) {
      if (spent || idle.length >= keep) end(session)
      else idle.push(session)
    },
    close() {
      for (const session of idle.splice(0)) end(session)
    },
  }
}

/** Lets through one query that reads files of this spool or none. Throws StatementRefused, or QueryFailed when it is no SQL. */
export async function admit({ serialise }: Session, sql: string, spool: string, known: Known): Promise<void> {
  if (spool === '' && known.has(sql)) return
  if (sql.includes('\0')) throw StatementRefused({ text: 'a statement with NUL' })
  serialise.bindVarchar(1, sql)
  const chunk = await (await serialise.run()).fetchChunk()
  assertQuery(String(chunk?.getColumnValues(0)[0]), spool)
  if (spool === '') known.add(sql)
}

const DESCRIBE = 'DESCRIBE '

/** Binds an admitted query and returns its columns, without running it. */
export async function describe({ connection }: Session, sql: string): Promise<EngineColumn[]> {
  try {
    const result = await connection.runAndReadAll(DESCRIBE + sql)
    return result.getRows().map((row) => ({ name: String(row[0]), type: String(row[1]) }))
  } catch (error) {
    throw fromDuckDB(error, '', -DESCRIBE.length)
  }
}
