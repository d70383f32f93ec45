// The documents of the protocol as a client reads them (Trino: Client REST API). Names keep the protocol's spelling.

export interface TrinoColumn {
  readonly name: string
  readonly type: string
}

export interface TrinoStats {
  readonly state?: string
  readonly queued?: boolean
  readonly scheduled?: boolean
  readonly elapsedTimeMillis?: number
  readonly queuedTimeMillis?: number
  readonly cpuTimeMillis?: number
  readonly processedRows?: number
  readonly processedBytes?: number
  readonly physicalInputBytes?: number
  readonly peakMemoryBytes?: number
  readonly totalSplits?: number
  readonly completedSplits?: number
  readonly runningSplits?: number
  readonly progressPercentage?: number
}

export interface TrinoError {
  readonly message: string
  readonly errorCode?: number
  readonly errorName?: string
  readonly errorType?: string
  /** One-based, within the statement that was sent. */
  readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number }
}

export interface TrinoResults {
  readonly id: string
  readonly infoUri?: string
  readonly nextUri?: string
  readonly columns?: readonly TrinoColumn[]
  readonly data?: readonly Row[]
  readonly stats?: TrinoStats
  readonly error?: TrinoError
  readonly updateType?: string
  readonly updateCount?: number
  readonly warnings?: readonly { readonly message: string }[]
}

/** A value as JSON carries it; integers that a double cannot hold come as their digits. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }
export type Row = readonly Value[]
