// The catalogue's operations on views, each authorised first. HTTP and the in-process port both call these.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import type { Asks } from '#parts/catalog/asks'
import {
  ATTEMPTS,
  assertLocation,
  assertPaths,
  baseLocation,
  type CommitDeps,
  discard,
  readMetadataFile,
  writeMetadata,
} from '#parts/catalog/commit'
import { BadRequest, NameOfTable, RenameToTable, RenameToView, ViewExists, ViewNotFound } from '#parts/catalog/errors'
import { assertTableName, isBelow, metadataFile, metadataVersion, printTable, tableLocation, trimSlashes } from '#parts/catalog/names'
import type { CatalogRow } from '#parts/catalog/store/catalogs'
import type { Stores } from '#parts/catalog/store/stores'
import type { RelationKind, TableContent, TableRow } from '#parts/catalog/store/tables'
import { type AccountOf, assertOwnName, assertOwnNames, type Owned, ownedAfter, ownedAtFirst } from '#parts/catalog/view-owner'
import { overgrown } from '#wire/iceberg/budget'
import { CommitConflict } from '#wire/iceberg/errors'
import type { Lake, TableIdent } from '#wire/iceberg/rest'
import { columnNames } from '#wire/iceberg/schema'
import { currentVersion, currentViewSchema, printViewMetadata, readViewMetadata } from '#wire/iceberg/view-metadata'
import type { LoadViewResult, ViewMetadata } from '#wire/iceberg/view-types'
import { applyViewUpdates, checkViewRequirements, createViewMetadata } from '#wire/iceberg/view-updates'

type LakeViews = Pick<Lake, 'listViews' | 'loadView' | 'createView' | 'commitView' | 'dropView' | 'renameView'>

/** The Lake's, and what only the REST API has. */
export interface ViewOperations extends LakeViews {
  /** Throws ViewNotFound. */
  headView(caller: Caller, view: TableIdent): Promise<void>
  registerView(caller: Caller, view: TableIdent, metadataLocation: string): Promise<LoadViewResult>
}

export interface ViewDeps {
  readonly asks: Asks
  readonly stores: Stores
  readonly commit: CommitDeps
  readonly accountOf: AccountOf | undefined
  catalog(): Promise<CatalogRow>
}

export function createViewOperations(deps: ViewDeps): ViewOperations {
  const { asks, stores, catalog, accountOf } = deps
  const { files } = deps.commit

  const find = async (view: TableIdent): Promise<TableRow> => {
    const row = await stores.views.find((await catalog()).id, view)
    if (!row) throw ViewNotFound({ view: printTable(view) })
    return row
  }

  /** What has the name, in a namespace that exists. */
  const takenBy = async (row: CatalogRow, view: TableIdent): Promise<RelationKind | undefined> => {
    assertTableName(view.name)
    await stores.namespaces.get(row.id, view.namespace)
    return stores.views.nameTaken(row.id, view)
  }

  const assertFree = async (row: CatalogRow, view: TableIdent): Promise<void> => {
    const taken = await takenBy(row, view)
    if (taken === 'table') throw NameOfTable({ view: printTable(view) })
    if (taken === 'view') throw ViewExists({ view: printTable(view) })
  }

  const insert = async (row: CatalogRow, view: TableIdent, content: TableContent): Promise<void> => {
    await stores.views.swap(row.id, [{ kind: 'create', ident: view, content }])
  }

  /** Puts a change of a view on what is there, again where another came between. */
  const change = async (
    caller: Caller,
    view: TableIdent,
    next: (row: CatalogRow, before: ViewMetadata) => { readonly metadata: ViewMetadata; readonly takesOver: boolean },
  ): Promise<LoadViewResult> => {
    const row = await catalog()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await find(view)
      const before = ownedIn(current)
      const { metadata, takesOver } = next(row, before.metadata)
      const owned = await ownedAfter(caller, before, metadata, accountOf, takesOver ? 'what it reads' : 'its properties')
      if (owned.metadata === before.metadata && owned.account === before.account)
        return { 'metadata-location': current.metadataLocation, metadata }
      const content = contentOf(owned, metadataVersion(current.metadataLocation) + 1)
      await writeMetadata(files, content)
      try {
        const moves = content.location !== current.location ? { moves: true as const } : {}
        const swap = { kind: 'replace', ident: view, id: current.id, expected: current.metadataLocation, content, ...moves } as const
        if (await stores.views.swap(row.id, [swap])) return { 'metadata-location': content.metadataLocation, metadata: owned.metadata }
      } catch (error) {
        if (error instanceof AkkoError) await discard(deps.commit, [content.metadataLocation])
        throw error
      }
      await discard(deps.commit, [content.metadataLocation])
    }
    throw CommitConflict({
      table: printTable(view),
      detail: `the state that it was planned on has changed: ${ATTEMPTS} other commits came first`,
    })
  }

  return {
    listViews: async (caller, namespace) => {
      await asks.mustNamespace(caller, 'list', namespace)
      const { id } = await catalog()
      await stores.namespaces.get(id, namespace)
      const all = await stores.views.list(id, namespace)
      const seen = await Promise.all(all.map(({ name, columns }) => asks.mayView(caller, 'list', { namespace, name }, columns)))
      return all.filter((_, i) => seen[i]).map(({ name }) => ({ namespace, name }))
    },
    loadView: async (caller, view) => {
      await asks.mustView(caller, 'read', view)
      const row = await find(view)
      const account = row.ownerAccount ? { ownerAccount: row.ownerAccount } : {}
      return { 'metadata-location': row.metadataLocation, metadata: readViewMetadata(row.metadata), ...account }
    },
    headView: async (caller, view) => {
      await asks.mustView(caller, 'list', view)
      await find(view)
    },
    createView: async (caller, namespace, request) => {
      const view = { namespace, name: request.name }
      await asks.mustView(caller, 'create', view)
      assertOwnName(caller, view, request.properties ?? {})
      const row = await catalog()
      await assertFree(row, view)
      const uuid = randomUUID()
      const location = request.location ? trimSlashes(request.location) : tableLocation(baseLocation(row), view, uuid)
      assertLocation(row, view, location)
      const metadata = createViewMetadata(request, { uuid, location, now: Date.now() })
      assertPaths(metadata)
      const owned = await ownedAtFirst(metadata, accountOf)
      const content = contentOf(owned, 0)
      await writeMetadata(files, content)
      try {
        await insert(row, view, content)
      } catch (error) {
        if (error instanceof AkkoError) await discard(deps.commit, [content.metadataLocation])
        throw error
      }
      return { 'metadata-location': content.metadataLocation, metadata: owned.metadata }
    },
    commitView: async (caller, view, { requirements, updates }) => {
      await asks.mustView(caller, 'write', view)
      assertOwnNames(caller, view, updates)
      return change(caller, view, (row, before) => {
        checkViewRequirements(before, requirements, printTable(view))
        const metadata = applyViewUpdates(before, updates, Date.now())
        if (metadata.location !== before.location) assertLocation(row, view, metadata.location)
        assertPaths(metadata)
        return { metadata, takesOver: !isDeepStrictEqual(textOf(metadata), textOf(before)) }
      })
    },
    dropView: async (caller, view) => {
      await asks.mustView(caller, 'drop', view)
      // Its files stay, as a table's do: it can be registered again.
      await stores.views.drop((await catalog()).id, view, 'forget')
    },
    renameView: async (caller, from, to) => {
      await asks.mustView(caller, 'drop', from)
      await asks.mustView(caller, 'create', to)
      await find(from)
      const row = await catalog()
      const taken = await takenBy(row, to)
      if (taken) throw (taken === 'table' ? RenameToTable : RenameToView)({ from: printTable(from), to: printTable(to) })
      // Other people may read there: who brings it before them answers for what is read by it.
      if (!isDeepStrictEqual(from.namespace, to.namespace)) await change(caller, from, (_row, metadata) => ({ metadata, takesOver: true }))
      await stores.views.rename(row.id, from, to)
    },
    registerView: async (caller, view, metadataLocation) => {
      await asks.mustView(caller, 'create', view)
      const row = await catalog()
      await assertFree(row, view)
      assertLocation(row, view, metadataLocation)
      const metadata = readViewMetadata(await readMetadataFile(files, metadataLocation))
      const much = overgrown(undefined, metadata)
      if (much) throw BadRequest({ reason: `${printTable(view)} is refused: ${much}` })
      assertOwnName(caller, view, metadata.properties)
      assertLocation(row, view, metadata.location)
      if (!isBelow(metadataLocation, metadata.location))
        throw BadRequest({ reason: `${metadataLocation} does not lie below the view's location ${metadata.location}/` })
      const owned = await ownedAtFirst(metadata, accountOf)
      await insert(row, view, { ...contentOf(owned, 0), metadataLocation })
      return { 'metadata-location': metadataLocation, metadata }
    },
  }
}

/** What the view says, and in which namespace its names are looked up. */
function textOf(metadata: ViewMetadata) {
  const { representations, 'default-catalog': catalog, 'default-namespace': namespace } = currentVersion(metadata)
  return { representations, catalog, namespace }
}

function ownedIn(row: TableRow): Owned {
  return { metadata: readViewMetadata(row.metadata), account: row.ownerAccount ?? null }
}

function contentOf({ metadata, account }: Owned, version: number): TableContent {
  return {
    uuid: metadata['view-uuid'],
    location: metadata.location,
    metadataLocation: metadataFile(metadata, version, randomUUID()),
    metadata: printViewMetadata(metadata),
    columns: columnNames(currentViewSchema(metadata)),
    // Its folder holds no rows.
    names: [],
    ownerAccount: account,
  }
}
