// What a table is due for: `t$maintenance`, the calls that would do it, and how much each would take on. Nothing is changed by asking.
import { NotSupported } from '#parts/sql/connectors/errors'
import { expiryOf, freedBy } from '#parts/sql/connectors/iceberg/expire'
import { type Column, type Kind, kind, type TableState } from '#parts/sql/connectors/iceberg/kinds'
import { mergeable } from '#parts/sql/connectors/iceberg/merge'
import { bytesOf, planRewrite, SMALL, unrewritable } from '#parts/sql/connectors/iceberg/optimize'
import { orphansOf } from '#parts/sql/connectors/iceberg/orphans'
import { isOff, numberProperty } from '#parts/sql/connectors/iceberg/properties'
import { keepsNestedNames, renamedByWriters } from '#parts/sql/connectors/iceberg/readable'
import { planFiles, readManifests } from '#parts/sql/connectors/iceberg/snapshot'
import { NAME_MAPPING } from '#wire/iceberg/evolve'
import { currentSchema } from '#wire/iceberg/metadata'

/** Files, or manifests, below which rewriting them is not worth a commit. */
const FEW = 5

interface Due {
  /** Behind EXECUTE. */
  readonly call: string
  /** Files that are written anew, manifests that are merged, snapshots that expire, files that are removed. */
  readonly items: number
  readonly bytes: number
}

const DUE: readonly Column<Due>[] = [
  ['call', 'varchar', (d) => d.call],
  ['items', 'bigint', (d) => d.items],
  ['bytes', 'bigint', (d) => d.bytes],
]

export function maintenanceKind(): Kind {
  return kind(DUE, dueOf)
}

/** In the order in which they are best done. */
async function dueOf(state: TableState): Promise<Due[]> {
  const { metadata } = state
  if (isOff(metadata, 'akko.maintenance.enabled')) return []
  const rewrites = unrewritable(metadata) === undefined ? [await rewriting(state), await merging(state)] : []
  const removals = isOff(metadata, 'gc.enabled') ? [] : [await expiring(state), await removing(state)]
  return [...rewrites, ...removals].flatMap((due) => due ?? [])
}

async function rewriting({ metadata, files }: TableState): Promise<Due | undefined> {
  // Not by itself where it might be refused each time: for files without field ids, for nested fields of other names.
  const { fields } = currentSchema(metadata)
  const isPlain = fields.every((field) => keepsNestedNames(metadata.schemas, field)) && renamedByWriters(fields).length === 0
  if (!isPlain || Object.hasOwn(metadata.properties, NAME_MAPPING)) return undefined
  const planned = await planFiles(metadata, currentSchema(metadata), files, []).catch((error: unknown) => {
    // Files of a kind that is not read here are left alone.
    if (NotSupported.is(error)) return []
    throw error
  })
  const { files: rewritten } = planRewrite(metadata, planned, { small: SMALL })
  const deletes = new Set(rewritten.flatMap((f) => [...f.positionDeletes, ...f.equalityDeletes].map((d) => d.path)))
  if (rewritten.length + deletes.size < FEW) return undefined
  return { call: 'optimize', items: rewritten.length, bytes: bytesOf(rewritten) }
}

async function merging({ metadata, files }: TableState): Promise<Due | undefined> {
  const manifests = mergeable(metadata, await readManifests(metadata, files)).flat()
  if (manifests.length < FEW) return undefined
  return { call: 'optimize_manifests', items: manifests.length, bytes: manifests.reduce((sum, m) => sum + m.length, 0) }
}

async function expiring({ metadata, files, keepMs }: TableState): Promise<Due | undefined> {
  const age = numberProperty(metadata, 'history.expire.max-snapshot-age-ms', keepMs)
  const now = Date.now()
  const { snapshots, refs } = expiryOf(metadata, now - age, now, new Set())
  if (snapshots.length + refs.length === 0) return undefined
  const gone = new Set(snapshots)
  const freed = await freedBy(
    metadata,
    snapshots,
    metadata.snapshots.filter((s) => !gone.has(s)),
    files,
  )
  const bytes = [...freed.values()].reduce((sum, size) => sum + size, 0)
  return { call: `expire_snapshots(retention_threshold => '${age}ms')`, items: snapshots.length + refs.length, bytes }
}

async function removing({ metadata, metadataFile, files, keepMs }: TableState): Promise<Due | undefined> {
  const load = async () => ({ metadata, ...(metadataFile === undefined ? {} : { 'metadata-location': metadataFile }) })
  const orphans = await orphansOf(load, files, Date.now() - keepMs)
  if (orphans.length === 0) return undefined
  const bytes = orphans.reduce((sum, file) => sum + file.size, 0)
  return { call: `remove_orphan_files(retention_threshold => '${keepMs}ms')`, items: orphans.length, bytes }
}
