// The catalogue's errors. What the reference implementation says too is in its words: clients look for them.
import { defineError } from '#kit/errors'

export const CatalogNotFound = defineError('catalog.catalog_not_found', 404, 'catalog {name} does not exist')
export const NamespaceNotFound = defineError('catalog.namespace_not_found', 404, 'Namespace does not exist: {namespace}')
export const NamespaceExists = defineError('catalog.namespace_exists', 409, 'Namespace already exists: {namespace}')
export const NamespaceNotEmpty = defineError('catalog.namespace_not_empty', 409, 'Namespace {namespace} is not empty.', {
  hint: 'drop its tables, views and namespaces first',
})
export const TableNotFound = defineError('catalog.table_not_found', 404, 'Table does not exist: {table}')
export const TableExists = defineError('catalog.table_exists', 409, 'Table already exists: {table}')
export const TableNotDropped = defineError('catalog.table_not_dropped', 404, 'No table {table} was dropped that could be had back', {
  hint: 'it was purged, or dropped too long ago',
})
export const ViewNotFound = defineError('catalog.view_not_found', 404, 'View does not exist: {view}')
export const ViewExists = defineError('catalog.view_exists', 409, 'View already exists: {view}')
/** Names are shared by tables and views. */
export const NameOfView = defineError('catalog.view_exists', 409, 'View with same name already exists: {table}')
export const NameOfTable = defineError('catalog.table_exists', 409, 'Table with same name already exists: {view}')
/** Of a rename: what has the new name. */
export const RenameToTable = defineError('catalog.table_exists', 409, 'Cannot rename {from} to {to}. Table already exists')
export const RenameToView = defineError('catalog.view_exists', 409, 'Cannot rename {from} to {to}. View already exists')
/** Whoever is named as owner lends his rights to everybody who reads the view. */
export const OwnerRefused = defineError('catalog.view_owner_refused', 403, '{user} may not make {owner} the owner of view {view}', {
  hint: 'a view is read with the rights of the person who makes it, or of who reads it (SECURITY INVOKER): leave {property} out',
})
export const BadRequest = defineError('catalog.bad_request', 400, '{reason}')
export const NoSuchFile = defineError('catalog.no_such_file', 400, '{uri} does not exist')
export const FileTooLarge = defineError('catalog.file_too_large', 400, '{uri} is larger than {limit} bytes')
export const NotReadable = defineError('catalog.file_not_readable', 400, '{uri} begins as gzip and cannot be unpacked')
/** Of a request under a key under which another one was done meanwhile. */
export const Repeated = defineError('catalog.repeated', 503, 'the same request is being carried out', { retryable: true })
export const KeyReused = defineError('catalog.key_reused', 422, 'the Idempotency-Key was used for another request', {
  hint: 'a new request needs a new key',
})
export const NotServed = defineError('catalog.not_served', 501, '{what} is not served by this catalogue', { blame: 'caller' })
export const FilesRestricted = defineError('catalog.files_restricted', 403, 'no direct access to the files of {table}', {
  hint: 'rows or columns of it are hidden from {user}: read it through SQL, which applies the filters',
})
export const StatesHidden = defineError('catalog.states_hidden', 403, 'no metadata of {table}', {
  hint: 'it tells of rows or columns that are hidden from {user}: read and change the table through SQL, which applies the filters',
})
export const PartlyHidden = defineError('catalog.partly_hidden', 403, 'no other names for {table} or its columns', {
  hint: 'rows or columns of it are hidden from {user}, by their names: somebody who sees all of it renames',
})
export const StoreUnavailable = defineError(
  'catalog.files_unavailable',
  503,
  'the object store does not serve {uri} now; nothing was changed',
  {
    retryable: true,
    blame: 'operator',
  },
)

export const EntityNotFound = defineError('catalog.entity_not_found', 404, '{kind} {name} does not exist')
export const EntityExists = defineError('catalog.entity_exists', 409, '{kind} {name} exists already')
export const CatalogNotEmpty = defineError('catalog.catalog_not_empty', 400, 'catalog {name} is not empty', {
  hint: 'drop its namespaces first',
})
export const EntityVersionConflict = defineError(
  'catalog.entity_version_conflict',
  409,
  '{kind} {name} is at version {actual}, the update was made on version {expected}',
  { retryable: true, hint: 'read it again and repeat the update' },
)

export const InvalidClient = defineError('catalog.invalid_client', 401, 'unknown client or wrong secret')
export const InvalidGrant = defineError('catalog.invalid_grant', 400, '{reason}')
