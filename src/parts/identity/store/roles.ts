// Roles of a realm and of its clients, with the roles that they hold; and groups, in a tree, with theirs.
import { randomUUID } from 'node:crypto'
import type { Db } from '#parts/identity/store/db'

export interface Role {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly attributes: Record<string, string[]>
  /** The client that it is a role of; absent for one of the realm. */
  readonly client?: string
  /** Whether it holds others. */
  readonly composite: boolean
}

export type RoleChange = Pick<Role, 'name' | 'description' | 'attributes'>

/** Whose roles: those of the realm, or of one of its clients, by the client's id. */
export interface RoleOwner {
  readonly realm: string
  readonly client?: string
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly description?: string
  readonly attributes: Record<string, string[]>
  /** Absent at the top. */
  readonly parent?: string
  readonly children: number
}

export type GroupChange = Pick<Group, 'name' | 'description' | 'attributes'>

/** What roles are given to. */
export type Holder = { readonly user: string } | { readonly group: string } | { readonly role: string }

export interface RoleStore {
  /** Ordered by name. */
  list(owner: RoleOwner): Promise<Role[]>
  find(owner: RoleOwner, name: string): Promise<Role | undefined>
  get(realm: string, id: string): Promise<Role | undefined>
  /** False when the name is taken. */
  create(owner: RoleOwner, role: RoleChange): Promise<boolean>
  update(id: string, role: RoleChange): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** What was given to it itself. */
  given(holder: Holder): Promise<Role[]>
  /** And what those hold; a user has what his groups have, and theirs above. */
  effective(holder: Holder): Promise<Role[]>
  give(holder: Holder, roleIds: readonly string[]): Promise<void>
  take(holder: Holder, roleIds: readonly string[]): Promise<void>
  /** Who was given it itself. */
  usersWith(id: string): Promise<string[]>
  groupsWith(realm: string, id: string): Promise<Group[]>
  /** All of the realm, ordered by name. */
  groups(realm: string): Promise<Group[]>
  group(realm: string, id: string): Promise<Group | undefined>
  groupsOf(realm: string, userId: string): Promise<Group[]>
  members(groupId: string): Promise<string[]>
  /** Undefined when the name is taken beside it. */
  createGroup(realm: string, group: GroupChange, parent?: string): Promise<{ readonly id: string } | undefined>
  updateGroup(realm: string, id: string, group: GroupChange): Promise<boolean>
  removeGroup(realm: string, id: string): Promise<boolean>
  /** False when the group does not exist. */
  join(realm: string, userId: string, groupId: string): Promise<boolean>
  leave(userId: string, groupId: string): Promise<void>
}

interface RoleRow {
  id: string
  name: string
  description: string | null
  attributes: Record<string, string[]>
  client: string | null
  composite: boolean
}

interface GroupRow {
  id: string
  name: string
  path: string
  description: string | null
  attributes: Record<string, string[]>
  parent: string | null
  children: number
}

const toRole = ({ description, client, ...row }: RoleRow): Role => ({
  ...row,
  ...(description === null ? {} : { description }),
  ...(client === null ? {} : { client }),
})

const toGroup = ({ description, parent, ...row }: GroupRow): Group => ({
  ...row,
  ...(description === null ? {} : { description }),
  ...(parent === null ? {} : { parent }),
})

export function createRoleStore(db: Db): RoleStore {
  const { t, schema } = db
  const roles = async (rest: string, values: readonly unknown[]) =>
    (
      await db.query<RoleRow>(
        `SELECT r.id, r.name, r.description, r.attributes, r.client, EXISTS (SELECT FROM ${t.role_composites} c WHERE c.composite = r.id) AS composite
         FROM ${t.roles} r ${rest} ORDER BY r.name`,
        values,
      )
    ).map(toRole)
  const groups = async (rest: string, values: readonly unknown[]) =>
    (
      await db.query<GroupRow>(
        `SELECT g.id, g.name, g.description, g.attributes, g.parent, ${schema}.group_path(g.id) AS path,
           (SELECT count(*)::int FROM ${t.groups} b WHERE b.parent = g.id) AS children
         FROM ${t.groups} g ${rest} ORDER BY g.name`,
        values,
      )
    ).map(toGroup)
  /** The table of what is given to it, its column, and its id. */
  const held = (holder: Holder): [table: string, column: string, child: string, id: string] => {
    if ('user' in holder) return [t.user_roles, 'user_id', 'role_id', holder.user]
    if ('group' in holder) return [t.group_roles, 'group_id', 'role_id', holder.group]
    return [t.role_composites, 'composite', 'child', holder.role]
  }
  const ids = async (text: string, values: readonly unknown[]) => (await db.query<{ id: string }>(text, values)).map(({ id }) => id)
  return {
    list: ({ realm, client }) => roles('WHERE r.realm = $1 AND r.client IS NOT DISTINCT FROM $2', [realm, client ?? null]),
    find: async ({ realm, client }, name) =>
      (await roles('WHERE r.realm = $1 AND r.client IS NOT DISTINCT FROM $2 AND r.name = $3', [realm, client ?? null, name]))[0],
    get: async (realm, id) => (await roles('WHERE r.realm = $1 AND r.id = $2', [realm, id]))[0],
    create: async ({ realm, client }, { name, description, attributes }) =>
      (await db.run(
        `INSERT INTO ${t.roles} (id, realm, name, description, attributes, client) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        [randomUUID(), realm, name, description ?? null, attributes, client ?? null],
      )) > 0,
    update: async (id, { name, description, attributes }) =>
      (await db.run(`UPDATE ${t.roles} SET name = $2, description = $3, attributes = $4 WHERE id = $1`, [
        ...[id, name, description ?? null, attributes],
      ])) > 0,
    remove: async (id) => (await db.run(`DELETE FROM ${t.roles} WHERE id = $1`, [id])) > 0,
    given: (holder) => {
      const [table, column, child, id] = held(holder)
      return roles(`JOIN ${table} h ON h.${child} = r.id WHERE h.${column} = $1`, [id])
    },
    effective: (holder) => {
      const [table, column, child, id] = held(holder)
      if ('user' in holder) return roles(`WHERE r.id IN (SELECT ${schema}.effective_roles($1))`, [id])
      return roles(
        `WHERE r.id IN (WITH RECURSIVE held (id) AS (SELECT ${child} FROM ${table} WHERE ${column} = $1
           UNION SELECT c.child FROM held JOIN ${t.role_composites} c ON c.composite = held.id) SELECT id FROM held)`,
        [id],
      )
    },
    give: async (holder, roleIds) => {
      const [table, column, child, id] = held(holder)
      await db.run(`INSERT INTO ${table} (${column}, ${child}) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`, [id, roleIds])
    },
    take: async (holder, roleIds) => {
      const [table, column, child, id] = held(holder)
      await db.run(`DELETE FROM ${table} WHERE ${column} = $1 AND ${child} = ANY($2::text[])`, [id, roleIds])
    },
    usersWith: (id) => ids(`SELECT user_id AS id FROM ${t.user_roles} WHERE role_id = $1`, [id]),
    groupsWith: (realm, id) => groups(`JOIN ${t.group_roles} h ON h.group_id = g.id WHERE g.realm = $1 AND h.role_id = $2`, [realm, id]),
    groups: (realm) => groups('WHERE g.realm = $1', [realm]),
    group: async (realm, id) => (await groups('WHERE g.realm = $1 AND g.id = $2', [realm, id]))[0],
    groupsOf: (realm, userId) =>
      groups(`JOIN ${t.user_groups} m ON m.group_id = g.id WHERE g.realm = $1 AND m.user_id = $2`, [realm, userId]),
    members: (groupId) => ids(`SELECT user_id AS id FROM ${t.user_groups} WHERE group_id = $1`, [groupId]),
    createGroup: async (realm, { name, description, attributes }, parent) =>
      (
        await db.query<{ id: string }>(
          `INSERT INTO ${t.groups} (id, realm, name, description, attributes, parent) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT DO NOTHING RETURNING id`,
          [randomUUID(), realm, name, description ?? null, attributes, parent ?? null],
        )
      )[0],
    updateGroup: async (realm, id, { name, description, attributes }) => {
      const [taken] = await db.query(
        `SELECT o.id FROM ${t.groups} g JOIN ${t.groups} o ON o.realm = g.realm AND o.parent IS NOT DISTINCT FROM g.parent AND o.id <> g.id
         WHERE g.realm = $1 AND g.id = $2 AND o.name = $3`,
        [realm, id, name],
      )
      if (taken) return false
      await db.run(`UPDATE ${t.groups} SET name = $3, description = $4, attributes = $5 WHERE realm = $1 AND id = $2`, [
        ...[realm, id, name, description ?? null, attributes],
      ])
      return true
    },
    removeGroup: async (realm, id) => (await db.run(`DELETE FROM ${t.groups} WHERE realm = $1 AND id = $2`, [realm, id])) > 0,
    join: async (realm, userId, groupId) => {
      const [group] = await db.query(`SELECT id FROM ${t.groups} WHERE realm = $1 AND id = $2`, [realm, groupId])
      if (!group) return false
      await db.run(`INSERT INTO ${t.user_groups} (user_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [userId, groupId])
      return true
    },
    leave: async (userId, groupId) => {
      await db.run(`DELETE FROM ${t.user_groups} WHERE user_id = $1 AND group_id = $2`, [userId, groupId])
    },
  }
}
