// Realm roles and top-level groups.
import { randomUUID } from 'node:crypto'
import type { Db } from '#parts/identity/store/db'

export interface RealmRole {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly attributes: Record<string, string[]>
}

export interface Group {
  readonly id: string
  readonly name: string
}

export interface RoleStore {
  list(realm: string): Promise<RealmRole[]>
  find(realm: string, name: string): Promise<RealmRole | undefined>
  ofUser(userId: string): Promise<RealmRole[]>
  /** False when the name is taken. */
  create(realm: string, role: Omit<RealmRole, 'id'>): Promise<boolean>
  update(realm: string, name: string, role: Omit<RealmRole, 'id'>): Promise<boolean>
  remove(realm: string, name: string): Promise<boolean>
  groups(realm: string): Promise<Group[]>
  groupsOf(userId: string): Promise<Group[]>
  /** Undefined when the name is taken. */
  createGroup(realm: string, name: string): Promise<Group | undefined>
  removeGroup(realm: string, id: string): Promise<boolean>
  /** False when the group does not exist. */
  join(realm: string, userId: string, groupId: string): Promise<boolean>
  leave(userId: string, groupId: string): Promise<void>
}

interface Row {
  id: string
  name: string
  description: string | null
  attributes: Record<string, string[]>
}

const toRole = ({ description, ...row }: Row): RealmRole => ({ ...row, ...(description === null ? {} : { description }) })

export function createRoleStore(db: Db): RoleStore {
  const { t } = db
  const columns = 'r.id, r.name, r.description, r.attributes'
  return {
    list: async (realm) =>
      (await db.query<Row>(`SELECT ${columns} FROM ${t.roles} r WHERE r.realm = $1 ORDER BY r.name`, [realm])).map(toRole),
    find: async (realm, name) =>
      (await db.query<Row>(`SELECT ${columns} FROM ${t.roles} r WHERE r.realm = $1 AND r.name = $2`, [realm, name])).map(toRole)[0],
    ofUser: async (userId) =>
      (
        await db.query<Row>(
          `SELECT ${columns} FROM ${t.user_roles} ur JOIN ${t.roles} r ON r.id = ur.role_id WHERE ur.user_id = $1 ORDER BY r.name`,
          [userId],
        )
      ).map(toRole),
    create: async (realm, role) =>
      (await db.run(
        `INSERT INTO ${t.roles} (id, realm, name, description, attributes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [randomUUID(), realm, role.name, role.description ?? null, role.attributes],
      )) > 0,
    update: async (realm, name, role) =>
      (await db.run(`UPDATE ${t.roles} SET name = $3, description = $4, attributes = $5 WHERE realm = $1 AND name = $2`, [
        realm,
        name,
        role.name,
        role.description ?? null,
        role.attributes,
      ])) > 0,
    remove: async (realm, name) => (await db.run(`DELETE FROM ${t.roles} WHERE realm = $1 AND name = $2`, [realm, name])) > 0,
    groups: (realm) => db.query<Group & Row>(`SELECT id, name FROM ${t.groups} WHERE realm = $1 ORDER BY name`, [realm]),
    groupsOf: (userId) =>
      db.query<Group & Row>(
        `SELECT g.id, g.name FROM ${t.user_groups} ug JOIN ${t.groups} g ON g.id = ug.group_id WHERE ug.user_id = $1 ORDER BY g.name`,
        [userId],
      ),
    createGroup: async (realm, name) =>
      (
        await db.query<Group & Row>(
          `INSERT INTO ${t.groups} (id, realm, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id, name`,
          [randomUUID(), realm, name],
        )
      )[0],
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
