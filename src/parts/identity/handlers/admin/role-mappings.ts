// Which realm roles and groups a user has.

import { NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, done, ok, readList } from '#parts/identity/handlers/admin/call'
import { toGroup } from '#parts/identity/handlers/admin/groups'
import { toBriefRole } from '#parts/identity/handlers/admin/roles'
import { findUser } from '#parts/identity/handlers/admin/users'
import type { RealmRole } from '#parts/identity/store/roles'

const brief = (call: AdminCall, roles: readonly RealmRole[]) => roles.map((role) => toBriefRole(call.realm.id, role))

export async function listMappings(call: AdminCall): Promise<AdminAnswer> {
  return ok(brief(call, await call.store.roles.ofUser((await findUser(call)).id)))
}

export async function allMappings(call: AdminCall): Promise<AdminAnswer> {
  const roles = brief(call, await call.store.roles.ofUser((await findUser(call)).id))
  return ok(roles.length > 0 ? { realmMappings: roles } : {})
}

export async function availableMappings(call: AdminCall): Promise<AdminAnswer> {
  const mapped = new Set((await findUser(call)).realmRoles)
  return ok(
    brief(
      call,
      (await call.store.roles.list(call.realm.name)).filter((role) => !mapped.has(role.name)),
    ),
  )
}

export async function addMappings(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  await call.store.users.addRoles(user.id, await namedRoles(call))
  return done
}

/** Without a body every mapping goes, as with Keycloak. */
export async function removeMappings(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  const all = call.req.headers['content-length'] === undefined && call.req.headers['transfer-encoding'] === undefined
  const ids = all ? (await call.store.roles.ofUser(user.id)).map((role) => role.id) : await namedRoles(call)
  await call.store.users.removeRoles(user.id, ids)
  return done
}

export async function listUserGroups(call: AdminCall): Promise<AdminAnswer> {
  return ok((await call.store.roles.groupsOf((await findUser(call)).id)).map(toGroup))
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
async function namedRoles(call: AdminCall): Promise<string[]> {
  const wanted = await readList(call.req, 'RoleRepresentation')
  const known = new Map((await call.store.roles.list(call.realm.name)).map((role) => [role.id, role.name]))
  return wanted.map(({ id, name }) => {
    if (id === undefined || known.get(id) !== name) throw NotFound({ what: 'Role not found' })
    return id
  })
}
