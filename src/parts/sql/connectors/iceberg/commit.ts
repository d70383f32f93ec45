// An append as one commit: files adopted, a manifest for them, a manifest list over it, and the new snapshot; again after a conflict.
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import { toLong } from '#wire/iceberg/json'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'
import { summarise, writeManifest, writeManifestList } from '#wire/iceberg/manifest/write'
import { currentSchema, currentSnapshot, defaultSpec, MAIN_BRANCH, stagedUpdates } from '#wire/iceberg/metadata'
import { type Lake, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { Snapshot, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'
import type { LakeFiles, QueryContext } from '../../ports.ts'
import { WriteConflict } from '../errors.ts'
import { createTableFiles, readManifests } from './snapshot.ts'

export interface Append {
  readonly lake: Lake
  readonly files: LakeFiles
  readonly context: QueryContext
  /** As whom the store is asked: the table was authorised before. */
  readonly filesCaller: Caller
  readonly ident: TableIdent
  /** For texts. */
  readonly table: string
  /** Metadata of the staged table, or of the one that was planned on. */
  readonly metadata: TableMetadata
  readonly staged: boolean
  readonly dataFiles: readonly DataFile[]
  readonly adopt: readonly { readonly path: string; readonly uri: string }[]
}

const ATTEMPTS = 6

/** Commits the files; a staged table without rows gets no snapshot. Throws WriteConflict when others were faster every time. */
export async function commitAppend(append: Append): Promise<void> {
  const { lake, context, ident, staged, dataFiles } = append
  if (dataFiles.length === 0) {
    if (!staged) return
    await lake.commitTable(context.caller, ident, { requirements: [{ type: 'assert-create' }], updates: stagedUpdates(append.metadata) })
    return
  }
  const snapshotId = randomBytes(8).readBigInt64BE() & 0x7fffffffffffffffn
  const manifest = await newManifest(append, snapshotId)
  let metadata = append.metadata
  for (let attempt = 1; ; attempt++) {
    try {
      const { snapshot, requirements } = await newSnapshot(append, metadata, manifest, snapshotId, attempt)
      const updates: TableUpdate[] = [
        ...(staged ? stagedUpdates(metadata) : []),
        { action: 'add-snapshot', snapshot },
        { action: 'set-snapshot-ref', 'ref-name': MAIN_BRANCH, type: 'branch', 'snapshot-id': snapshot['snapshot-id'] },
      ]
      await lake.commitTable(context.caller, ident, { requirements, updates })
      return
    } catch (error) {
      if (staged || !(error instanceof AkkoError) || error.code !== lakeErrors.commitConflict) throw error
      if (attempt >= ATTEMPTS) throw WriteConflict({ table: append.table, attempts: attempt }, error)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * 2 ** attempt))
      metadata = sameTable(append, (await lake.loadTable(context.caller, ident)).metadata)
    }
  }
}

/** The files were written for one table, schema and spec; another commit may have changed any of them. */
function sameTable({ metadata: before, table }: Append, now: TableMetadata): TableMetadata {
  const same =
    before['table-uuid'] === now['table-uuid'] &&
    before['current-schema-id'] === now['current-schema-id'] &&
    before['default-spec-id'] === now['default-spec-id']
  if (!same) throw WriteConflict({ table, attempts: 1 }, new Error('the table, its schema or its partitioning changed'))
  return now
}

async function newManifest(append: Append, snapshotId: bigint): Promise<ManifestFile> {
  const { files, context, filesCaller, metadata, dataFiles } = append
  const [schema, spec] = [currentSchema(metadata), defaultSpec(metadata)]
  const bytes = await writeManifest({ schema, spec, snapshotId, files: dataFiles })
  const name = `${randomUUID()}-m0.avro`
  const path = join(context.spool, name)
  await writeFile(path, bytes, { mode: 0o600 })
  const uri = `${metadata.location}/metadata/${name}`
  await files.adopt(filesCaller, context.queryId, [...append.adopt, { path, uri }])
  return {
    path: uri,
    length: bytes.length,
    specId: spec['spec-id'],
    content: 'data',
    sequenceNumber: 0n,
    minSequenceNumber: 0n,
    addedSnapshotId: snapshotId,
    addedFiles: dataFiles.length,
    existingFiles: 0,
    deletedFiles: 0,
    addedRows: rowsOf(dataFiles),
    existingRows: 0n,
    deletedRows: 0n,
    partitions: summarise(dataFiles, spec, schema),
  }
}

async function newSnapshot(append: Append, metadata: TableMetadata, manifest: ManifestFile, snapshotId: bigint, attempt: number) {
  const { files, context, filesCaller, dataFiles, table } = append
  const parent = currentSnapshot(metadata)
  const parentId = parent === undefined ? undefined : BigInt(parent['snapshot-id'])
  const before = await readManifests(metadata, createTableFiles(files, filesCaller, context.queryId, table, metadata.location))
  const sequenceNumber = BigInt(metadata['last-sequence-number']) + 1n
  const own = { ...manifest, sequenceNumber, minSequenceNumber: sequenceNumber }
  const bytes = await writeManifestList({ snapshotId, parentSnapshotId: parentId, sequenceNumber, manifests: [own, ...before] })
  const name = `snap-${snapshotId}-${attempt}-${randomUUID()}.avro`
  const path = join(context.spool, name)
  await writeFile(path, bytes, { mode: 0o600 })
  const uri = `${metadata.location}/metadata/${name}`
  await files.adopt(filesCaller, context.queryId, [{ path, uri }])
  const snapshot: Snapshot = {
    'snapshot-id': toLong(snapshotId),
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': toLong(sequenceNumber),
    'timestamp-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'manifest-list': uri,
    'schema-id': metadata['current-schema-id'],
    summary: summaryOf(dataFiles, parent),
  }
  const requirements: TableRequirement[] = append.staged
    ? [{ type: 'assert-create' }]
    : [
        { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
        { type: 'assert-ref-snapshot-id', ref: MAIN_BRANCH, 'snapshot-id': parent?.['snapshot-id'] ?? null },
      ]
  return { snapshot, requirements }
}

const rowsOf = (files: readonly DataFile[]): bigint => files.reduce((sum, f) => sum + BigInt(f.recordCount), 0n)

function summaryOf(files: readonly DataFile[], parent: Snapshot | undefined): NonNullable<Snapshot['summary']> {
  const added = {
    files: BigInt(files.length),
    records: rowsOf(files),
    size: files.reduce((sum, f) => sum + BigInt(f.sizeBytes), 0n),
  }
  const total = (name: string, plus: bigint) => String(BigInt(parent?.summary?.[name] ?? '0') + plus)
  const partitions = new Set(files.map((f) => JSON.stringify(f.partition, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))))
  return {
    operation: 'append',
    'added-data-files': String(added.files),
    'added-records': String(added.records),
    'added-files-size': String(added.size),
    'changed-partition-count': String(partitions.size),
    'total-data-files': total('total-data-files', added.files),
    'total-records': total('total-records', added.records),
    'total-files-size': total('total-files-size', added.size),
    'total-delete-files': total('total-delete-files', 0n),
    'total-position-deletes': total('total-position-deletes', 0n),
    'total-equality-deletes': total('total-equality-deletes', 0n),
  }
}
