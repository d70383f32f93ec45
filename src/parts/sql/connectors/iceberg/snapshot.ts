// The files of a table's current snapshot that a scan has to read, with the deletes that apply to each.
import { readFile } from 'node:fs/promises'
import type { Caller } from '#kit/access'
import { NotSupported } from '#parts/sql/connectors/errors'
import { createDecoded, type Decoded } from '#parts/sql/connectors/iceberg/decoded'
import type { LakeFiles, StoredFile } from '#parts/sql/ports'
import { BadData } from '#wire/iceberg/errors'
import { type Condition, mayMatchFile, mayMatchManifest } from '#wire/iceberg/manifest/prune'
import { readManifest, readManifestList } from '#wire/iceberg/manifest/read'
import { partitionTypes } from '#wire/iceberg/manifest/schemas'
import type { DataFile, ManifestEntry, ManifestFile } from '#wire/iceberg/manifest/types'
import { currentSnapshot } from '#wire/iceberg/metadata'
import type { PartitionSpec, PrimitiveType, Schema, Snapshot, TableMetadata } from '#wire/iceberg/types'

/** Bytes; ten times what writers let a manifest grow to. */
const LARGEST_MANIFEST = 128 * 1024 * 1024

/** Reads a table's files for one query; every URI must lie below the table's location. */
export interface TableFiles {
  /** Whether it lies in the table's folder. */
  owns(uri: string): boolean
  /** Throws BadData for one that is not of the table. */
  assertOwn(uris: readonly string[]): void
  /** Each file is leased once for the query, however often it is asked for. */
  lease(uris: readonly string[]): Promise<readonly string[]>
  /** Their contents, in order. */
  read(uris: readonly string[]): Promise<readonly Buffer[]>
  /** Everything in the table's folder. */
  list(): AsyncIterable<StoredFile>
  /** Removes those that were last written before then (milliseconds since the epoch); resolves with how many. */
  remove(uris: readonly string[], before: number): Promise<number>
  /** What was read of such files before, of any table: `assertOwn` comes first. */
  readonly decoded: Decoded
}

/**
 * Metadata can name any object, and it is written by clients. What lies outside of the table's own prefix was never
 * authorised for this caller, so it is not leased.
 */
export function createTableFiles(
  files: LakeFiles,
  caller: Caller,
  queryId: string,
  table: string,
  location: string,
  decoded = createDecoded(),
): TableFiles {
  const prefix = `${location.replace(/\/+$/, '')}/`
  const leased = new Map<string, Promise<{ readonly path: string; readonly size: number }>>()
  const owns = (uri: string) => uri.startsWith(prefix) && !uri.split('/').some((s) => s === '..' || s === '.')
  const assertOwn = (uris: readonly string[]) => {
    const outside = uris.find((uri) => !owns(uri))
    if (outside) throw BadData({ reason: `${table} names ${outside}, which is outside of the table` })
  }
  const lease = (uris: readonly string[]) => {
    assertOwn(uris)
    const wanted = [...new Set(uris)].filter((uri) => !leased.has(uri))
    if (wanted.length > 0) {
      const answer = files.lease(caller, queryId, wanted)
      for (const [i, uri] of wanted.entries())
        leased.set(
          uri,
          answer.then((all) => all[i] as { path: string; size: number }),
        )
    }
    return Promise.all(uris.map((uri) => leased.get(uri) as Promise<{ path: string; size: number }>))
  }
  return {
    decoded,
    owns,
    assertOwn,
    list: () => files.list(caller, queryId, prefix.slice(0, -1)),
    remove: async (uris, before) => {
      assertOwn(uris)
      return files.remove(caller, queryId, uris, before)
    },
    lease: async (uris) => (await lease(uris)).map(({ path }) => path),
    read: async (uris) =>
      Promise.all(
        (await lease(uris)).map(({ path, size }, i) => {
          if (size > LARGEST_MANIFEST) throw BadData({ reason: `${uris[i]} is larger than ${LARGEST_MANIFEST} bytes` })
          return readFile(path)
        }),
      ),
  }
}

export interface PlannedFile {
  readonly file: DataFile
  readonly spec: PartitionSpec
  readonly sequenceNumber: bigint
  readonly positionDeletes: readonly DataFile[]
  readonly equalityDeletes: readonly DataFile[]
}

export async function planFiles(
  metadata: TableMetadata,
  schema: Schema,
  files: TableFiles,
  conditions: readonly Condition[],
): Promise<PlannedFile[]> {
  const manifests = await readManifests(metadata, files)
  const specOf = specsOf(metadata, schema)
  const wanted = manifests.filter((m) => {
    const { spec, types } = specOf(m.specId)
    return m.content === 'deletes' || mayMatchManifest(m, spec, types, conditions)
  })
  const entries = (await readEntries(wanted, files, specOf)).flat()
  const deletes = entries.filter((e) => e.file.content !== 'data')
  return entries
    .filter((e) => e.file.content === 'data' && mayMatchFile(e.file, e.spec, conditions))
    .map((entry) => {
      assertReadable(entry.file)
      const applying = deletes.filter((d) => applies(d, entry))
      for (const { file } of applying) assertReadable(file)
      return {
        file: entry.file,
        spec: entry.spec,
        sequenceNumber: entry.sequenceNumber,
        positionDeletes: applying.filter((d) => d.file.content === 'position-deletes').map((d) => d.file),
        equalityDeletes: applying.filter((d) => d.file.content === 'equality-deletes').map((d) => d.file),
      }
    })
}

/** A partition spec by its id, with the schema that has its columns and the types of its fields. */
export type SpecOf = (id: number) => {
  readonly spec: PartitionSpec
  readonly schema: Schema
  readonly types: ReturnType<typeof partitionTypes>
}

export function specsOf(metadata: TableMetadata, current: Schema): SpecOf {
  const specs = new Map(
    metadata['partition-specs'].map((spec) => {
      const schema = historic(metadata, current, spec)
      return [spec['spec-id'], { spec, schema, types: partitionTypes(spec, schema) }]
    }),
  )
  return (id) => {
    const found = specs.get(id)
    if (!found) throw BadData({ reason: `a manifest is of partition spec ${id}, which the table does not have` })
    return found
  }
}

/** Of each manifest the entries that are live. */
export async function readEntries(manifests: readonly ManifestFile[], files: TableFiles, specOf: SpecOf): Promise<SpecEntry[][]> {
  const all = await readAllEntries(manifests, files, specOf)
  return all.map((entries) => entries.filter((e) => e.status !== 'deleted'))
}

/** Those of files that were deleted too. */
export async function readAllEntries(manifests: readonly ManifestFile[], files: TableFiles, specOf: SpecOf): Promise<SpecEntry[][]> {
  files.assertOwn(manifests.map((m) => m.path))
  const known = manifests.map((manifest) => {
    const { spec, types } = specOf(manifest.specId)
    const key = [
      manifest.path,
      manifest.length,
      manifest.content,
      manifest.specId,
      manifest.sequenceNumber,
      manifest.addedSnapshotId,
      ...types,
    ].join('\n')
    return { manifest, spec, types, key, entries: files.decoded.get<readonly ManifestEntry[]>(key) }
  })
  const contents = await files.read(known.filter((k) => !k.entries).map((k) => k.manifest.path))
  const left = contents.values()
  return Promise.all(
    known.map(async ({ manifest, spec, types, key, entries }) => {
      const all = entries ?? (await readWhole(left.next().value as Buffer, manifest, spec, types))
      if (!entries) files.decoded.set(key, all)
      return all.map((entry) => ({ ...entry, spec }))
    }),
  )
}

function readWhole(content: Buffer, manifest: ManifestFile, spec: PartitionSpec, types: readonly PrimitiveType[]) {
  if (content.length !== manifest.length) throw BadData({ reason: `${manifest.path} has ${content.length} bytes, not ${manifest.length}` })
  return readManifest(content, manifest, spec, types)
}

export async function readManifests(metadata: TableMetadata, files: TableFiles): Promise<ManifestFile[]> {
  const snapshot = currentSnapshot(metadata)
  return snapshot ? ((await readManifestLists([snapshot], files))[0] as ManifestFile[]) : []
}

/** The manifests of each snapshot. */
export async function readManifestLists(snapshots: readonly Snapshot[], files: TableFiles): Promise<ManifestFile[][]> {
  const lists = snapshots.map((s) => s['manifest-list'])
  if (lists.some((uri) => !uri))
    throw NotSupported({ what: 'a snapshot without a manifest list (format version 1, before 2019)', hint: 'rewrite the table' })
  files.assertOwn(lists)
  const known = lists.map((uri) => ({ uri, manifests: files.decoded.get<ManifestFile[]>(uri) }))
  const left = (await files.read(known.filter((k) => !k.manifests).map((k) => k.uri))).values()
  return Promise.all(
    known.map(async ({ uri, manifests }) => {
      if (manifests) return manifests
      const read = await readManifestList(left.next().value as Buffer, uri)
      files.decoded.set(uri, read)
      return read
    }),
  )
}

export type SpecEntry = ManifestEntry & { readonly spec: PartitionSpec }

/** Spec, "Scan Planning": position deletes hit files of the same or an older commit, equality deletes only of an older one. */
export function applies(deleted: SpecEntry, data: Pick<SpecEntry, 'file' | 'spec' | 'sequenceNumber'>): boolean {
  const position = deleted.file.content === 'position-deletes'
  if (position ? data.sequenceNumber > deleted.sequenceNumber : data.sequenceNumber >= deleted.sequenceNumber) return false
  if (!position && deleted.spec.fields.length === 0) return true
  return deleted.spec['spec-id'] === data.spec['spec-id'] && samePartition(deleted.file, data.file)
}

function samePartition(a: DataFile, b: DataFile): boolean {
  return a.partition.every((value, i) => {
    const other = b.partition[i] ?? null
    if (Buffer.isBuffer(value) && Buffer.isBuffer(other)) return value.equals(other)
    return value === other || (Number.isNaN(value) && Number.isNaN(other))
  })
}

/** The same for files of the same partition under the same spec. */
export function partitionKey({ file, spec }: Pick<SpecEntry, 'file' | 'spec'>): string {
  const text = (value: unknown) => (typeof value === 'bigint' ? `${value}n` : Number.isNaN(value) ? 'NaN' : value)
  return JSON.stringify([spec['spec-id'], ...file.partition], (_key, value: unknown) => text(value))
}

function assertReadable(file: DataFile): void {
  if (file.format !== 'PARQUET') {
    const what = file.format === 'PUFFIN' ? 'deletion vectors' : `data files in ${file.format}`
    throw NotSupported({ what: `reading ${what}`, hint: 'rewrite the table with Parquet files' })
  }
}

/** A spec may name a column that was dropped since: its type is in an older schema. */
function historic(metadata: TableMetadata, current: Schema, spec: PartitionSpec): Schema {
  const has = (schema: Schema) => spec.fields.every((f) => schema.fields.some((x) => x.id === f['source-id']))
  return has(current) ? current : (metadata.schemas.findLast(has) ?? current)
}
