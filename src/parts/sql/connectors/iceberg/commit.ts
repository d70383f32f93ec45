// A change of a table's files as one commit: files adopted, manifests for them, a manifest list over it all, and the new snapshot; again after a conflict.
import { randomBytes } from 'node:crypto'
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import { WriteConflict } from '#parts/sql/connectors/errors'
import { type Adopted, createAdopted } from '#parts/sql/connectors/iceberg/adopted'
import { createManifests, type ManifestStore } from '#parts/sql/connectors/iceberg/manifests'
import { mergedManifests, mergeSummary } from '#parts/sql/connectors/iceberg/merge'
import { withoutFiles } from '#parts/sql/connectors/iceberg/removal'
import type { Beginning } from '#parts/sql/connectors/iceberg/replace'
import { createTableFiles, readManifests, specsOf, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { summaryOf } from '#parts/sql/connectors/iceberg/summary'
import type { LakeFiles, QueryContext } from '#parts/sql/ports'
import { toLong } from '#wire/iceberg/json'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'
import { currentSchema, currentSnapshot, MAIN_BRANCH } from '#wire/iceberg/metadata'
import { type Lake, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { Snapshot, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'

export interface FileChange {
  readonly lake: Lake
  readonly files: LakeFiles
  readonly context: QueryContext
  /** As whom the store is asked: the table was authorised before. */
  readonly filesCaller: Caller
  readonly ident: TableIdent
  /** For texts. */
  readonly table: string
  /** Metadata that was planned on: of the table as it is, or as `begin` makes it. */
  readonly metadata: TableMetadata
  /** What makes or replaces the table, in the same commit; it is not tried again on another state. */
  readonly begin?: Beginning
  /** Added, of the default spec. */
  readonly dataFiles: readonly DataFile[]
  /** Added, of the spec that each is under. */
  readonly deleteFiles?: readonly { readonly specId: number; readonly file: DataFile }[]
  /** Data files that are in the table no longer, by path; `all` takes delete files with them. */
  readonly removed?: ReadonlySet<string> | 'all'
  /** Delete files that apply to no row any more, by path; one that is gone already is not missed. */
  readonly removedDeletes?: ReadonlySet<string>
  /** The rows are what they were: only their files are others. */
  readonly rewrites?: true
  /** Many manifests become few; no file comes or goes. */
  readonly merges?: true
  readonly adopt: readonly { readonly path: string; readonly uri: string }[]
  /** Throws WriteConflict where the change does not hold on a state that others made meanwhile. */
  readonly validate?: (now: TableMetadata, files: TableFiles) => Promise<void>
}

const ATTEMPTS = 6

/** Commits the change; a table that is made or replaced without rows gets no snapshot. Throws WriteConflict when others were faster every time. */
export async function commitFiles(change: FileChange): Promise<void> {
  const { lake, context, ident, begin, dataFiles, deleteFiles = [], removed, removedDeletes, merges } = change
  if (dataFiles.length + deleteFiles.length === 0 && !(removed === 'all' || removed?.size || removedDeletes?.size || merges)) {
    if (begin) await lake.commitTable(context.caller, ident, begin)
    return
  }
  const snapshotId = randomBytes(8).readBigInt64BE() & 0x7fffffffffffffffn
  const adopted = createAdopted(change.files, change.filesCaller, context.queryId)
  const sent = { isOpen: false }
  try {
    await attempts(change, snapshotId, adopted, sent)
  } catch (error) {
    if (!sent.isOpen) await adopted.discard()
    // The answer was lost, and the commit may have gone through: the table tells. If it does not name the files, it may still come to.
    if (!sent.isOpen || !(await isCommitted(change, snapshotId))) throw error
  }
  await adopted.keep()
}

/** `sent.isOpen` while a commit is on its way, and after one whose outcome nobody told. */
async function attempts(change: FileChange, snapshotId: bigint, adopted: Adopted, sent: { isOpen: boolean }): Promise<void> {
  const { lake, context, ident, begin } = change
  const store = createManifests(change, snapshotId, adopted)
  const added = await store.added(change)
  let metadata = change.metadata
  for (let attempt = 1; ; attempt++) {
    const { snapshot, requirements, made } = await newSnapshot(change, metadata, added, store, snapshotId, attempt)
    const updates: TableUpdate[] = [
      ...(begin?.updates ?? []),
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
      if (begin || !(error instanceof AkkoError) || error.code !== lakeErrors.commitConflict) throw error
      if (attempt >= ATTEMPTS) throw WriteConflict({ table: change.table, attempts: attempt }, error)
    }
    for (const uri of made) adopted.unused(uri)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * 2 ** attempt))
    metadata = sameTable(change, (await lake.loadTable(context.caller, ident)).metadata)
    await change.validate?.(metadata, filesOf(change, metadata))
  }
}

const filesOf = ({ files, filesCaller, context, table }: FileChange, { location }: TableMetadata): TableFiles =>
  createTableFiles(files, filesCaller, context.queryId, table, location)

/** Whether the table has the snapshot; false also when it cannot be asked. */
async function isCommitted({ lake, context, ident, metadata }: FileChange, snapshotId: bigint): Promise<boolean> {
  try {
    const now = (await lake.loadTable(context.caller, ident)).metadata
    return now['table-uuid'] === metadata['table-uuid'] && now.snapshots.some((s) => BigInt(s['snapshot-id']) === snapshotId)
  } catch {
    return false
  }
}

/** The files were written for one table, schema and spec; another commit may have changed any of them. */
function sameTable({ metadata: before, table }: FileChange, now: TableMetadata): TableMetadata {
  const same =
    before['table-uuid'] === now['table-uuid'] &&
    before['current-schema-id'] === now['current-schema-id'] &&
    before['default-spec-id'] === now['default-spec-id']
  if (!same) throw WriteConflict({ table, attempts: 1 }, new Error('the table, its schema or its partitioning changed'))
  return now
}

/** `made` are the files of this attempt alone. */
async function newSnapshot(
  change: FileChange,
  metadata: TableMetadata,
  added: readonly ManifestFile[],
  store: ManifestStore,
  snapshotId: bigint,
  attempt: number,
) {
  const parent = currentSnapshot(metadata)
  const files = filesOf(change, metadata)
  const specOf = specsOf(metadata, currentSchema(metadata))
  const sequenceNumber = BigInt(metadata['last-sequence-number']) + 1n
  const before = (await readManifests(metadata, files)).filter((m) => m.deletedFiles === 0 || m.addedFiles + m.existingFiles > 0)
  const remaining = change.merges
    ? mergedManifests(before, files, specOf, store, metadata)
    : withoutFiles(change, before, files, specOf, store)
  const { manifests, removed, made } = await remaining
  const own = [...added, ...made].map((m) => ({
    ...m,
    sequenceNumber,
    minSequenceNumber: m.existingFiles > 0 ? m.minSequenceNumber : sequenceNumber,
  }))
  const list = await store.list({ parent, sequenceNumber, attempt, manifests: [...own, ...manifests] })
  const snapshot: Snapshot = {
    'snapshot-id': toLong(snapshotId),
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': toLong(sequenceNumber),
    'timestamp-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'manifest-list': list,
    'schema-id': metadata['current-schema-id'],
    summary: {
      ...summaryOf({ ...change, added: change.dataFiles, deletes: (change.deleteFiles ?? []).map((d) => d.file), removed }, parent),
      ...(change.merges ? mergeSummary(before, manifests, made) : {}),
    },
  }
  const requirements: readonly TableRequirement[] = change.begin?.requirements ?? [
    { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
    { type: 'assert-ref-snapshot-id', ref: MAIN_BRANCH, 'snapshot-id': parent?.['snapshot-id'] ?? null },
  ]
  return { snapshot, requirements, made: [list, ...made.map((m) => m.path)] }
}
