// Top-level groups.

import { Conflict, NotFound, Refused } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readObject } from '#parts/identity/handlers/admin/call'
import type { Group } from '#parts/identity/store/roles'

const ACCESS = { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true }

export function toGroup({ id, name }: Group): Record<string, unknown> {
  return { id, name, path: `/${name}`, subGroupCount: 0, subGroups: [] }
}

export async function listGroups({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const search = query.get('search')?.toLowerCase()
  const groups = (await store.roles.groups(realm.name)).filter((g) => !search || g.name.toLowerCase().includes(search))
  return ok(groups.map((group) => ({ ...toGroup(group), access: ACCESS })))
}

export async function createGroup({ store, realm, req, url }: AdminCall): Promise<AdminAnswer> {
  const { name } = await readObject(req, 'GroupRepresentation')
  if (!name) throw Refused({ what: 'Group name is missing' })
  const group = await store.roles.createGroup(realm.name, name)
  if (!group) throw Conflict({ what: `Top level group named '${name}' already exists.` })
  return created(`${url}/${group.id}`)
}

export async function removeGroup({ store, realm, params }: AdminCall): Promise<AdminAnswer> {
  if (!(await store.roles.removeGroup(realm.name, params.group as string))) throw NotFound({ what: 'Could not find group by id' })
  return done
}
