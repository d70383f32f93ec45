// The DuckDB instance of the engine: capped, sandboxed to its folders, configured for Trino's meaning, then locked.
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { fromDuckDB, QueryFailed } from './errors.ts'
import { registerFunctions } from './functions.ts'
import type { EngineColumn } from './protocol.ts'
import { literal } from './quote.ts'

export interface DuckDBOptions {
  readonly memoryLimitBytes: number
  readonly threads: number
  readonly tempDir: string
  readonly tempLimitBytes: number
  /** The only folders that SQL may read and write. */
  readonly allowed: readonly string[]
  /** Statements run before the configuration is locked, such as macros. */
  readonly prelude: readonly string[]
}

export async function openDuckDB(options: DuckDBOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${Math.floor(options.memoryLimitBytes / 1024)}KiB`,
    temp_directory: options.tempDir,
    max_temp_directory_size: `${Math.floor(options.tempLimitBytes / 1024)}KiB`,
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const connection = await instance.connect()
  try {
    registerFunctions(connection)
    for (const statement of [
      ...options.prelude,
      'SET GLOBAL integer_division = true',
      "SET GLOBAL default_null_order = 'NULLS LAST'",
      "SET GLOBAL TimeZone = 'UTC'",
      'SET GLOBAL errors_as_json = true',
      'SET GLOBAL autoload_known_extensions = false',
      `SET GLOBAL allowed_directories = [${options.allowed.map((folder) => literal(`${folder}/`)).join(', ')}]`,
      'SET GLOBAL enable_external_access = false',
      "SET GLOBAL allowed_configs = ['enable_progress_bar', 'enable_progress_bar_print']",
      'SET GLOBAL lock_configuration = true',
    ]) {
      await connection.run(statement)
    }
  } finally {
    connection.closeSync()
  }
  return instance
}

export interface Connections {
  take(): Promise<DuckDBConnection>
  /** Keeps it for the next query; one that failed or was interrupted is `spent` and closed. */
  give(connection: DuckDBConnection, spent: boolean): void
}

/** Connections that report their progress, kept while idle. */
export function createConnections(instance: DuckDBInstance, keep: number): Connections {
  const idle: DuckDBConnection[] = []
  return {
    async take() {
      const kept = idle.pop()
      if (kept) return kept
      const connection = await instance.connect()
      await connection.run('SET enable_progress_bar = true')
      await connection.run('SET enable_progress_bar_print = false')
      return connection
    },
    give(connection, spent) {
      if (spent || idle.length >= keep) connection.closeSync()
      else idle.push(connection)
    },
  }
}

const DESCRIBE = 'DESCRIBE '

/** Binds one query and returns its columns, without running it; anything but one query is refused. */
export async function describe(connection: DuckDBConnection, sql: string): Promise<EngineColumn[]> {
  await oneStatement(connection, sql)
  try {
    const result = await connection.runAndReadAll(DESCRIBE + sql)
    return result.getRows().map((row) => ({ name: String(row[0]), type: String(row[1]) }))
  } catch (error) {
    throw fromDuckDB(error, '', -DESCRIBE.length)
  }
}

/** The same, faster, where the caller knows the types: aliases such as JSON are told as what they stand for. */
export async function describeNames(connection: DuckDBConnection, sql: string): Promise<EngineColumn[]> {
  const prepared = await (await oneStatement(connection, sql)).prepare(0)
  try {
    if (prepared.statementType !== StatementType.SELECT) throw QueryFailed({ type: 'Parser', text: 'expected a query' })
    return Array.from({ length: prepared.columnCount }, (_, i) => ({
      name: prepared.columnName(i),
      type: prepared.columnType(i).toString(),
    }))
  } finally {
    prepared.destroySync()
  }
}

async function oneStatement(connection: DuckDBConnection, sql: string) {
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw QueryFailed({ type: 'Parser', text: `expected one statement, got ${statements.count}` })
  return statements
}
