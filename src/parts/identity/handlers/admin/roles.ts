// Realm roles.

import { Conflict, Malformed, NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readObject, wholeNumber } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import type { RealmRole } from '#parts/identity/store/roles'

/** Lists leave the attributes out. */
export function toBriefRole(realmId: string, { attributes: _attributes, ...role }: RealmRole): Record<string, unknown> {
  return { ...role, composite: false, clientRole: false, containerId: realmId }
}

const toRole = (realmId: string, role: RealmRole) => ({ ...toBriefRole(realmId, role), attributes: role.attributes })

export async function listRoles({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const search = query.get('search')?.toLowerCase()
  const first = Math.max(wholeNumber(query.get('first')) ?? 0, 0)
  const max = wholeNumber(query.get('max')) ?? -1
  const roles = (await store.roles.list(realm.name)).filter((role) => !search || role.name.toLowerCase().includes(search))
  const page = roles.slice(first, max < 0 ? undefined : first + max)
  return ok(page.map((role) => (query.get('briefRepresentation') === 'false' ? toRole(realm.id, role) : toBriefRole(realm.id, role))))
}

export async function getRole(call: AdminCall): Promise<AdminAnswer> {
  return ok(toRole(call.realm.id, await findRole(call)))
}

export async function createRole({ store, realm, req, url }: AdminCall): Promise<AdminAnswer> {
  const role = fromBody(await readObject(req, 'RoleRepresentation'))
  if (!(await store.roles.create(realm.name, role))) throw Conflict({ what: `Role with name ${role.name} already exists` })
  return created(`${url}/${encodeURIComponent(role.name)}`)
}

export async function updateRole(call: AdminCall): Promise<AdminAnswer> {
  const current = await findRole(call)
  const body = await readObject(call.req, 'RoleRepresentation')
  const change = fromBody(body)
  const taken = change.name !== current.name && (await call.store.roles.find(call.realm.name, change.name))
  if (taken) throw Conflict({ what: `Role with name ${change.name} already exists` })
  const attributes = body.attributes === undefined ? current.attributes : change.attributes
  await call.store.roles.update(call.realm.name, current.name, { ...change, attributes })
  return done
}

export async function removeRole(call: AdminCall): Promise<AdminAnswer> {
  await call.store.roles.remove(call.realm.name, (await findRole(call)).name)
  return done
}

async function findRole({ store, realm, params }: AdminCall): Promise<RealmRole> {
  const role = await store.roles.find(realm.name, params.role as string)
  if (!role) throw NotFound({ what: 'Could not find role' })
  return role
}

function fromBody({ name, description, attributes = {} }: Representation<'RoleRepresentation'>): Omit<RealmRole, 'id'> {
  if (!name) throw Malformed({ what: 'role has no name' })
  return { name, ...(description === undefined ? {} : { description }), attributes: attributes as Record<string, string[]> }
}
