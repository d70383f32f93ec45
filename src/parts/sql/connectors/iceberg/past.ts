// A table as it was: which snapshot is meant, and the metadata with that one as the current.
import { sqlError } from '#parts/sql/errors'
import type { Pointer } from '#parts/sql/ports'
import type { Snapshot, TableMetadata } from '#wire/iceberg/types'

/** The snapshot's id, if the table has it. `table` is for texts. */
export function snapshotAt(m: TableMetadata, pointer: Pointer, table: string): bigint {
  const invalid = (text: string) => sqlError('INVALID_ARGUMENTS', undefined, text)
  if ('ref' in pointer) {
    const ref = Object.hasOwn(m.refs, pointer.ref) ? m.refs[pointer.ref] : undefined
    if (!ref) throw invalid(`Cannot find snapshot with reference name: ${pointer.ref}`)
    return BigInt(ref['snapshot-id'])
  }
  if ('id' in pointer) {
    if (!snapshotOf(m, pointer.id)) throw invalid(`Iceberg snapshot ID does not exists: ${pointer.id}`)
    return pointer.id
  }
  const [first, ...later] = m['snapshot-log'].filter((e) => e['timestamp-ms'] <= pointer.millis)
  const when = new Date(pointer.millis).toISOString().replace('.000Z', 'Z')
  if (!first) throw invalid(`No version history table ${table} at or before ${when}`)
  const last = later.reduce((a, b) => (b['timestamp-ms'] > a['timestamp-ms'] ? b : a), first)
  return BigInt(last['snapshot-id'])
}

/** With the snapshot as the current one, and the schema that it was written with. */
export function asOf(m: TableMetadata, id: bigint): TableMetadata {
  const snapshot = snapshotOf(m, id)
  if (!snapshot) throw sqlError('INVALID_ARGUMENTS', undefined, `Iceberg snapshot ID does not exists: ${id}`)
  const schema = snapshot['schema-id'] ?? m['current-schema-id']
  return { ...m, 'current-snapshot-id': snapshot['snapshot-id'], 'current-schema-id': schema }
}

const snapshotOf = (m: TableMetadata, id: bigint): Snapshot | undefined => m.snapshots.find((s) => BigInt(s['snapshot-id']) === id)
