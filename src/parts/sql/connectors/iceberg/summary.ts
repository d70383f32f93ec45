// What a snapshot says of itself: the operation, and how many files, rows and bytes came, went and are.
import type { DataFile } from '#wire/iceberg/manifest/types'
import type { Snapshot } from '#wire/iceberg/types'

export interface Changed {
  readonly added: readonly DataFile[]
  readonly deletes: readonly DataFile[]
  /** Files that are in the table no longer. */
  readonly removed: readonly DataFile[]
  /** The rows are what they were. */
  readonly rewrites?: boolean
}

export function summaryOf(
  { added, deletes, removed, rewrites = false }: Changed,
  parent: Snapshot | undefined,
): NonNullable<Snapshot['summary']> {
  const data = removed.filter((f) => f.content === 'data')
  const positions = removed.filter((f) => f.content === 'position-deletes')
  const equalities = removed.filter((f) => f.content === 'equality-deletes')
  // A foreign writer may have left a total out, or written none: then there is none to carry on.
  const total = (name: string, plus: bigint) => {
    const before = parent === undefined ? '0' : (parent.summary?.[name] ?? '0')
    if (!/^\d{1,18}$/.test(before)) return {}
    const now = BigInt(before) + plus
    return { [name]: String(now < 0n ? 0n : now) }
  }
  const all = [...added, ...deletes, ...removed]
  const partitions = new Set(all.map((f) => JSON.stringify(f.partition, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))))
  const gone = data.length + positions.length + equalities.length
  return {
    operation: rewrites ? 'replace' : gone === 0 && deletes.length === 0 ? 'append' : added.length === 0 ? 'delete' : 'overwrite',
    ...some('added-data-files', count(added)),
    ...some('added-records', rows(added)),
    ...some('added-files-size', bytes([...added, ...deletes])),
    ...some('added-delete-files', count(deletes)),
    ...some('added-position-delete-files', count(deletes)),
    ...some('added-position-deletes', rows(deletes)),
    ...some('deleted-data-files', count(data)),
    ...some('deleted-records', rows(data)),
    ...some('removed-files-size', bytes(removed)),
    ...some('removed-delete-files', count([...positions, ...equalities])),
    ...some('removed-position-deletes', rows(positions)),
    ...some('removed-equality-deletes', rows(equalities)),
    'changed-partition-count': String(partitions.size),
    ...total('total-data-files', count(added) - count(data)),
    ...total('total-records', rows(added) - rows(data)),
    ...total('total-files-size', bytes([...added, ...deletes]) - bytes(removed)),
    ...total('total-delete-files', count(deletes) - count([...positions, ...equalities])),
    ...total('total-position-deletes', rows(deletes) - rows(positions)),
    ...total('total-equality-deletes', -rows(equalities)),
  }
}

const some = (name: string, value: bigint) => (value === 0n ? {} : { [name]: String(value) })
const count = (files: readonly DataFile[]): bigint => BigInt(files.length)
const rows = (files: readonly DataFile[]): bigint => files.reduce((sum, f) => sum + BigInt(f.recordCount), 0n)
const bytes = (files: readonly DataFile[]): bigint => files.reduce((sum, f) => sum + BigInt(f.sizeBytes), 0n)
