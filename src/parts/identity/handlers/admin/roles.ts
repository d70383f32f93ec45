// Roles of the realm and of its clients, and which roles hold which others.

import { Conflict, Malformed, NotFound } from '#parts/identity/errors'
import {
  type AdminAnswer,
  type AdminCall,
  created,
  done,
  ok,
  pageOf,
  readList,
  readObject,
  said,
} from '#parts/identity/handlers/admin/call'
import { findClient } from '#parts/identity/handlers/admin/clients'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { toMemberGroup } from '#parts/identity/handlers/admin/groups'
import { assertStanding } from '#parts/identity/handlers/admin/served'
import { toListedUser } from '#parts/identity/handlers/admin/users'
import type { Role, RoleChange, RoleOwner } from '#parts/identity/store/roles'

/** Whose roles a path names. */
export type OwnerOf = (call: AdminCall) => Promise<RoleOwner>
/** The role that a path names. */
export type RoleOf = (call: AdminCall) => Promise<Role>

export const ofRealm: OwnerOf = async ({ realm }) => ({ realm: realm.name })
export const ofClient: OwnerOf = async (call) => ({ realm: call.realm.name, client: (await findClient(call)).id })

/** The client whose roles are asked for, of those that another role holds. */
export const ofHolder: OwnerOf = async (call) => ofClient({ ...call, params: { client: call.params.holder as string } })

export const byId: RoleOf = async ({ store, realm, params }) => {
  const role = await store.roles.get(realm.name, params.role as string)
  if (!role) throw NotFound({ what: 'Could not find role with id' })
  return role
}

export const byName =
  (ownerOf: OwnerOf): RoleOf =>
  async (call) => {
    const role = await call.store.roles.find(await ownerOf(call), call.params.role as string)
    if (!role) throw NotFound({ what: 'Could not find role' })
    return role
  }

/** Lists leave the attributes out. */
export function toBriefRole(realmId: string, { id, name, description, composite, client }: Role): Record<string, unknown> {
  const clientRole = client !== undefined
  return { id, name, ...(description === undefined ? {} : { description }), composite, clientRole, containerId: client ?? realmId }
}

export const toRole = (realmId: string, role: Role) => ({ ...toBriefRole(realmId, role), attributes: role.attributes })
const brief = ({ realm }: AdminCall, roles: readonly Role[]) => ok(roles.map((role) => toBriefRole(realm.id, role)))

export const listRoles = (ownerOf: OwnerOf) => async (call: AdminCall) => {
  const { store, realm, query } = call
  const search = query.get('search')?.toLowerCase()
  const roles = (await store.roles.list(await ownerOf(call))).filter((role) => !search || role.name.toLowerCase().includes(search))
  const whole = said(query, 'briefRepresentation') === false
  return ok(pageOf(query, roles).map((role) => (whole ? toRole(realm.id, role) : toBriefRole(realm.id, role))))
}

export const getRole = (roleOf: RoleOf) => async (call: AdminCall) => ok(toRole(call.realm.id, await roleOf(call)))

export const createRole = (ownerOf: OwnerOf) => async (call: AdminCall) => {
  const owner = await ownerOf(call)
  const body = await readObject(call.req, 'RoleRepresentation')
  assertStanding('composite', body.composite, false)
  assertStanding('clientRole', body.clientRole, owner.client !== undefined)
  const role = fromBody(body)
  if (!(await call.store.roles.create(owner, role))) throw Conflict({ what: `Role with name ${role.name} already exists` })
  return created(`${call.url}/${encodeURIComponent(role.name)}`)
}

export const updateRole = (roleOf: RoleOf) => async (call: AdminCall) => {
  const { store, realm, req } = call
  const current = await roleOf(call)
  const body = await readObject(req, 'RoleRepresentation')
  const change = fromBody(body)
  const owner = { realm: realm.name, ...(current.client === undefined ? {} : { client: current.client }) }
  const taken = change.name !== current.name && (await store.roles.find(owner, change.name))
  if (taken) throw Conflict({ what: `Role with name ${change.name} already exists` })
  const attributes = body.attributes === undefined ? current.attributes : change.attributes
  await store.roles.update(current.id, { ...change, attributes })
  return done
}

export const removeRole = (roleOf: RoleOf) => async (call: AdminCall) => {
  await call.store.roles.remove((await roleOf(call)).id)
  return done
}

export const usersOfRole = (roleOf: RoleOf) => async (call: AdminCall) => {
  const ids = await call.store.roles.usersWith((await roleOf(call)).id)
  const users = await call.store.users.list(call.realm.name, { ids, max: -1 })
  return ok(pageOf(call.query, users).map(toListedUser))
}

export const groupsOfRole = (roleOf: RoleOf) => async (call: AdminCall) => {
  const groups = await call.store.roles.groupsWith(call.realm.name, (await roleOf(call)).id)
  return ok(pageOf(call.query, groups).map(toMemberGroup))
}

export const composites =
  (roleOf: RoleOf, ownerOf?: OwnerOf) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const held = await call.store.roles.given({ role: (await roleOf(call)).id })
    const owner = await ownerOf?.(call)
    return brief(
      call,
      held.filter((role) => owner === undefined || role.client === owner.client),
    )
  }

export const changeComposites = (roleOf: RoleOf, change: 'give' | 'take') => async (call: AdminCall) => {
  const { id } = await roleOf(call)
  const ids = (await readList(call.req, 'RoleRepresentation')).map((role) => role.id)
  for (const child of ids)
    if (child === undefined || !(await call.store.roles.get(call.realm.name, child)))
      throw NotFound({ what: 'Could not find composite role' })
  const { roles } = call.store
  await (change === 'give' ? roles.give({ role: id }, ids as string[]) : roles.take({ role: id }, ids as string[]))
  return done
}

function fromBody({ name, description, attributes = {} }: Representation<'RoleRepresentation'>): RoleChange {
  if (!name) throw Malformed({ what: 'role has no name' })
  return { name, ...(description === undefined ? {} : { description }), attributes: attributes as Record<string, string[]> }
}
