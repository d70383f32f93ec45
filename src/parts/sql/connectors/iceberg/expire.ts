// Snapshots that are too old go, with the files that no other names: EXECUTE expire_snapshots, as Iceberg's RemoveSnapshots decides.
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import { WriteConflict } from '#parts/sql/connectors/errors'
import { isOff, numberProperty } from '#parts/sql/connectors/iceberg/properties'
import { placeOf, reachedBy, statisticsOf } from '#parts/sql/connectors/iceberg/reach'
import type { TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { sqlError } from '#parts/sql/errors'
import { MAIN_BRANCH } from '#wire/iceberg/metadata'
import { type Lake, type LoadTableResult, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { Snapshot, SnapshotRef, TableMetadata } from '#wire/iceberg/types'

const ATTEMPTS = 4

export interface Expiry {
  readonly snapshots: readonly Snapshot[]
  /** Branches and tags that are older than they may become. */
  readonly refs: readonly string[]
}

/** `before` and `now` are milliseconds since the epoch; `held` are snapshots that somebody reads. */
export function expiryOf(m: TableMetadata, before: number, now: number, held: ReadonlySet<bigint>): Expiry {
  const byId = new Map(m.snapshots.map((s) => [BigInt(s['snapshot-id']), s]))
  const least = numberProperty(m, 'history.expire.min-snapshots-to-keep', 1)
  const longest = numberProperty(m, 'history.expire.max-ref-age-ms', Number.POSITIVE_INFINITY)
  const snapshotOf = (ref: SnapshotRef) => byId.get(BigInt(ref['snapshot-id']))
  const isTooOld = (name: string, ref: SnapshotRef) => {
    const snapshot = snapshotOf(ref)
    return name !== MAIN_BRANCH && (!snapshot || now - snapshot['timestamp-ms'] > (ref['max-ref-age-ms'] ?? longest))
  }
  const refs = Object.entries(m.refs)
  const gone = refs.filter(([name, ref]) => isTooOld(name, ref)).map(([name]) => name)
  const kept = new Set(held)
  const ofBranches = new Set<bigint>()
  for (const [name, ref] of refs) {
    if (gone.includes(name)) continue
    kept.add(BigInt(ref['snapshot-id']))
    if (ref.type === 'tag') {
      ofBranches.add(BigInt(ref['snapshot-id']))
      continue
    }
    const maxAge = ref['max-snapshot-age-ms']
    const since = maxAge === undefined ? before : now - maxAge
    let left = ref['min-snapshots-to-keep'] ?? least
    let keeps = true
    for (const snapshot of ancestorsOf(byId, snapshotOf(ref))) {
      const id = BigInt(snapshot['snapshot-id'])
      ofBranches.add(id)
      keeps &&= left > 0 || snapshot['timestamp-ms'] >= since
      if (keeps) kept.add(id)
      left--
    }
  }
  // What no branch or tag leads to may be a write that is on its way.
  for (const [id, snapshot] of byId) if (!ofBranches.has(id) && snapshot['timestamp-ms'] >= before) kept.add(id)
  return { snapshots: m.snapshots.filter((s) => !kept.has(BigInt(s['snapshot-id']))), refs: gone }
}

function* ancestorsOf(byId: ReadonlyMap<bigint, Snapshot>, from: Snapshot | undefined): Generator<Snapshot> {
  const seen = new Set<bigint>()
  for (let at = from; at; ) {
    const id = BigInt(at['snapshot-id'])
    if (seen.has(id)) return
    seen.add(id)
    yield at
    const parent = at['parent-snapshot-id']
    at = parent === undefined || parent === null ? undefined : byId.get(BigInt(parent))
  }
}

/** Files are shared with other tables: none is removed. */
export function assertCollectable(metadata: TableMetadata, what: string): void {
  if (isOff(metadata, 'gc.enabled'))
    throw sqlError('NOT_SUPPORTED', undefined, `Cannot ${what}: GC is disabled (deleting files may corrupt other tables)`)
}

/** Files of the table's folder that these snapshots name and no other does, in the order in which they may be removed, with their bytes. */
export async function freedBy(
  m: TableMetadata,
  gone: readonly Snapshot[],
  kept: readonly Snapshot[],
  files: TableFiles,
): Promise<Map<string, number>> {
  const [theirs, others] = [await reachedBy(m, gone, files), await reachedBy(m, kept, files)]
  const ids = new Set(gone.map((s) => BigInt(s['snapshot-id'])))
  const statistics = statisticsOf(m)
  const named = new Set(
    [
      ...others.files.keys(),
      ...others.manifests.keys(),
      ...others.lists,
      ...statistics.filter((s) => !ids.has(s.snapshot)).map((s) => s.path),
    ].map(placeOf),
  )
  const freed = new Map<string, number>()
  const add = (path: string, bytes = 0) => {
    if (files.owns(path) && !named.has(placeOf(path))) freed.set(path, bytes)
  }
  for (const [path, bytes] of [...theirs.files, ...theirs.manifests]) add(path, bytes)
  for (const path of theirs.lists) add(path)
  for (const { snapshot, path } of statistics) if (ids.has(snapshot)) add(path)
  return freed
}

export interface ExpiryDeps {
  readonly lake: Lake
  readonly caller: Caller
  readonly ident: TableIdent
  /** For texts. */
  readonly table: string
  /** Snapshots that running queries have opened. */
  readonly held: () => ReadonlySet<bigint>
  readonly filesOf: (metadata: TableMetadata) => TableFiles
}

export async function expireIceberg({ lake, caller, ident, table, held, filesOf }: ExpiryDeps, age: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await lake.loadTable(caller, ident)
    const { metadata } = loaded
    assertCollectable(metadata, 'expire snapshots')
    const now = Date.now()
    const { snapshots, refs } = expiryOf(metadata, now - age, now, held())
    if (snapshots.length + refs.length === 0) return
    try {
      const after = await commit(lake, caller, ident, loaded, { snapshots, refs })
      // A query may have opened one just before: its files are left, named by nobody, until the next look for such.
      const read = held()
      const isRead = (s: Snapshot) => read.has(BigInt(s['snapshot-id']))
      const files = filesOf(metadata)
      const freed = await freedBy(
        metadata,
        snapshots.filter((s) => !isRead(s)),
        [...after.snapshots, ...snapshots.filter(isRead)],
        files,
      )
      await files.remove([...freed.keys()], Date.now() + 1)
      return
    } catch (error) {
      if (!(error instanceof AkkoError) || error.code !== lakeErrors.commitConflict) throw error
      if (attempt >= ATTEMPTS) throw WriteConflict({ table, attempts: attempt }, error)
    }
  }
}

async function commit(
  lake: Lake,
  caller: Caller,
  ident: TableIdent,
  loaded: LoadTableResult,
  { snapshots, refs }: Expiry,
): Promise<TableMetadata> {
  const file = loaded['metadata-location']
  const done = await lake.commitTable(caller, ident, {
    requirements: [{ type: 'assert-table-uuid', uuid: loaded.metadata['table-uuid'] }],
    updates: [
      ...refs.map((name) => ({ action: 'remove-snapshot-ref' as const, 'ref-name': name })),
      { action: 'remove-snapshots', 'snapshot-ids': snapshots.map((s) => s['snapshot-id']) },
    ],
    // A branch or a tag that came since would be lost with its snapshot.
    ...(file === undefined ? {} : { plannedOn: file }),
  })
  return done.metadata
}
