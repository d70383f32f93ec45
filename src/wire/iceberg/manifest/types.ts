// Manifests and manifest lists as this code holds them (spec, "Manifests" and "Manifest Lists").
import type { Value } from '#wire/iceberg/values'

export type Content = 'data' | 'position-deletes' | 'equality-deletes'

/** Stands for a map that a manifest does not have; one that it has may be empty. */
export const ABSENT: ReadonlyMap<number, never> = new Map<number, never>()

export interface DataFile {
  readonly content: Content
  readonly path: string
  /** Upper case: `PARQUET`. */
  readonly format: string
  /** By the position of the spec's fields. */
  readonly partition: readonly (Value | null)[]
  readonly recordCount: number
  readonly sizeBytes: number
  /** By field id, as all these maps; each may be ABSENT. */
  readonly columnSizes: ReadonlyMap<number, number>
  readonly valueCounts: ReadonlyMap<number, number>
  readonly nullCounts: ReadonlyMap<number, number>
  readonly nanCounts?: ReadonlyMap<number, number>
  /** Serialized single values. */
  readonly lowerBounds: ReadonlyMap<number, Buffer>
  readonly upperBounds: ReadonlyMap<number, Buffer>
  readonly keyMetadata?: Buffer
  readonly splitOffsets?: readonly number[]
  readonly equalityIds?: readonly number[]
  readonly sortOrderId?: number
}

export interface ManifestEntry {
  readonly status: 'existing' | 'added' | 'deleted'
  readonly snapshotId: bigint
  /** Data sequence number; inherited from the manifest where the entry has none. */
  readonly sequenceNumber: bigint
  /** Of the commit that added the file; inherited likewise. */
  readonly fileSequenceNumber: bigint
  readonly file: DataFile
}

export interface PartitionSummary {
  readonly containsNull: boolean
  readonly containsNan?: boolean
  readonly lower?: Buffer
  readonly upper?: Buffer
}

export interface ManifestFile {
  readonly path: string
  readonly length: number
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: bigint
  readonly minSequenceNumber: bigint
  readonly addedSnapshotId: bigint
  readonly addedFiles: number
  readonly existingFiles: number
  readonly deletedFiles: number
  readonly addedRows: bigint
  readonly existingRows: bigint
  readonly deletedRows: bigint
  readonly partitions: readonly PartitionSummary[]
  readonly keyMetadata?: Buffer
}
