// What crosses the engine's private socket. The same shapes as the SQL part's engine port, which this part does not import.

export interface EngineColumn {
  readonly name: string
  /** DuckDB type text. */
  readonly type: string
}

/** Iceberg field id of a column; of a nested one also those below: `element`, `key` and `value`, or the fields of a row. */
export interface FieldId {
  readonly name: string
  readonly id: number
  readonly children?: readonly FieldId[]
}

/** Rows written as Parquet into a fresh folder of this name below the spool's `out`. */
export interface ParquetOutput {
  /** 1 to 64 letters, digits, `-` or `_`; a folder that exists is refused. */
  readonly folder: string
  readonly fieldIds: readonly FieldId[]
  /** Columns of the query whose values become folders `name=value` instead of a column; without them there is one file, `0.parquet`. */
  readonly partitionBy?: readonly string[]
}

export interface EngineRequest {
  readonly queryId: string
  /** The query's folder; pipes in it are released when the run is cancelled. Empty for a query that opens no file. */
  readonly spool: string
  /** One query. */
  readonly sql: string
  readonly output: 'rows' | ParquetOutput
  /** Trino type of each column, which decides how its values are written; without it the DuckDB type does. */
  readonly types?: readonly string[]
}

/** A run as the client posts it: `runId` is the client's, for its cancel. */
export interface RunRequest extends EngineRequest {
  readonly runId: string
}

export interface Progress {
  readonly percent: number | undefined
  readonly rows: number
  readonly memoryBytes: number
}

export interface EngineRun {
  /** Where the request gave no types; else none. */
  readonly columns: Promise<readonly EngineColumn[]>
  readonly rows: AsyncIterable<readonly string[]>
  readonly done: Promise<{ readonly rows: number }>
  progress(): Progress
  cancel(): Promise<void>
}

export interface Engine {
  describe(sql: string): Promise<readonly EngineColumn[]>
  run(request: EngineRequest): EngineRun
}

/** Lines of a run's answer that are no rows. A row begins with `[`, these with `{`; the last is `done` or `error`. */
export type ControlLine =
  | { readonly columns: readonly EngineColumn[] }
  | { readonly progress: { readonly percent?: number; readonly memoryBytes: number } }
  | { readonly done: { readonly rows: number } }
  | { readonly error: import('#parts/engine/errors').WireError }

/** On the lifeline before its end: the engine leaves on purpose, and what runs will be finished. */
export const GOODBYE = 'bye\n'
