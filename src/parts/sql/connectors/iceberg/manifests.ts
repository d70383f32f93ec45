// The manifests and manifest lists of one commit: written into the query's folder, and brought into the store.
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Adopted } from '#parts/sql/connectors/iceberg/adopted'
import type { FileChange } from '#parts/sql/connectors/iceberg/commit'
import { type SpecOf, specsOf } from '#parts/sql/connectors/iceberg/snapshot'
import type { DataFile, ManifestEntry, ManifestFile } from '#wire/iceberg/manifest/types'
import { summarise, writeManifest, writeManifestList } from '#wire/iceberg/manifest/write'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import type { Snapshot } from '#wire/iceberg/types'

export interface ManifestStore {
  /** The manifests of the files that the change adds, with the files themselves. */
  added(change: FileChange): Promise<ManifestFile[]>
  /** An older manifest anew, each entry with the status that it has now. */
  rewritten(of: ManifestFile, entries: readonly ManifestEntry[], specOf: SpecOf): Promise<ManifestFile>
  /** The URI of a new manifest list. */
  list(of: {
    readonly parent: Snapshot | undefined
    readonly sequenceNumber: bigint
    readonly attempt: number
    readonly manifests: readonly ManifestFile[]
  }): Promise<string>
}

export function createManifests({ context, metadata }: FileChange, snapshotId: bigint, adopted: Adopted): ManifestStore {
  async function store(name: string, bytes: Buffer, others: readonly { path: string; uri: string }[] = []): Promise<string> {
    const path = join(context.spool, name)
    await writeFile(path, bytes, { mode: 0o600 })
    const uri = `${metadata.location}/metadata/${name}`
    await adopted.adopt([...others, { path, uri }])
    return uri
  }
  async function manifest(
    content: ManifestFile['content'],
    { spec, schema }: Pick<ReturnType<SpecOf>, 'spec' | 'schema'>,
    { files = [], kept = [] }: { readonly files?: readonly DataFile[]; readonly kept?: readonly ManifestEntry[] },
    others: FileChange['adopt'] = [],
  ): Promise<ManifestFile> {
    const bytes = await writeManifest({ schema, spec, snapshotId, content, files, kept })
    const existing = kept.filter((e) => e.status === 'existing')
    const deleted = kept.filter((e) => e.status === 'deleted')
    return {
      path: await store(`${randomUUID()}-m0.avro`, bytes, others),
      length: bytes.length,
      specId: spec['spec-id'],
      content,
      sequenceNumber: 0n,
      minSequenceNumber: existing.map((e) => e.sequenceNumber).toSorted((a, b) => Number(a - b))[0] ?? 0n,
      addedSnapshotId: snapshotId,
      addedFiles: files.length,
      existingFiles: existing.length,
      deletedFiles: deleted.length,
      addedRows: rowsOf(files),
      existingRows: rowsOf(existing.map((e) => e.file)),
      deletedRows: rowsOf(deleted.map((e) => e.file)),
      partitions: summarise([...files, ...kept.map((e) => e.file)], spec, schema),
    }
  }
  return {
    async added({ dataFiles, deleteFiles = [], adopt }) {
      const schema = currentSchema(metadata)
      const specOf = specsOf(metadata, schema)
      const made: ManifestFile[] = []
      const waiting = [...adopt]
      const next = () => waiting.splice(0)
      if (dataFiles.length > 0) made.push(await manifest('data', { spec: defaultSpec(metadata), schema }, { files: dataFiles }, next()))
      for (const id of new Set(deleteFiles.map((d) => d.specId))) {
        const files = deleteFiles.filter((d) => d.specId === id).map((d) => d.file)
        made.push(await manifest('deletes', specOf(id), { files }, next()))
      }
      return made
    },
    rewritten: (of, kept, specOf) => manifest(of.content, specOf(of.specId), { kept }),
    async list({ parent, sequenceNumber, attempt, manifests }) {
      const parentSnapshotId = parent === undefined ? undefined : BigInt(parent['snapshot-id'])
      const bytes = await writeManifestList({ snapshotId, parentSnapshotId, sequenceNumber, manifests })
      return store(`snap-${snapshotId}-${attempt}-${randomUUID()}.avro`, bytes)
    },
  }
}

const rowsOf = (files: readonly DataFile[]): bigint => files.reduce((sum, f) => sum + BigInt(f.recordCount), 0n)
