// A DuckDB instance of the engine: capped, closed but for its folders, configured for Trino's meaning, then locked.
import { DuckDBInstance } from '@duckdb/node-api'
import { registerFunctions } from '#parts/engine/functions'
import { quoteText as literal } from '#wire/duckdb/quote'

export interface Bounds {
  readonly memoryLimitBytes: number
  readonly threads: number
  readonly tempLimitBytes: number
}

export interface DuckDBOptions extends Bounds {
  readonly tempDir: string
  /** The only folders that SQL may read and write. */
  readonly allowed: readonly string[]
  /** With the functions that are computed here: on the thread of JavaScript, which does nothing else meanwhile. */
  readonly functions: boolean
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
    if (options.functions) registerFunctions(connection)
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
