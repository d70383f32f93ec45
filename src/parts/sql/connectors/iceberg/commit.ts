// An append as one commit: files adopted, a manifest for them, a manifest list over it, and the new snapshot; again after a conflict.
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import { WriteConflict } from '#parts/sql/connectors/errors'
import { type Adopted, createAdopted } from '#parts/sql/connectors/iceberg/adopted'
import { createTableFiles, readManifests } from '#parts/sql/connectors/iceberg/snapshot'
import type { LakeFiles, QueryContext } from '#parts/sql/ports'
import { toLong } from '#wire/iceberg/json'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'
import { summarise, writeManifest, writeManifestList } from '#wire/iceberg/manifest/write'
import { currentSchema, currentSnapshot, defaultSpec, MAIN_BRANCH, stagedUpdates } from '#wire/iceberg/metadata'
import { type Lake, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { Snapshot, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'

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
  const adopted = createAdopted(append.files, append.filesCaller, context.queryId)
  const sent = { isOpen: false }
  try {
    await commitFiles(append, snapshotId, adopted, sent)
  } catch (error) {
    if (!sent.isOpen) await adopted.discard()
    // The answer was lost, and the commit may have gone through: the table tells. If it does not name the files, it may still come to.
    if (!sent.isOpen || !(await isCommitted(append, snapshotId))) throw error
  }
  await adopted.keep()
}

/** `sent.isOpen` while a commit is on its way, and after one whose outcome nobody told. */
async function commitFiles(append: Append, snapshotId: bigint, adopted: Adopted, sent: { isOpen: boolean }): Promise<void> {
  const { lake, context, ident, staged } = append
  const manifest = await newManifest(append, snapshotId, adopted)
  let metadata = append.metadata
  for (let attempt = 1; ; attempt++) {
    const { snapshot, requirements } = await newSnapshot(append, metadata, manifest, snapshotId, attempt, adopted)
    const updates: TableUpdate[] = [
      ...(staged ? stagedUpdates(metadata) : []),
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': MAIN_BRANCH, type: 'branch', 'snapshot-id': snapshot['snapshot-id'] },
    ]
    try {
      sent.isOpen = true
      await lake.commitTable(context.caller, ident, { requirements, updates })
      return
    } catch (error) {
      // An error of the catalogue's table says that nothing was changed; any other says nothing.
      sent.isOpen = !(error instanceof AkkoError)
      if (staged || !(error instanceof AkkoError) || error.code !== lakeErrors.commitConflict) throw error
      if (attempt >= ATTEMPTS) throw WriteConflict({ table: append.table, attempts: attempt }, error)
    }
    adopted.unused(snapshot['manifest-list'])
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * 2 ** attempt))
    metadata = sameTable(append, (await lake.loadTable(context.caller, ident)).metadata)
  }
}

/** Whether the table has the snapshot; false also when it cannot be asked. */
async function isCommitted({ lake, context, ident, metadata }: Append, snapshotId: bigint): Promise<boolean> {
  try {
    const now = (await lake.loadTable(context.caller, ident)).metadata
    return now['table-uuid'] === metadata['table-uuid'] && now.snapshots.some((s) => BigInt(s['snapshot-id']) === snapshotId)
  } catch {
    return false
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

async function newManifest(append: Append, snapshotId: bigint, adopted: Adopted): Promise<ManifestFile> {
  const { context, metadata, dataFiles } = append
  const [schema, spec] = [currentSchema(metadata), defaultSpec(metadata)]
  const bytes = await writeManifest({ schema, spec, snapshotId, files: dataFiles })
  const name = `${randomUUID()}-m0.avro`
  const path = join(context.spool, name)
  await writeFile(path, bytes, { mode: 0o600 })
  const uri = `${metadata.location}/metadata/${name}`
  await adopted.adopt([...append.adopt, { path, uri }])
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

async function newSnapshot(
  append: Append,
  metadata: TableMetadata,
  manifest: ManifestFile,
  snapshotId: bigint,
  attempt: number,
  adopted: Adopted,
) {
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
  await adopted.adopt([{ path, uri }])
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
  // A foreign writer may have left a total out, or written none: then there is none to carry on.
  const total = (name: string, plus: bigint) => {
    const before = parent === undefined ? '0' : (parent.summary?.[name] ?? '0')
    return /^\d{1,18}$/.test(before) ? { [name]: String(BigInt(before) + plus) } : {}
  }
  const partitions = new Set(files.map((f) => JSON.stringify(f.partition, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))))
  return {
    operation: 'append',
    'added-data-files': String(added.files),
    'added-records': String(added.records),
    'added-files-size': String(added.size),
    'changed-partition-count': String(partitions.size),
    ...total('total-data-files', added.files),
    ...total('total-records', added.records),
    ...total('total-files-size', added.size),
    ...total('total-delete-files', 0n),
    ...total('total-position-deletes', 0n),
    ...total('total-equality-deletes', 0n),
  }
}
