// What crosses the engine's private socket, and the engine as its client hands it on. `Text` is what a statement is made of: where
// only the dialect may speak, its printed SQL.

export interface EngineColumn {
  readonly name: string
  /** DuckDB type text: `BIGINT`, `DECIMAL(12,2)`, `TIMESTAMP WITH TIME ZONE`, `STRUCT(a INTEGER)`. */
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

export interface EngineRequest<Text extends string = string> {
  readonly queryId: string
  /** The query's folder; pipes in it are released when the run is cancelled. Empty for a query that opens no file. */
  readonly spool: string
  /** Whose query without a spool this is, without a name: it waits for no other's. 1 to 128 letters, digits, `-` or `_`. */
  readonly owner?: string
  /** It runs in a process of its owner's with no other query, so that its memory and its time are known. */
  readonly alone?: {
    /** Of the process' growth while it runs, bytes; one that exceeds it ends. */
    readonly memoryLimitBytes?: number
    /** It takes the processors only that nothing else wants. */
    readonly givesWay?: boolean
  }
  /** One DuckDB query; knows no user, catalogue or key. */
  readonly sql: Text
  /** Rows to the caller, or into files of the spool. */
  readonly output: 'rows' | ParquetOutput
  /** Trino type of each column by position: decides how values are written in the rows. Without it the DuckDB type does. */
  readonly types?: readonly string[]
}

/** A run as the client posts it: `runId` is the client's, for its cancel. */
export interface RunRequest extends EngineRequest {
  readonly runId: string
}

export interface Progress {
  readonly percent: number | undefined
  readonly rows: number
  /** Of the query, where it runs alone; else of the engine. */
  readonly memoryBytes: number
  /** Of processors, where the query runs alone. */
  readonly cpuMs?: number | undefined
}

export interface EngineRun {
  /** Resolves before the first row; to none where the request gave types. */
  readonly columns: Promise<readonly EngineColumn[]>
  /** Rows as JSON array texts, one per item batch; apply back-pressure by not reading. The end proves nothing: await `done`. */
  readonly rows: AsyncIterable<readonly string[]>
  /** The verdict. Rejects with an engine error, or EngineLost (retryable) when the process died. */
  readonly done: Promise<{ readonly rows: number }>
  progress(): Progress
  cancel(): Promise<void>
}

export interface Engine<Text extends string = string> {
  /** Column names and types of a query, without running it. Engine errors carry DuckDB's text. */
  describe(sql: Text): Promise<readonly EngineColumn[]>
  run(request: EngineRequest<Text>): EngineRun
}

/** An error as it crosses the socket. */
export interface WireError {
  readonly code: string
  readonly values: Readonly<Record<string, string | number | boolean | undefined>>
}

/** Lines of a run's answer that are no rows. A row begins with `[`, these with `{`; the last is `done` or `error`. */
export type ControlLine =
  | { readonly columns: readonly EngineColumn[] }
  | { readonly progress: Omit<Progress, 'rows'> }
  | { readonly done: { readonly rows: number } }
  | { readonly error: WireError }

/** On the lifeline before its end: the engine leaves on purpose, and what runs will be finished. */
export const GOODBYE = 'bye\n'
