// The catalogue's operations on namespaces and tables, each authorised first. HTTP and the in-process port both call these.
import { randomUUID } from 'node:crypto'
import type { Caller } from '#kit/access'
import { AkkoError, describeError } from '#kit/errors'
import { type Asks, createAsks } from '#parts/catalog/asks'
import {
  assertLocation,
  assertPaths,
  assertRegistrable,
  baseLocation,
  type CommitDeps,
  commitTables,
  contentOf,
  discard,
  newContent,
  readMetadataFile,
  type TableChange,
  writeMetadata,
} from '#parts/catalog/commit'
import { BadRequest, NameOfView, RenameToView, TableExists, TableNotFound } from '#parts/catalog/errors'
import {
  assertNamespace,
  assertTableName,
  namespaceLocation,
  printNamespace,
  printTable,
  tableLocation,
  trimSlashes,
} from '#parts/catalog/names'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { CatalogRow } from '#parts/catalog/store/catalogs'
import type { DroppedTable } from '#parts/catalog/store/dropped'
import type { NamespaceRow } from '#parts/catalog/store/namespaces'
import type { Stores } from '#parts/catalog/store/stores'
import type { Dropping, TableRow } from '#parts/catalog/store/tables'
import { createViewOperations, type ViewOperations } from '#parts/catalog/views'
import { overgrown } from '#wire/iceberg/budget'
import { keepsNames, mayRename } from '#wire/iceberg/evolve'
import { readKnownMetadata } from '#wire/iceberg/known-metadata'
import { createMetadata, currentSchema, readMetadata } from '#wire/iceberg/metadata'
import {
  type CommitTableResponse,
  type CreateTableRequest,
  isCreate,
  type Lake,
  type LoadTableResult,
  type Namespace,
  type NamespaceInfo,
  type TableIdent,
} from '#wire/iceberg/rest'
import { namesEver } from '#wire/iceberg/schema'
import type { TableMetadata, TableUpdate } from '#wire/iceberg/types'

export interface PropertyChanges {
  readonly removed: readonly string[]
  readonly updated: readonly string[]
  readonly missing: readonly string[]
}

const LOCATION = 'location'

/** The Lake, and what only the REST API has. */
export interface Operations extends Lake, ViewOperations {
  readonly asks: Asks
  updateNamespace(
    caller: Caller,
    namespace: Namespace,
    changes: { readonly removals: readonly string[]; readonly updates: Readonly<Record<string, string>> },
  ): Promise<PropertyChanges>
  /** Throws TableNotFound. */
  headTable(caller: Caller, table: TableIdent): Promise<void>
  /** Throws StatesHidden, as SQL refuses `t$snapshots` and its like. */
  mustSeeStates(caller: Caller, table: TableIdent, metadata: TableMetadata): Promise<void>
  /** Names of all fields, at any depth, that files in the table's folder may hold: also of columns and of tables that are gone. */
  namesInFiles(metadata: TableMetadata): Promise<readonly string[]>
  registerTable(caller: Caller, table: TableIdent, metadataLocation: string, overwrite: boolean): Promise<LoadTableResult>
  commitTransaction(caller: Caller, changes: readonly TableChange[]): Promise<readonly CommitTableResponse[]>
  /** Those that the caller could drop again. */
  listDropped(caller: Caller): Promise<readonly DroppedTable[]>
  /** As it was when it was dropped. Throws TableNotDropped. */
  undropTable(caller: Caller, table: TableIdent): Promise<void>
}

export interface OperationsDeps
  extends Pick<CatalogDeps, 'authoriser' | 'files' | 'log' | 'warehouse' | 'sqlCatalog' | 'accountOf' | 'droppedDays'> {
  readonly stores: Stores
}

/** A catalogue's name in the policy. The warehouse goes by its SQL name; others cannot be mistaken for a SQL catalogue. */
export function policyName(deps: Pick<CatalogDeps, 'warehouse' | 'sqlCatalog'>, catalog: string): string {
  return catalog === deps.warehouse ? deps.sqlCatalog : `catalog:${catalog}`
}

export function createOperations(deps: OperationsDeps, catalogName: string): Operations {
  const { stores, files, log } = deps
  const asks = createAsks(deps.authoriser, policyName(deps, catalogName))
  const commitDeps: CommitDeps = { tables: stores.tables, files, ...(log ? { log } : {}) }
  const catalog = () => stores.catalogs.get(catalogName)

  const find = async (table: TableIdent): Promise<TableRow> => {
    const row = await stores.tables.find((await catalog()).id, table)
    if (!row) throw TableNotFound({ table: printTable(table) })
    return row
  }

  const purge = async (location: string): Promise<void> => {
    try {
      await files.removeBelow(location)
      await stores.tables.purged(location)
    } catch (error) {
      log?.warn({ location, error: describeError(error) }, 'purge will be tried again at the next start')
    }
  }

  /** A free name, in a namespace that exists. */
  const assertFree = async (catalogId: string, table: TableIdent): Promise<void> => {
    await stores.namespaces.get(catalogId, table.namespace)
    const taken = await stores.tables.nameTaken(catalogId, table)
    if (taken === 'view') throw NameOfView({ table: printTable(table) })
    if (taken === 'table') throw TableExists({ table: printTable(table) })
  }

  return {
    asks,
    ...createViewOperations({ asks, stores, commit: commitDeps, accountOf: deps.accountOf, catalog }),
    listNamespaces: async (caller, parent = []) => {
      await (parent.length === 0 ? asks.mustCatalog(caller, 'list') : asks.mustNamespace(caller, 'list', parent))
      const { id } = await catalog()
      if (parent.length > 0) await stores.namespaces.get(id, parent)
      const all = await stores.namespaces.list(id, parent)
      return filterAsync(all, (namespace) => asks.mayNamespace(caller, 'list', namespace))
    },
    loadNamespace: async (caller, namespace) => {
      await asks.mustNamespace(caller, 'read', namespace)
      const row = await catalog()
      return described(row, await stores.namespaces.get(row.id, namespace))
    },
    createNamespace: async (caller, namespace, properties = {}) => {
      assertNamespace(namespace)
      const parent = namespace.slice(0, -1)
      await asks.mustMakeNamespace(caller, parent, namespace.at(-1) ?? '')
      const row = await catalog()
      assertFew(namespace, {}, properties)
      return described(row, await stores.namespaces.create(row.id, namespace, withoutLocation(row, namespace, properties)))
    },
    dropNamespace: async (caller, namespace) => {
      await asks.mustNamespace(caller, 'drop', namespace)
      await stores.namespaces.drop((await catalog()).id, namespace)
    },
    updateNamespace: async (caller, namespace, { removals, updates }) => {
      await asks.mustNamespace(caller, 'write', namespace)
      const both = removals.filter((key) => Object.hasOwn(updates, key))
      if (both.length > 0) throw BadRequest({ reason: `cannot both set and remove ${both.join(', ')}` })
      const row = await catalog()
      const set = withoutLocation(row, namespace, updates)
      let missing: readonly string[] = []
      await stores.namespaces.setProperties(row.id, namespace, (before) => {
        missing = removals.filter((key) => !Object.hasOwn(before, key))
        const gone = new Set(removals)
        const after = { ...Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))), ...set }
        assertFew(namespace, before, after)
        return after
      })
      const lacked = new Set(missing)
      return { removed: removals.filter((key) => !lacked.has(key)), updated: Object.keys(updates), missing }
    },

    listTables: async (caller, namespace) => {
      await asks.mustNamespace(caller, 'list', namespace)
      const { id } = await catalog()
      await stores.namespaces.get(id, namespace)
      const all = await stores.tables.list(id, namespace)
      const seen = await filterAsync(all, ({ name, columns }) => asks.mayTable(caller, 'list', { namespace, name }, columns))
      return seen.map(({ name }) => ({ namespace, name }))
    },
    loadTable: async (caller, table) => {
      await asks.mustTable(caller, 'read', table)
      return loaded(await find(table))
    },
    headTable: async (caller, table) => {
      await asks.mustTable(caller, 'list', table)
      await find(table)
    },
    mustSeeStates,
    namesInFiles: async (metadata) => [
      ...new Set([...namesEver(metadata.schemas), ...(await stores.tables.namesBelow(metadata.location))]),
    ],
    createTable: async (caller, namespace, request) => {
      const ident = { namespace, name: request.name }
      assertTableName(request.name)
      await asks.mustMake(caller, ident)
      const row = await catalog()
      await assertFree(row.id, ident)
      const metadata = newMetadata(baseLocation(row), ident, request)
      assertLocation(row, ident, metadata.location)
      assertPaths(metadata)
      await mustSeeFolder(caller, ident, metadata.location)
      if (await stores.tables.overlapping(metadata.location))
        throw BadRequest({ reason: `the folder ${metadata.location} belongs to another table; leave the location out, or name another` })
      if (request['stage-create']) return { metadata }
      const content = newContent(metadata)
      await writeMetadata(files, content)
      try {
        await stores.tables.swap(row.id, [{ kind: 'create', ident, content }])
      } catch (error) {
        if (error instanceof AkkoError) await discard(commitDeps, [content.metadataLocation])
        throw error
      }
      return { 'metadata-location': content.metadataLocation, metadata }
    },
    registerTable: async (caller, table, metadataLocation, overwrite) => {
      assertTableName(table.name)
      await asks.mustMake(caller, table)
      if (overwrite) await asks.mustTable(caller, 'write', table)
      const row = await catalog()
      await stores.namespaces.get(row.id, table.namespace)
      assertLocation(row, table, metadataLocation)
      const existing = await stores.tables.find(row.id, table)
      if (!existing && (await stores.tables.nameTaken(row.id, table)) === 'view') throw NameOfView({ table: printTable(table) })
      if (existing && !overwrite) throw TableExists({ table: printTable(table) })
      if (existing) await mustSeeAll(caller, table, readKnownMetadata(existing.metadata))
      const owner = await stores.tables.overlapping(metadataLocation)
      if (owner && owner.id !== existing?.id) throw BadRequest({ reason: `${metadataLocation} belongs to another table` })
      const metadata = readMetadata(await readMetadataFile(files, metadataLocation))
      const much = overgrown(undefined, metadata)
      if (much) throw BadRequest({ reason: `${printTable(table)} is refused: ${much}` })
      assertLocation(row, table, metadata.location)
      assertRegistrable(metadata, metadataLocation)
      await mustSeeFolder(caller, table, metadata.location)
      await mustSeeStates(caller, table, metadata)
      const content = contentOf(metadata, metadataLocation)
      const done = await stores.tables.swap(row.id, [
        existing
          ? { kind: 'replace', ident: table, id: existing.id, expected: existing.metadataLocation, content, moves: true }
          : { kind: 'create', ident: table, content },
      ])
      if (!done) throw TableExists({ table: printTable(table) })
      return { 'metadata-location': metadataLocation, metadata }
    },
    commitTable: async (caller, table, request) => {
      const [response] = await commit(caller, [{ ident: table, request }])
      return response as CommitTableResponse
    },
    commitTransaction: (caller, changes) => commit(caller, changes),
    dropTable: async (caller, table, { purge: wanted = false } = {}) => {
      await asks.mustTable(caller, 'drop', table)
      if (wanted) await asks.mustTable(caller, 'write', table)
      const then = droppingOf(caller, wanted, deps.droppedDays)
      const row = await stores.tables.drop((await catalog()).id, table, then)
      if (then === 'purge') await purge(row.location)
    },
    listDropped: async (caller) => {
      await asks.mustCatalog(caller, 'list')
      const all = await stores.dropped.list((await catalog()).id)
      return filterAsync(all, ({ columns, ...ident }) => asks.mayTable(caller, 'drop', ident, columns))
    },
    undropTable: async (caller, table) => {
      await asks.mustTable(caller, 'drop', table)
      await asks.mustMake(caller, table)
      const { id } = await catalog()
      await assertFree(id, table)
      await stores.dropped.restore(id, table)
    },
    renameTable: async (caller, from, to) => {
      assertTableName(to.name)
      await asks.mustTable(caller, 'drop', from)
      await asks.mustMake(caller, to)
      await mustSeeAll(caller, from, await metadataOf(from))
      const { id } = await catalog()
      if ((await stores.tables.nameTaken(id, to)) === 'view') throw RenameToView({ from: printTable(from), to: printTable(to) })
      await stores.tables.rename(id, from, to)
    },
  }

  /** Masks and filters are by name: who is under one adds columns, and renames and drops none. */
  async function mustKeepNames(caller: Caller, ident: TableIdent, updates: readonly TableUpdate[]): Promise<void> {
    const metadata = await metadataOf(ident)
    if (!keepsNames(currentSchema(metadata), metadata['last-column-id'], updates)) await mustSeeAll(caller, ident, metadata)
  }

  async function metadataOf(ident: TableIdent): Promise<TableMetadata> {
    return readKnownMetadata((await find(ident)).metadata)
  }

  function mustSeeAll(caller: Caller, ident: TableIdent, metadata: TableMetadata): Promise<void> {
    return asks.mustSeeAll(caller, ident, namesEver(metadata.schemas))
  }

  function mustSeeStates(caller: Caller, ident: TableIdent, metadata: TableMetadata): Promise<void> {
    return asks.mustSeeStates(caller, ident, namesEver([currentSchema(metadata)]))
  }

  /** Files of tables that are gone, and older files of metadata, would show under other names what is hidden under the ones on record. */
  async function mustSeeFolder(caller: Caller, ident: TableIdent, location: string): Promise<void> {
    const names = await stores.tables.namesBelow(location)
    if (names.length > 0) await asks.mustSeeAll(caller, ident, names)
  }

  async function commit(caller: Caller, changes: readonly TableChange[]): Promise<readonly CommitTableResponse[]> {
    for (const { ident, request } of changes) {
      if (!isCreate(request)) {
        await asks.mustTable(caller, 'write', ident)
        if (request.updates.some(mayRename)) await mustKeepNames(caller, ident, request.updates)
      } else {
        assertTableName(ident.name)
        await asks.mustMake(caller, ident)
      }
    }
    return commitTables(commitDeps, await catalog(), changes, (ident, location) => mustSeeFolder(caller, ident, location))
  }
}

/** Every namespace has its location, as Polaris gives it: Trino makes table locations from it. */
function described(catalog: CatalogRow, { path, properties }: NamespaceRow): NamespaceInfo {
  return { namespace: path, properties: { ...properties, [LOCATION]: namespaceLocation(baseLocation(catalog), path) } }
}

/** Throws BadRequest where a change leaves a namespace with more properties than it may have. */
function assertFew(namespace: Namespace, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): void {
  const much = overgrown({ properties: before, schemas: NONE }, { properties: after, schemas: NONE })
  if (much) throw BadRequest({ reason: `namespace ${printNamespace(namespace)} is refused: ${much}` })
}

const NONE: readonly never[] = []

function withoutLocation(
  catalog: CatalogRow,
  namespace: Namespace,
  properties: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { [LOCATION]: location, ...rest } = properties
  const home = namespaceLocation(baseLocation(catalog), namespace)
  if (location !== undefined && trimSlashes(location) !== home)
    throw BadRequest({ reason: `the location of namespace ${printNamespace(namespace)} is ${home}; leave the property out` })
  return rest
}

function loaded(row: TableRow): LoadTableResult {
  return { 'metadata-location': row.metadataLocation, metadata: readKnownMetadata(row.metadata) }
}

function droppingOf({ sub }: Caller, purge: boolean | 'later', days = 0): Dropping {
  if (purge === true || (purge === 'later' && days === 0)) return 'purge'
  return days === 0 ? 'forget' : { by: sub, days, purges: purge === 'later' }
}

function newMetadata(base: string, ident: TableIdent, request: CreateTableRequest) {
  const uuid = randomUUID()
  const location = request.location ? trimSlashes(request.location) : tableLocation(base, ident, uuid)
  return createMetadata(request, { uuid, location, now: Date.now() })
}

async function filterAsync<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(keep))
  return items.filter((_, i) => kept[i])
}
