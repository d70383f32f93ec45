// The JSON documents of the client protocol (classes QueryResults, QueryError, StatementStats of trino-client).
import type { TypeSignature } from '#wire/trino/type'

export interface ResultColumn {
  readonly name: string
  readonly type: string
  readonly typeSignature: TypeSignature
}

export interface ErrorLocation {
  readonly lineNumber: number
  readonly columnNumber: number
}

export interface FailureInfo {
  readonly type: string
  readonly message: string
  readonly suppressed: readonly never[]
  readonly stack: readonly string[]
  readonly errorLocation?: ErrorLocation
}

export interface QueryError {
  readonly message: string
  readonly errorCode: number
  readonly errorName: string
  readonly errorType: ErrorType
  readonly errorLocation?: ErrorLocation
  readonly failureInfo: FailureInfo
}

export type ErrorType = 'USER_ERROR' | 'INTERNAL_ERROR' | 'INSUFFICIENT_RESOURCES' | 'EXTERNAL'
export type QueryState = 'QUEUED' | 'PLANNING' | 'STARTING' | 'RUNNING' | 'FINISHING' | 'FINISHED' | 'FAILED'

export interface StatementStats {
  readonly state: QueryState
  readonly queued: boolean
  readonly scheduled: boolean
  readonly progressPercentage?: number
  readonly runningPercentage?: number
  readonly nodes: number
  readonly totalSplits: number
  readonly queuedSplits: number
  readonly runningSplits: number
  readonly completedSplits: number
  readonly cpuTimeMillis: number
  readonly wallTimeMillis: number
  readonly queuedTimeMillis: number
  readonly elapsedTimeMillis: number
  readonly processedRows: number
  readonly processedBytes: number
  readonly physicalInputBytes: number
  readonly physicalWrittenBytes: number
  readonly peakMemoryBytes: number
  readonly spilledBytes: number
}

export interface QueryResults {
  readonly id: string
  readonly infoUri: string
  readonly partialCancelUri?: string
  readonly nextUri?: string
  readonly columns?: readonly ResultColumn[]
  readonly stats: StatementStats
  readonly error?: QueryError
  readonly warnings: readonly never[]
  readonly updateType?: string
  readonly updateCount?: number
}

/**
 * A QueryResults document with `data`, whose rows are JSON array texts already: they are spliced in, never parsed again.
 */
export function printResults(results: QueryResults, rows: readonly string[] | undefined): string {
  const text = JSON.stringify(results)
  return rows === undefined || rows.length === 0 ? text : `${text.slice(0, -1)},"data":[${rows.join(',')}]}`
}
