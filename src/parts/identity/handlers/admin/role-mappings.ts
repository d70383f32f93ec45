// Which roles of the realm and of its clients users and groups have, and which groups a user is in.

import { NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, done, ok, pageOf, readList, said } from '#parts/identity/handlers/admin/call'
import { findGroup, toGroup, toMemberGroup } from '#parts/identity/handlers/admin/groups'
import { type OwnerOf, toBriefRole, toRole } from '#parts/identity/handlers/admin/roles'
import { findUser } from '#parts/identity/handlers/admin/users'
import type { Holder, Role } from '#parts/identity/store/roles'

/** Of whom the path is. */
export type HolderOf = (call: AdminCall) => Promise<Holder>

export const ofUser: HolderOf = async (call) => ({ user: (await findUser(call)).id })
export const ofGroup: HolderOf = async (call) => ({ group: (await findGroup(call)).id })

const brief = (call: AdminCall, roles: readonly Role[]) => roles.map((role) => toBriefRole(call.realm.id, role))

export const listMappings =
  (holderOf: HolderOf, ownerOf: OwnerOf, which: 'given' | 'effective' | 'available') =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const holder = await holderOf(call)
    const owner = await ownerOf(call)
    const { roles } = call.store
    if (which === 'available') {
      const given = new Set((await roles.given(holder)).map(({ id }) => id))
      const all = await roles.list(owner)
      return ok(
        brief(
          call,
          all.filter(({ id }) => !given.has(id)),
        ),
      )
    }
    const all = which === 'given' ? await roles.given(holder) : await roles.effective(holder)
    const held = all.filter(({ client }) => client === owner.client)
    const whole = which === 'effective' && said(call.query, 'briefRepresentation') === false
    return ok(whole ? held.map((role) => toRole(call.realm.id, role)) : brief(call, held))
  }

export const allMappings = (holderOf: HolderOf) => async (call: AdminCall) => {
  const roles = await call.store.roles.given(await holderOf(call))
  const ofRealm = roles.filter(({ client }) => client === undefined)
  const byClient = Map.groupBy(
    roles.filter(({ client }) => client !== undefined),
    ({ client }) => client as string,
  )
  const clientMappings = []
  for (const [id, mappings] of byClient) {
    const client = (await call.store.clients.get(call.realm.name, id))?.clientId ?? id
    clientMappings.push([client, { id, client, mappings: brief(call, mappings) }] as const)
  }
  return ok({
    ...(ofRealm.length > 0 ? { realmMappings: brief(call, ofRealm) } : {}),
    ...(clientMappings.length > 0 ? { clientMappings: Object.fromEntries(clientMappings) } : {}),
  })
}

export const addMappings = (holderOf: HolderOf, ownerOf: OwnerOf) => async (call: AdminCall) => {
  const holder = await holderOf(call)
  await call.store.roles.give(holder, await namedRoles(call, ownerOf))
  return done
}

/** Without a body every mapping goes, as with Keycloak. */
export const removeMappings = (holderOf: HolderOf, ownerOf: OwnerOf) => async (call: AdminCall) => {
  const { req, store } = call
  const holder = await holderOf(call)
  const { client } = await ownerOf(call)
  const all = req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined
  const given = async () => (await store.roles.given(holder)).filter((role) => role.client === client).map(({ id }) => id)
  await store.roles.take(holder, all ? await given() : await namedRoles(call, ownerOf))
  return done
}

export async function listUserGroups(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, query } = call
  const groups = pageOf(query, await store.roles.groupsOf(realm.name, (await findUser(call)).id))
  if (said(query, 'briefRepresentation') !== false) return ok(groups.map(toMemberGroup))
  return ok(await Promise.all(groups.map((group) => toGroup(call, group))))
}

export async function countUserGroups(call: AdminCall): Promise<AdminAnswer> {
  return ok({ count: (await call.store.roles.groupsOf(call.realm.name, (await findUser(call)).id)).length })
}

export async function joinGroup(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  if (!(await call.store.roles.join(call.realm.name, user.id, call.params.group as string))) throw NotFound({ what: 'Group not found' })
  return done
}

export async function leaveGroup(call: AdminCall): Promise<AdminAnswer> {
  await call.store.roles.leave((await findUser(call)).id, call.params.group as string)
  return done
}

/** Keycloak wants id and name, and both must be of one role. */
async function namedRoles(call: AdminCall, ownerOf: OwnerOf): Promise<string[]> {
  const wanted = await readList(call.req, 'RoleRepresentation')
  const known = new Map((await call.store.roles.list(await ownerOf(call))).map((role) => [role.id, role.name]))
  return wanted.map(({ id, name }) => {
    if (id === undefined || known.get(id) !== name) throw NotFound({ what: 'Role not found' })
    return id
  })
}
