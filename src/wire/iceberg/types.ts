// Iceberg's table metadata (spec v1 to v3) and the changes of the REST protocol, in the protocol's own spelling. Types only.

/**
 * A 64-bit integer of the format (snapshot ids are random 63-bit numbers). Canonical form: a number where that is safe,
 * else a bigint, so that `===` compares. `parseJson`, `toLong` and `printJson` of `json.ts` keep it; `JSON.parse` would round it.
 */
export type Long = number | bigint

/**
 * `boolean int long float double date time timestamp timestamptz string uuid fixed[L] binary decimal(P, S)`; of version 3 also
 * `unknown timestamp_ns timestamptz_ns variant geometry(C) geography(C, A)`.
 */
export type PrimitiveType = string
export type Type = PrimitiveType | StructType | ListType | MapType

export interface StructType {
  readonly type: 'struct'
  readonly fields: readonly Field[]
}
export interface ListType {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: Type
  readonly 'element-required': boolean
}
export interface MapType {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: Type
  readonly 'value-id': number
  readonly value: Type
  readonly 'value-required': boolean
}
export interface Field {
  readonly id: number
  readonly name: string
  readonly type: Type
  readonly required: boolean
  readonly doc?: string
  readonly 'initial-default'?: unknown
  readonly 'write-default'?: unknown
}

/** A schema as a client sends it; the server gives the id. */
export interface SchemaInput extends StructType {
  readonly 'schema-id'?: number
  readonly 'identifier-field-ids'?: readonly number[]
}
export interface Schema extends SchemaInput {
  readonly 'schema-id': number
}

/** `identity bucket[N] truncate[W] year month day hour void`. */
export type Transform = string

export interface PartitionFieldInput {
  readonly 'source-id': number
  readonly 'field-id'?: number
  readonly name: string
  readonly transform: Transform
}
export interface PartitionField extends PartitionFieldInput {
  readonly 'field-id': number
}
export interface PartitionSpecInput {
  readonly 'spec-id'?: number
  readonly fields: readonly PartitionFieldInput[]
}
export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}

export interface SortField {
  readonly 'source-id': number
  readonly transform: Transform
  readonly direction: 'asc' | 'desc'
  readonly 'null-order': 'nulls-first' | 'nulls-last'
}
export interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly SortField[]
}

export type Operation = 'append' | 'replace' | 'overwrite' | 'delete'

export interface Snapshot {
  readonly 'snapshot-id': Long
  readonly 'parent-snapshot-id'?: Long
  readonly 'sequence-number'?: Long
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary?: { readonly operation: Operation } & Readonly<Record<string, string>>
  readonly 'schema-id'?: number
  /** Version 3: the row id of the first row that it adds, and how many ids it takes. */
  readonly 'first-row-id'?: Long
  readonly 'added-rows'?: Long
  /** Version 3: the key that encrypts the key of its manifest list. */
  readonly 'key-id'?: string
}

export interface SnapshotRef {
  readonly 'snapshot-id': Long
  readonly type: 'branch' | 'tag'
  readonly 'min-snapshots-to-keep'?: number
  readonly 'max-snapshot-age-ms'?: number
  readonly 'max-ref-age-ms'?: number
}

export interface SnapshotLogEntry {
  readonly 'timestamp-ms': number
  readonly 'snapshot-id': Long
}
export interface MetadataLogEntry {
  readonly 'timestamp-ms': number
  readonly 'metadata-file': string
}

export interface StatisticsFile {
  readonly 'snapshot-id': Long
  readonly 'statistics-path': string
  readonly 'file-size-in-bytes': Long
  readonly 'file-footer-size-in-bytes': Long
  readonly 'key-metadata'?: string
  readonly 'blob-metadata': readonly {
    readonly type: string
    readonly 'snapshot-id': Long
    readonly 'sequence-number': Long
    readonly fields: readonly number[]
    readonly properties?: Readonly<Record<string, string>>
  }[]
}
export interface PartitionStatisticsFile {
  readonly 'snapshot-id': Long
  readonly 'statistics-path': string
  readonly 'file-size-in-bytes': Long
}

/** A key, encrypted by another (version 3). */
export interface EncryptedKey {
  readonly 'key-id': string
  readonly 'encrypted-key-metadata': string
  readonly 'encrypted-by-id'?: string
  readonly properties?: Readonly<Record<string, string>>
}

export type FormatVersion = 1 | 2 | 3

/** Table metadata, always complete: what was optional in v1 files is filled in by `readMetadata`. */
export interface TableMetadata {
  readonly 'format-version': FormatVersion
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': Long
  /** Version 3 alone: above every row id that was given. */
  readonly 'next-row-id'?: Long
  readonly 'encryption-keys'?: readonly EncryptedKey[]
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly Schema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly SortOrder[]
  readonly properties: Readonly<Record<string, string>>
  /** Absent in a table without rows. */
  readonly 'current-snapshot-id'?: Long
  readonly snapshots: readonly Snapshot[]
  readonly refs: Readonly<Record<string, SnapshotRef>>
  readonly 'snapshot-log': readonly SnapshotLogEntry[]
  readonly 'metadata-log': readonly MetadataLogEntry[]
  readonly statistics?: readonly StatisticsFile[]
  readonly 'partition-statistics'?: readonly PartitionStatisticsFile[]
}

/** One change of a commit (REST protocol, schema TableUpdate). `-1` as an id means the one added last in the same commit. */
export type TableUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly 'format-version': number }
  | { readonly action: 'add-schema'; readonly schema: SchemaInput; readonly 'last-column-id'?: number }
  | { readonly action: 'set-current-schema'; readonly 'schema-id': number }
  | { readonly action: 'remove-schemas'; readonly 'schema-ids': readonly number[] }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpecInput }
  | { readonly action: 'set-default-spec'; readonly 'spec-id': number }
  | { readonly action: 'remove-partition-specs'; readonly 'spec-ids': readonly number[] }
  | { readonly action: 'add-sort-order'; readonly 'sort-order': SortOrder }
  | { readonly action: 'set-default-sort-order'; readonly 'sort-order-id': number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | ({ readonly action: 'set-snapshot-ref'; readonly 'ref-name': string } & SnapshotRef)
  | { readonly action: 'remove-snapshots'; readonly 'snapshot-ids': readonly Long[] }
  | { readonly action: 'remove-snapshot-ref'; readonly 'ref-name': string }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'set-statistics'; readonly 'snapshot-id'?: Long; readonly statistics: StatisticsFile }
  | { readonly action: 'remove-statistics'; readonly 'snapshot-id': Long }
  | { readonly action: 'set-partition-statistics'; readonly 'partition-statistics': PartitionStatisticsFile }
  | { readonly action: 'remove-partition-statistics'; readonly 'snapshot-id': Long }
  | { readonly action: 'add-encryption-key'; readonly 'encryption-key': EncryptedKey }
  | { readonly action: 'remove-encryption-key'; readonly 'key-id': string }

/** What must hold for a commit to count (REST protocol, schema TableRequirement). */
export type TableRequirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  | { readonly type: 'assert-ref-snapshot-id'; readonly ref: string; readonly 'snapshot-id': Long | null }
  | { readonly type: 'assert-last-assigned-field-id'; readonly 'last-assigned-field-id': number }
  | { readonly type: 'assert-current-schema-id'; readonly 'current-schema-id': number }
  | { readonly type: 'assert-last-assigned-partition-id'; readonly 'last-assigned-partition-id': number }
  | { readonly type: 'assert-default-spec-id'; readonly 'default-spec-id': number }
  | { readonly type: 'assert-default-sort-order-id'; readonly 'default-sort-order-id': number }
