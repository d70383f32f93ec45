// The commit: requirements, updates, metadata file, then one compare-and-set; the loser's file is removed.
import { randomUUID } from 'node:crypto'
import { AkkoError, describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { inSpan } from '#kit/telemetry'
import { BadRequest, NameOfView, StoreUnavailable, TableNotFound } from '#parts/catalog/errors'
import {
  isBelow,
  METADATA_PATH,
  metadataFile,
  metadataVersion,
  namespaceLocation,
  type Placed,
  printTable,
  tableLocation,
} from '#parts/catalog/names'
import { LARGEST_METADATA, type MetadataFiles } from '#parts/catalog/ports'
import type { CatalogRow } from '#parts/catalog/store/catalogs'
import type { Swap, TableContent, TableRow, TableStore } from '#parts/catalog/store/tables'
import { CommitConflict } from '#wire/iceberg/errors'
import { readKnownMetadata } from '#wire/iceberg/known-metadata'
import { currentSchema, emptyMetadata, printMetadata } from '#wire/iceberg/metadata'
import { checkRequirements } from '#wire/iceberg/requirements'
import { type CommitTableRequest, type CommitTableResponse, isCreate, type TableIdent } from '#wire/iceberg/rest'
import { columnNames, namesEver } from '#wire/iceberg/schema'
import type { MetadataLogEntry, TableMetadata, TableUpdate } from '#wire/iceberg/types'
import { applyUpdates } from '#wire/iceberg/updates'

/** How often a commit whose requirements still hold is tried on the newer state. */
export const ATTEMPTS = 20
const PREVIOUS_VERSIONS = 'write.metadata.previous-versions-max'
const PREVIOUS_VERSIONS_DEFAULT = 100
const DELETE_AFTER_COMMIT = 'write.metadata.delete-after-commit.enabled'
/** Properties that send writers elsewhere; only the table's own folder is covered by vended keys. */
const PATH_PROPERTIES = [METADATA_PATH, 'write.data.path', 'write.object-storage.path', 'write.folder-storage.path']

const UNSTRUCTURED = 'polaris.config.allow.unstructured.table.location'

export interface CommitDeps {
  readonly tables: TableStore
  readonly files: MetadataFiles
  readonly log?: Log
}

export interface TableChange {
  readonly ident: TableIdent
  readonly request: Pick<CommitTableRequest, 'requirements' | 'updates' | 'plannedOn'>
}

interface Staged {
  readonly swap: Swap
  readonly response: CommitTableResponse
  /** Metadata files that fall out of the log and may go. */
  readonly expired: readonly string[]
}

/** Throws where the caller may not make a table in the folder. */
export type AssertFolder = (table: TableIdent, location: string) => Promise<void>

/** Commits all changes or none, in one transaction. Throws CommitConflict, TableNotFound, BadUpdate, StoreUnavailable. */
export function commitTables(
  deps: CommitDeps,
  catalog: CatalogRow,
  changes: readonly TableChange[],
  assertFolder: AssertFolder,
): Promise<readonly CommitTableResponse[]> {
  return inSpan('catalog.commit', { 'catalog.tables': changes.length }, () => commit(deps, catalog, changes, assertFolder))
}

async function commit(
  deps: CommitDeps,
  catalog: CatalogRow,
  changes: readonly TableChange[],
  assertFolder: AssertFolder,
): Promise<readonly CommitTableResponse[]> {
  const names = changes.map((c) => printTable(c.ident))
  if (new Set(changes.map((c) => JSON.stringify([c.ident.namespace, c.ident.name]))).size !== names.length)
    throw BadRequest({ reason: 'a table occurs twice in one transaction' })
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const staged: Staged[] = []
    try {
      for (const change of changes) {
        const current = await deps.tables.find(catalog.id, change.ident)
        if (!current && isCreate(change.request) && (await deps.tables.nameTaken(catalog.id, change.ident)) === 'view')
          throw NameOfView({ table: printTable(change.ident) })
        const next = stage(catalog, change, current)
        if (next) {
          if (next.swap.kind === 'create' || next.swap.moves) await assertFolder(change.ident, next.swap.content.location)
          await writeMetadata(deps.files, next.swap.content)
          staged.push(next)
        } else if (current) staged.push(unchanged(change.ident, current))
      }
      const swaps = staged.map((s) => s.swap).filter((s) => s.kind === 'create' || s.content.metadataLocation !== s.expected)
      if (swaps.length === 0 || (await deps.tables.swap(catalog.id, swaps))) {
        await discard(
          deps,
          staged.flatMap((s) => s.expired),
        )
        return staged.map((s) => s.response)
      }
      await discard(deps, written(staged))
    } catch (error) {
      // Only what is known to have failed may be undone: a lost connection during COMMIT may have committed.
      if (error instanceof AkkoError) await discard(deps, written(staged))
      throw error
    }
  }
  throw CommitConflict({
    table: names.join(', '),
    detail: `the state that it was planned on has changed: ${ATTEMPTS} other commits came first`,
  })
}

/** What a new table's row and file hold. */
export function newContent(metadata: TableMetadata): TableContent {
  return contentOf(metadata, metadataFile(metadata, 0, randomUUID()))
}

export function contentOf(metadata: TableMetadata, metadataLocation: string): TableContent {
  return {
    uuid: metadata['table-uuid'],
    location: metadata.location,
    metadataLocation,
    metadata: printMetadata(metadata),
    columns: columnNames(currentSchema(metadata)),
    names: namesEver(metadata.schemas),
  }
}

/** Writes the metadata file; a store that refuses it means that nothing was changed. */
export async function writeMetadata(files: MetadataFiles, content: TableContent): Promise<void> {
  try {
    await files.write(content.metadataLocation, content.metadata)
  } catch (error) {
    throw StoreUnavailable({ uri: content.metadataLocation }, error)
  }
}

/** What a client says is metadata. @throws NoSuchFile, FileTooLarge, NotReadable, and StoreUnavailable for what is not the client's fault */
export async function readMetadataFile(files: MetadataFiles, uri: string): Promise<string> {
  try {
    return await files.read(uri)
  } catch (error) {
    throw error instanceof AkkoError ? error : StoreUnavailable({ uri }, error)
  }
}

/** Removes files that nothing points to any more; a failure leaves litter, not harm. */
export async function discard({ files, log }: CommitDeps, uris: readonly string[]): Promise<void> {
  if (uris.length === 0) return
  await files.remove(uris).catch((error: unknown) => log?.warn({ uris, error: describeError(error) }, 'metadata files were left behind'))
}

/**
 * Where the folder of a new table may lie: below its namespace's, so that nobody claims what was left in another namespace, unless
 * the catalogue's administrator allows all of the catalogue's folder, as in Polaris.
 */
export function assertLocation(catalog: CatalogRow, ident: TableIdent, location: string): void {
  const base = baseLocation(catalog)
  const home = catalog.properties[UNSTRUCTURED] === 'true' ? base : namespaceLocation(base, ident.namespace)
  if (!isBelow(location, home)) throw BadRequest({ reason: `the location ${location} of ${printTable(ident)} must lie below ${home}/` })
}

export function assertPaths(metadata: Placed): void {
  for (const property of PATH_PROPERTIES) {
    const path = metadata.properties[property]
    if (path !== undefined && !isBelow(`${path}/`, metadata.location))
      throw BadRequest({ reason: `${property} must lie below ${metadata.location}/` })
  }
}

/**
 * A file that another program wrote becomes a table only when everything that it names lies in its own folder: keys are lent by
 * folder, and a reader of this table was never asked about the files of another.
 */
export function assertRegistrable(metadata: TableMetadata, metadataLocation: string): void {
  if (metadata['table-uuid'] === '') throw BadRequest({ reason: `${metadataLocation} has no table-uuid` })
  assertPaths(metadata)
  const paths = [
    metadataLocation,
    ...metadata.snapshots.map((s) => s['manifest-list']),
    ...[...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])].map((s) => s['statistics-path']),
  ]
  for (const path of paths) if (path !== undefined) assertWithin(metadata.location, path)
}

function assertWithin(location: string, path: string): void {
  if (!isBelow(path, location)) throw BadRequest({ reason: `${path} does not lie below the table's location ${location}/` })
}

export function baseLocation(catalog: CatalogRow): string {
  return catalog.properties['default-base-location'] ?? ''
}

/** The next state, or undefined when the updates change nothing. */
function stage(catalog: CatalogRow, { ident, request }: TableChange, current: TableRow | undefined): Staged | undefined {
  const table = printTable(ident)
  if (!current && !isCreate(request)) throw TableNotFound({ table })
  if (request.plannedOn !== undefined && request.plannedOn !== current?.metadataLocation)
    throw CommitConflict({ table, detail: 'the table is not as it was planned on' })
  const before = current ? readKnownMetadata(current.metadata) : undefined
  checkRequirements(before, request.requirements, table)
  const now = Date.now()
  const base = before ?? emptyFor(catalog, ident, request.updates, now)
  const applied = applyUpdates(base, request.updates, now)
  if (applied === before) return undefined
  assertConfined(catalog, ident, before, applied, request.updates)
  const { metadata, expired } =
    current && before ? logPrevious(applied, before, current.metadataLocation) : { metadata: applied, expired: [] }
  const version = current ? metadataVersion(current.metadataLocation) + 1 : 0
  const content = contentOf(metadata, metadataFile(metadata, version, randomUUID()))
  if (content.metadata.length > LARGEST_METADATA && content.metadata.length > (current?.metadata.length ?? 0))
    throw BadRequest({
      reason: `the metadata of ${table} would be larger than ${LARGEST_METADATA} bytes: expire snapshots, or remove old schemas first`,
    })
  const moves = before && before.location !== metadata.location ? { moves: true as const } : {}
  const swap: Swap = current
    ? { kind: 'replace', ident, id: current.id, expected: current.metadataLocation, content, ...moves }
    : { kind: 'create', ident, content }
  return { swap, response: { 'metadata-location': content.metadataLocation, metadata }, expired }
}

function unchanged(ident: TableIdent, current: TableRow): Staged {
  const metadata = readKnownMetadata(current.metadata)
  return {
    swap: {
      kind: 'replace',
      ident,
      id: current.id,
      expected: current.metadataLocation,
      content: contentOf(metadata, current.metadataLocation),
    },
    response: { 'metadata-location': current.metadataLocation, metadata },
    expired: [],
  }
}

function emptyFor(catalog: CatalogRow, ident: TableIdent, updates: readonly TableUpdate[], now: number): TableMetadata {
  const assigned = updates.find((u) => u.action === 'assign-uuid')
  const uuid = assigned?.uuid.toLowerCase() ?? randomUUID()
  return emptyMetadata({ uuid, location: tableLocation(baseLocation(catalog), ident, uuid), now })
}

/** Everything that a commit names must lie in the table's own folder. */
function assertConfined(
  catalog: CatalogRow,
  ident: TableIdent,
  before: TableMetadata | undefined,
  after: TableMetadata,
  updates: readonly TableUpdate[],
): void {
  const moves = before !== undefined && after.location !== before.location
  if (moves && before.snapshots.length > 0)
    throw BadRequest({
      reason: `${printTable(ident)} stays at ${before.location}: the location of a table with snapshots cannot be changed`,
    })
  if (!before || moves) assertLocation(catalog, ident, after.location)
  assertPaths(after)
  const within = (path: string) => assertWithin(after.location, path)
  for (const update of updates) {
    if (update.action === 'add-snapshot') within(update.snapshot['manifest-list'])
    if (update.action === 'set-statistics') within(update.statistics['statistics-path'])
    if (update.action === 'set-partition-statistics') within(update['partition-statistics']['statistics-path'])
  }
}

function logPrevious(
  applied: TableMetadata,
  before: TableMetadata,
  previousFile: string,
): { readonly metadata: TableMetadata; readonly expired: readonly string[] } {
  const entry: MetadataLogEntry = { 'timestamp-ms': before['last-updated-ms'], 'metadata-file': previousFile }
  const log = [...before['metadata-log'], entry]
  const wanted = Number(applied.properties[PREVIOUS_VERSIONS])
  const limit = Number.isInteger(wanted) && wanted > 0 ? wanted : PREVIOUS_VERSIONS_DEFAULT
  const dropped = log.slice(0, Math.max(0, log.length - limit)).map((e) => e['metadata-file'])
  const expired = applied.properties[DELETE_AFTER_COMMIT] === 'true' ? dropped.filter((f) => isBelow(f, applied.location)) : []
  return { metadata: { ...applied, 'metadata-log': log.slice(-limit) }, expired }
}

function written(staged: readonly Staged[]): readonly string[] {
  return staged
    .filter(({ swap }) => swap.kind === 'create' || swap.content.metadataLocation !== swap.expected)
    .map(({ swap }) => swap.content.metadataLocation)
}
