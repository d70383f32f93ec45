// Polaris' privileges as entitlements of the authoriser, and where each privilege may be granted.

import type { Action, Entitlement } from '#kit/access'
import { own } from '#kit/own'
import { printNamespace } from '#parts/catalog/names'
import type { EffectiveGrant, GrantRow } from '#parts/catalog/store/roles'
import type { Namespace } from '#wire/iceberg/rest'

type Allows = Readonly<Partial<Record<'catalog' | 'schema' | 'table' | 'view' | 'files', readonly Action[]>>>

const ALL: readonly Action[] = ['list', 'read', 'write', 'create', 'drop', 'manage']
const SEE: readonly Action[] = ['list', 'read']

/**
 * What each privilege allows below the place where it is granted (Polaris 1.3, "Access Control"). A principal speaks to this
 * part only, so `read` of a table is its metadata; its rows are its files.
 */
const CONTENT: Readonly<Record<string, Allows>> = {
  CATALOG_MANAGE_CONTENT: { catalog: ['list', 'read', 'write', 'create'], schema: ALL, table: ALL, view: ALL, files: ALL },
  CATALOG_MANAGE_METADATA: {
    catalog: ['list', 'read', 'create'],
    schema: ALL,
    table: ['list', 'read', 'write', 'create', 'drop', 'manage'],
    view: ALL,
  },
  CATALOG_MANAGE_ACCESS: { catalog: ['list', 'read', 'manage'], schema: ['list'], table: ['list'], view: ['list'] },
  CATALOG_READ_PROPERTIES: { catalog: SEE },
  CATALOG_WRITE_PROPERTIES: { catalog: ['list', 'read', 'write'] },
  NAMESPACE_CREATE: { catalog: ['list', 'create'], schema: ['list'] },
  NAMESPACE_DROP: { schema: ['list', 'drop'] },
  NAMESPACE_LIST: { catalog: ['list'], schema: ['list'] },
  NAMESPACE_READ_PROPERTIES: { schema: SEE },
  NAMESPACE_WRITE_PROPERTIES: { schema: ['list', 'read', 'write'] },
  NAMESPACE_FULL_METADATA: { catalog: ['list', 'create'], schema: ['list', 'read', 'write', 'drop'] },
  TABLE_CREATE: { schema: ['list', 'create'] },
  TABLE_DROP: { table: ['list', 'drop'] },
  TABLE_LIST: { schema: ['list'], table: ['list'] },
  TABLE_READ_PROPERTIES: { table: SEE },
  TABLE_WRITE_PROPERTIES: { table: ['list', 'read', 'write'] },
  TABLE_READ_DATA: { table: SEE, files: ['read'] },
  TABLE_WRITE_DATA: { table: ['list', 'read', 'write'], files: ['read', 'write'] },
  TABLE_FULL_METADATA: { schema: ['list', 'create'], table: ['list', 'read', 'write', 'drop'] },
  VIEW_CREATE: { schema: ['list'], view: ['create'] },
  VIEW_DROP: { view: ['list', 'drop'] },
  VIEW_LIST: { schema: ['list'], view: ['list'] },
  VIEW_READ_PROPERTIES: { view: SEE },
  VIEW_WRITE_PROPERTIES: { view: ['list', 'read', 'write'] },
  VIEW_FULL_METADATA: { schema: ['list'], view: ['list', 'read', 'write', 'create', 'drop'] },
}

const ON_NAMESPACE = new Set(Object.keys(CONTENT).filter((p) => p !== 'CATALOG_READ_PROPERTIES' && p !== 'CATALOG_WRITE_PROPERTIES'))
const ON_TABLE = new Set([
  'CATALOG_MANAGE_ACCESS',
  'TABLE_DROP',
  'TABLE_LIST',
  'TABLE_READ_PROPERTIES',
  'TABLE_WRITE_PROPERTIES',
  'TABLE_READ_DATA',
  'TABLE_WRITE_DATA',
  'TABLE_FULL_METADATA',
])

/** Whether the privilege exists here and may be granted on that kind of thing. */
export function isGrantable(type: GrantRow['type'], privilege: string): boolean {
  if (type === 'catalog') return Object.hasOwn(CONTENT, privilege)
  return type === 'namespace' ? ON_NAMESPACE.has(privilege) : ON_TABLE.has(privilege)
}

/** The managing principal: everything of this part. */
export const MANAGER: readonly Entitlement[] = (['catalog', 'schema', 'table', 'view', 'files', 'user'] as const).map((kind) => ({
  kind,
  path: [],
  actions: ALL,
}))

/** Holders of `service_admin`: principals, roles and catalogues, not the data. */
export const SERVICE_MANAGER: readonly Entitlement[] = (['catalog', 'user'] as const).map((kind) => ({ kind, path: [], actions: ALL }))

/**
 * What grants allow. `below` lists, for a namespace's grant, that namespace and all inside it: a grant covers nested ones.
 * `nameOf` gives a catalogue's name in the policy.
 */
export function toEntitlements(
  grants: readonly EffectiveGrant[],
  nameOf: (catalog: string) => string,
  below: (catalog: string, namespace: Namespace) => readonly Namespace[],
): readonly Entitlement[] {
  return grants.flatMap((grant) => {
    const allows = own(CONTENT, grant.privilege) ?? {}
    const catalog = nameOf(grant.catalog)
    const paths = pathsOf(grant, catalog, below)
    // Who holds something inside a catalogue may see that the catalogue is there, which is how clients begin.
    const door: Entitlement = { kind: 'catalog', path: [catalog], actions: ['list'] }
    const inside = Object.entries(allows).flatMap(([kind, actions]) =>
      paths
        .filter(() => grant.type === 'catalog' || kind !== 'catalog')
        .filter(() => grant.type !== 'table' || kind === 'table' || kind === 'files')
        .map((path): Entitlement => ({ kind, path, actions })),
    )
    const nested = grant.type === 'namespace' && allows.catalog?.includes('create') ? paths : []
    return [door, ...inside, ...nested.map((path): Entitlement => ({ kind: 'schema', path, actions: ['list', 'create'] }))]
  })
}

function pathsOf(
  grant: EffectiveGrant,
  catalog: string,
  below: (catalog: string, namespace: Namespace) => readonly Namespace[],
): readonly (readonly string[])[] {
  const namespace = grant.namespace ?? []
  if (grant.type === 'catalog') return [[catalog]]
  if (grant.type === 'table') return [[catalog, printNamespace(namespace), grant.table ?? '']]
  return below(grant.catalog, namespace).map((n) => [catalog, printNamespace(n)])
}
