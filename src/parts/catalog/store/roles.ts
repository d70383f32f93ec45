// Principal roles, catalogue roles, who holds them, and their grants, in PostgreSQL.
import type { Pool } from 'pg'
import { EntityExists, EntityNotFound, EntityVersionConflict, NamespaceNotFound, TableNotFound } from '#parts/catalog/errors'
import { printNamespace, printTable } from '#parts/catalog/names'
import { isUniqueViolation } from '#parts/catalog/store/sql'
import type { Namespace } from '#wire/iceberg/rest'

export interface RoleRow {
  readonly id: string
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
  /** Principal roles only. */
  readonly federated?: boolean
}

export interface GrantRow {
  readonly type: 'catalog' | 'namespace' | 'table'
  readonly privilege: string
  readonly namespace?: Namespace
  readonly table?: string
}

export interface EffectiveGrant extends GrantRow {
  readonly catalog: string
}

/** Names a set of roles: all principal roles, or the catalogue roles of one catalogue. */
export type RoleSet = { readonly kind: 'principal' } | { readonly kind: 'catalog'; readonly catalogId: string }

export interface RoleStore {
  list(set: RoleSet): Promise<readonly RoleRow[]>
  get(set: RoleSet, name: string): Promise<RoleRow>
  create(
    set: RoleSet,
    role: { readonly name: string; readonly properties: Readonly<Record<string, string>>; readonly federated?: boolean },
  ): Promise<RoleRow>
  update(set: RoleSet, name: string, expected: number, properties: Readonly<Record<string, string>>): Promise<RoleRow>
  drop(set: RoleSet, name: string): Promise<void>

  rolesOfPrincipal(principalId: string): Promise<readonly RoleRow[]>
  addMember(principalId: string, principalRoleId: string): Promise<void>
  removeMember(principalId: string, principalRoleId: string): Promise<void>

  /** Catalogue roles, of one catalogue, that a principal role holds. */
  catalogRolesOf(principalRoleId: string, catalogId: string): Promise<readonly RoleRow[]>
  holdersOf(catalogRoleId: string): Promise<readonly RoleRow[]>
  addHolder(catalogRoleId: string, principalRoleId: string): Promise<void>
  removeHolder(catalogRoleId: string, principalRoleId: string): Promise<void>

  grants(catalogRoleId: string): Promise<readonly GrantRow[]>
  grant(catalogId: string, catalogRoleId: string, grant: GrantRow): Promise<void>
  revoke(catalogId: string, catalogRoleId: string, grant: GrantRow): Promise<void>
  /** All grants that reach the principal, through the named principal roles only when `roleNames` is given. */
  grantsOfPrincipal(principalId: string, roleNames?: readonly string[]): Promise<readonly EffectiveGrant[]>
}

const SHARED = 'r.id, r.name, r.properties, r.created_at as "createdAt", r.updated_at as "updatedAt", r.version'
const COLUMNS = { principal: `${SHARED}, r.federated`, catalog: SHARED } as const
const TABLE = { principal: 'akko_catalog.principal_roles', catalog: 'akko_catalog.catalog_roles' } as const
const KIND = { principal: 'principal role', catalog: 'catalog role' } as const
const GRANT_COLUMNS = `case when g.table_id is not null then 'table' when g.namespace_id is not null then 'namespace' else 'catalog' end as type,
  g.privilege, n.path as namespace, t.name as "table"`
const GRANT_JOINS = `left join akko_catalog.tables t on t.id = g.table_id
  left join akko_catalog.namespaces n on n.id = coalesce(g.namespace_id, t.namespace_id)`

export function createRoleStore(pool: Pool): RoleStore {
  const scope = (set: RoleSet) =>
    set.kind === 'catalog' ? { where: 'r.catalog_id = $1', value: set.catalogId } : { where: '$1::text is null', value: null }

  const get = async (set: RoleSet, name: string): Promise<RoleRow> => {
    const { where, value } = scope(set)
    const { rows } = await pool.query<RoleRow>(`select ${COLUMNS[set.kind]} from ${TABLE[set.kind]} r where ${where} and r.name = $2`, [
      value,
      name,
    ])
    if (!rows[0]) throw EntityNotFound({ kind: KIND[set.kind], name })
    return rows[0]
  }

  const target = async (catalogId: string, grant: GrantRow): Promise<{ namespaceId: string | null; tableId: string | null }> => {
    if (grant.type === 'catalog') return { namespaceId: null, tableId: null }
    const namespace = grant.namespace ?? []
    if (grant.type === 'namespace') {
      const { rows } = await pool.query<{ id: string }>('select id from akko_catalog.namespaces where catalog_id = $1 and path = $2', [
        catalogId,
        namespace,
      ])
      if (!rows[0]) throw NamespaceNotFound({ namespace: printNamespace(namespace) })
      return { namespaceId: rows[0].id, tableId: null }
    }
    const { rows } = await pool.query<{ id: string }>(
      `select t.id from akko_catalog.tables t join akko_catalog.namespaces n on n.id = t.namespace_id
       where n.catalog_id = $1 and n.path = $2 and t.name = $3 and t.kind = 'table'`,
      [catalogId, namespace, grant.table],
    )
    if (!rows[0]) throw TableNotFound({ table: printTable({ namespace, name: grant.table ?? '' }) })
    return { namespaceId: null, tableId: rows[0].id }
  }

  return {
    get,
    list: async (set) => {
      const { where, value } = scope(set)
      return (await pool.query<RoleRow>(`select ${COLUMNS[set.kind]} from ${TABLE[set.kind]} r where ${where} order by r.name`, [value]))
        .rows
    },
    create: async (set, { name, properties, federated }) => {
      const [column, value] = set.kind === 'catalog' ? ['catalog_id', set.catalogId] : ['federated', federated ?? false]
      try {
        const { rows } = await pool.query<RoleRow>(
          `insert into ${TABLE[set.kind]} as r (${column}, name, properties) values ($1, $2, $3) returning ${COLUMNS[set.kind]}`,
          [value, name, JSON.stringify(properties)],
        )
        return rows[0] as RoleRow
      } catch (error) {
        throw isUniqueViolation(error) ? EntityExists({ kind: KIND[set.kind], name }, error) : error
      }
    },
    update: async (set, name, expected, properties) => {
      const { where, value } = scope(set)
      const { rows } = await pool.query<RoleRow>(
        `update ${TABLE[set.kind]} r set properties = $4, updated_at = now(), version = version + 1
         where ${where} and r.name = $2 and r.version = $3 returning ${COLUMNS[set.kind]}`,
        [value, name, expected, JSON.stringify(properties)],
      )
      if (rows[0]) return rows[0]
      throw EntityVersionConflict({ kind: KIND[set.kind], name, actual: (await get(set, name)).version, expected })
    },
    drop: async (set, name) => {
      const { where, value } = scope(set)
      const { rowCount } = await pool.query(`delete from ${TABLE[set.kind]} r where ${where} and r.name = $2`, [value, name])
      if (rowCount === 0) throw EntityNotFound({ kind: KIND[set.kind], name })
    },

    rolesOfPrincipal: async (principalId) =>
      (
        await pool.query<RoleRow>(
          `select ${COLUMNS.principal} from akko_catalog.principal_roles r
           join akko_catalog.principal_role_members m on m.principal_role_id = r.id where m.principal_id = $1 order by r.name`,
          [principalId],
        )
      ).rows,
    addMember: async (principalId, roleId) => {
      await pool.query('insert into akko_catalog.principal_role_members values ($1, $2) on conflict do nothing', [principalId, roleId])
    },
    removeMember: async (principalId, roleId) => {
      await pool.query('delete from akko_catalog.principal_role_members where principal_id = $1 and principal_role_id = $2', [
        principalId,
        roleId,
      ])
    },

    catalogRolesOf: async (principalRoleId, catalogId) =>
      (
        await pool.query<RoleRow>(
          `select ${COLUMNS.catalog} from akko_catalog.catalog_roles r
           join akko_catalog.catalog_role_holders h on h.catalog_role_id = r.id
           where h.principal_role_id = $1 and r.catalog_id = $2 order by r.name`,
          [principalRoleId, catalogId],
        )
      ).rows,
    holdersOf: async (catalogRoleId) =>
      (
        await pool.query<RoleRow>(
          `select ${COLUMNS.principal} from akko_catalog.principal_roles r
           join akko_catalog.catalog_role_holders h on h.principal_role_id = r.id where h.catalog_role_id = $1 order by r.name`,
          [catalogRoleId],
        )
      ).rows,
    addHolder: async (catalogRoleId, principalRoleId) => {
      await pool.query('insert into akko_catalog.catalog_role_holders values ($1, $2) on conflict do nothing', [
        catalogRoleId,
        principalRoleId,
      ])
    },
    removeHolder: async (catalogRoleId, principalRoleId) => {
      await pool.query('delete from akko_catalog.catalog_role_holders where catalog_role_id = $1 and principal_role_id = $2', [
        catalogRoleId,
        principalRoleId,
      ])
    },

    grants: async (catalogRoleId) =>
      (
        await pool.query<GrantRow>(
          `select ${GRANT_COLUMNS} from akko_catalog.grants g ${GRANT_JOINS} where g.catalog_role_id = $1 order by type, n.path, t.name, g.privilege`,
          [catalogRoleId],
        )
      ).rows.map(toGrant),
    grant: async (catalogId, catalogRoleId, grant) => {
      const { namespaceId, tableId } = await target(catalogId, grant)
      await pool.query(
        'insert into akko_catalog.grants (catalog_role_id, privilege, namespace_id, table_id) values ($1, $2, $3, $4) on conflict do nothing',
        [catalogRoleId, grant.privilege, namespaceId, tableId],
      )
    },
    revoke: async (catalogId, catalogRoleId, grant) => {
      const { namespaceId, tableId } = await target(catalogId, grant)
      await pool.query(
        `delete from akko_catalog.grants where catalog_role_id = $1 and privilege = $2
           and namespace_id is not distinct from $3 and table_id is not distinct from $4`,
        [catalogRoleId, grant.privilege, namespaceId, tableId],
      )
    },
    grantsOfPrincipal: async (principalId, roleNames) =>
      (
        await pool.query<EffectiveGrant>(
          `select distinct c.name as catalog, ${GRANT_COLUMNS}
           from akko_catalog.principal_role_members m
           join akko_catalog.principal_roles pr on pr.id = m.principal_role_id
           join akko_catalog.catalog_role_holders h on h.principal_role_id = m.principal_role_id
           join akko_catalog.catalog_roles r on r.id = h.catalog_role_id
           join akko_catalog.catalogs c on c.id = r.catalog_id
           join akko_catalog.grants g on g.catalog_role_id = r.id ${GRANT_JOINS}
           where m.principal_id = $1 and ($2::text[] is null or pr.name = any($2))`,
          [principalId, roleNames ?? null],
        )
      ).rows.map((row) => ({ ...toGrant(row), catalog: row.catalog })),
  }
}

function toGrant(row: GrantRow & { readonly catalog?: string }): GrantRow {
  return {
    type: row.type,
    privilege: row.privilege,
    ...(row.type === 'catalog' ? {} : { namespace: row.namespace ?? [] }),
    ...(row.type === 'table' ? { table: row.table ?? '' } : {}),
  }
}
