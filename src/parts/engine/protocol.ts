// What crosses the engine's private socket. The same shapes as the SQL part's engine port, which this part does not import.

export interface EngineColumn {
  readonly name: string
  /** DuckDB type text. */
  readonly type: string
}

export interface EngineRequest {
  readonly queryId: string
  /** The query's folder; pipes in it are released when the run is cancelled. */
  readonly spool: string
  readonly sql: string
  readonly output: 'rows' | 'none'
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
  | { readonly error: import('./errors.ts').WireError }

/** On the lifeline before its end: the engine leaves on purpose, and what runs will be finished. */
export const GOODBYE = 'bye\n'
