// The Iceberg REST catalogue's requests and answers, and the same operations as an in-process port (Lake).
import type { Caller } from '#kit/access'
import type { PartitionSpecInput, SchemaInput, SortOrder, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'
import type { CommitViewRequest, CreateViewRequest, LoadViewResult } from '#wire/iceberg/view-types'

/** Levels of a namespace, outermost first. */
export type Namespace = readonly string[]

export interface TableIdent {
  readonly namespace: Namespace
  readonly name: string
}

export interface NamespaceInfo {
  readonly namespace: Namespace
  readonly properties: Readonly<Record<string, string>>
}

export interface CreateTableRequest {
  readonly name: string
  readonly location?: string
  readonly schema: SchemaInput
  readonly 'partition-spec'?: PartitionSpecInput
  readonly 'write-order'?: SortOrder
  /** True: nothing becomes visible; commit the returned metadata's changes with `assert-create`. */
  readonly 'stage-create'?: boolean
  readonly properties?: Readonly<Record<string, string>>
}

export interface CommitTableRequest {
  readonly identifier?: TableIdent
  readonly requirements: readonly TableRequirement[]
  readonly updates: readonly TableUpdate[]
  /** In process only: the one metadata file on which it holds; on any other it is a conflict. */
  readonly plannedOn?: string
}

/** Whether the commit makes the table. */
export function isCreate({ requirements }: Pick<CommitTableRequest, 'requirements'>): boolean {
  return requirements.some((r) => r.type === 'assert-create')
}

export interface StorageCredential {
  readonly prefix: string
  readonly config: Readonly<Record<string, string>>
}

export interface LoadTableResult {
  readonly 'metadata-location'?: string
  readonly metadata: TableMetadata
  readonly config?: Readonly<Record<string, string>>
  readonly 'storage-credentials'?: readonly StorageCredential[]
}

export interface CommitTableResponse {
  readonly 'metadata-location': string
  readonly metadata: TableMetadata
}

export interface IcebergErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly code: number; readonly stack?: readonly string[] }
}

/** The codes of the AkkoErrors that a Lake throws, besides `access.denied`. */
export const lakeErrors = {
  namespaceNotFound: 'catalog.namespace_not_found',
  namespaceExists: 'catalog.namespace_exists',
  namespaceNotEmpty: 'catalog.namespace_not_empty',
  tableNotFound: 'catalog.table_not_found',
  tableExists: 'catalog.table_exists',
  viewNotFound: 'catalog.view_not_found',
  viewExists: 'catalog.view_exists',
  /** A requirement no longer holds: load again, plan again, commit again. `retryable`. */
  commitConflict: 'catalog.commit_conflict',
  badRequest: 'catalog.bad_request',
} as const

/**
 * The catalogue in process, for one warehouse. Every operation asks the authoriser for the caller first and throws the
 * AkkoErrors of `lakeErrors`; lists leave out what the caller may not see.
 */
export interface Lake {
  /** The children of `parent`; the top level without it. */
  listNamespaces(caller: Caller, parent?: Namespace): Promise<readonly Namespace[]>
  loadNamespace(caller: Caller, namespace: Namespace): Promise<NamespaceInfo>
  createNamespace(caller: Caller, namespace: Namespace, properties?: Readonly<Record<string, string>>): Promise<NamespaceInfo>
  /** Refused while it holds a table or a namespace. */
  dropNamespace(caller: Caller, namespace: Namespace): Promise<void>
  listTables(caller: Caller, namespace: Namespace): Promise<readonly TableIdent[]>
  /** Metadata and its file. Row filters and masks are the reader's to apply: it asks the authoriser for them. */
  loadTable(caller: Caller, table: TableIdent): Promise<LoadTableResult>
  /** With `stage-create` the answer has no `metadata-location`: pass `stagedUpdates(metadata)` and your snapshot to commitTable. */
  createTable(caller: Caller, namespace: Namespace, request: CreateTableRequest): Promise<LoadTableResult>
  /** All or nothing; `assert-create` makes the table. */
  commitTable(caller: Caller, table: TableIdent, request: CommitTableRequest): Promise<CommitTableResponse>
  /** Files stay in the store unless `purge`; `later` is when the table can be had back no longer. */
  dropTable(caller: Caller, table: TableIdent, options?: { readonly purge?: boolean | 'later' }): Promise<void>
  renameTable(caller: Caller, from: TableIdent, to: TableIdent): Promise<void>
  listViews(caller: Caller, namespace: Namespace): Promise<readonly TableIdent[]>
  loadView(caller: Caller, view: TableIdent): Promise<LoadedView>
  createView(caller: Caller, namespace: Namespace, request: CreateViewRequest): Promise<LoadViewResult>
  /** Who changes what another's view reads becomes its owner. */
  commitView(caller: Caller, view: TableIdent, request: CommitViewRequest): Promise<LoadViewResult>
  dropView(caller: Caller, view: TableIdent): Promise<void>
  renameView(caller: Caller, from: TableIdent, to: TableIdent): Promise<void>
}

export interface LoadedView extends LoadViewResult {
  /** The account of the owner whose rights it is read with. */
  readonly ownerAccount?: string
}
