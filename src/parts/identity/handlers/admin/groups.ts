// Groups, in a tree.

import { Conflict, NotFound, Refused, UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, pageOf, readObject, said } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertStanding } from '#parts/identity/handlers/admin/served'
import { toUserRepresentation } from '#parts/identity/handlers/admin/users'
import type { Group, GroupChange, Role } from '#parts/identity/store/roles'

const ACCESS = { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true }

/** As a user or a role names it. */
export function toMemberGroup({ id, name, path, description, parent }: Group): Record<string, unknown> {
  return {
    ...{ id, name, path, subGroups: [] },
    ...(description === undefined ? {} : { description }),
    ...(parent === undefined ? {} : { parentId: parent }),
  }
}

const toListed = (group: Group, subGroups: readonly unknown[] = []) => ({
  ...{ ...toMemberGroup(group), subGroupCount: group.children, subGroups },
  access: ACCESS,
})

/** With its attributes and roles. */
export async function toGroup({ store, realm }: AdminCall, group: Group): Promise<Record<string, unknown>> {
  const roles = await store.roles.given({ group: group.id })
  const names = (of: readonly Role[]) => of.map(({ name }) => name)
  const clientRoles: Record<string, string[]> = {}
  for (const [id, of] of Map.groupBy(roles, ({ client }) => client)) {
    const client = id === undefined ? undefined : await store.clients.get(realm.name, id)
    if (client) clientRoles[client.clientId] = names(of)
  }
  const realmRoles = names(roles.filter(({ client }) => client === undefined))
  return { ...toMemberGroup(group), subGroupCount: group.children, attributes: group.attributes, realmRoles, clientRoles }
}

const whole = async (call: AdminCall, groups: readonly Group[]) =>
  Promise.all(groups.map(async (group) => ({ ...(await toGroup(call, group)), access: ACCESS })))

/** Those at the top; with a search those that have what is found below them, down to it. */
export async function listGroups(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, query } = call
  for (const name of ['q', 'populateHierarchy'])
    if (query.has(name) && !said(query, name)) throw UnservedField({ field: name, why: 'is not served here' })
  const all = await store.roles.groups(realm.name)
  const found = finder(query)
  const below = Map.groupBy(all, ({ parent }) => parent)
  const branch = (group: Group): Record<string, unknown>[] => {
    const subGroups = (below.get(group.id) ?? []).flatMap(branch)
    return found(group) || subGroups.length > 0 ? [toListed(group, subGroups)] : []
  }
  const top = below.get(undefined) ?? []
  const searched = query.get('search')
  if (searched) {
    const page = pageOf(
      query,
      top.filter((group) => branch(group).length > 0),
    )
    if (said(query, 'briefRepresentation') !== false) return ok(page.flatMap(branch))
    const wholes = await whole(call, page)
    return ok(wholes.map((group, i) => ({ ...group, subGroups: branch(page[i] as Group)[0]?.subGroups ?? [] })))
  }
  const page = pageOf(query, top)
  return ok(said(query, 'briefRepresentation') === false ? await whole(call, page) : page.map((group) => toListed(group)))
}

function finder(query: URLSearchParams): (group: Group) => boolean {
  const search = query.get('search')?.toLowerCase()
  if (!search) return () => true
  const exact = said(query, 'exact')
  return ({ name }) => (exact ? name.toLowerCase() === search : name.toLowerCase().includes(search))
}

export async function countGroups({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const groups = (await store.roles.groups(realm.name)).filter(finder(query))
  return ok({ count: said(query, 'top') ? groups.filter(({ parent }) => parent === undefined).length : groups.length })
}

export async function getGroup(call: AdminCall): Promise<AdminAnswer> {
  return ok((await whole(call, [await findGroup(call)]))[0])
}

export async function listChildren(call: AdminCall): Promise<AdminAnswer> {
  const { id } = await findGroup(call)
  const search = finder(call.query)
  const children = (await call.store.roles.groups(call.realm.name)).filter((group) => group.parent === id && search(group))
  const page = pageOf(call.query, children)
  return ok(said(call.query, 'briefRepresentation') ? page.map((group) => toListed(group)) : await whole(call, page))
}

export async function getGroupByPath(call: AdminCall): Promise<AdminAnswer> {
  const path = call.params.path?.replace(/^\/?/, '/')
  const group = (await call.store.roles.groups(call.realm.name)).find((one) => one.path === path)
  if (!group) throw NotFound({ what: 'Group path does not exist' })
  return ok(await toGroup(call, group))
}

export async function listMembers(call: AdminCall): Promise<AdminAnswer> {
  const ids = await call.store.roles.members((await findGroup(call)).id)
  const users = await call.store.users.list(call.realm.name, { ids, max: -1 })
  return ok(pageOf(call.query, users).map((user) => toUserRepresentation(user)))
}

export async function createGroup({ store, realm, req, url }: AdminCall): Promise<AdminAnswer> {
  const body = await readObject(req, 'GroupRepresentation')
  assertStanding('parentId', body.parentId, undefined)
  const group = fromBody(body)
  const made = await store.roles.createGroup(realm.name, group)
  if (!made) throw Conflict({ what: `Top level group named '${group.name}' already exists.` })
  return created(`${url}/${made.id}`)
}

export async function createChild(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, req, url } = call
  const parent = await findGroup(call)
  const body = await readObject(req, 'GroupRepresentation')
  if (body.id !== undefined) throw UnservedField({ field: 'id', why: 'is not served here: a group stays where it was made' })
  const group = fromBody(body)
  const made = await store.roles.createGroup(realm.name, group, parent.id)
  if (!made) throw siblingExists(group)
  const { subGroupCount: _none, ...shown } = await toGroup(call, (await store.roles.group(realm.name, made.id)) as Group)
  return { ...created(`${url.replace(/[^/]+\/children$/, '')}${made.id}`), body: { ...shown, access: ACCESS } }
}

export async function updateGroup(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, req } = call
  const group = await findGroup(call)
  const { name = group.name, description = group.description, attributes } = await readObject(req, 'GroupRepresentation')
  const change = fromBody({ name, ...(description === undefined ? {} : { description }), attributes: attributes ?? group.attributes })
  if (!(await store.roles.updateGroup(realm.name, group.id, change))) throw siblingExists(change)
  return done
}

export async function removeGroup({ store, realm, params }: AdminCall): Promise<AdminAnswer> {
  if (!(await store.roles.removeGroup(realm.name, params.group as string))) throw noGroup()
  return done
}

export async function findGroup({ store, realm, params }: AdminCall): Promise<Group> {
  const group = await store.roles.group(realm.name, params.group as string)
  if (!group) throw noGroup()
  return group
}

const noGroup = () => NotFound({ what: 'Could not find group by id' })
const siblingExists = ({ name }: GroupChange) => Conflict({ what: `Sibling group named '${name}' already exists.` })

function fromBody({ name, description, attributes = {} }: Representation<'GroupRepresentation'>): GroupChange {
  if (!name) throw Refused({ what: 'Group name is missing' })
  if (name.includes('/')) throw Refused({ what: 'Group name must not hold a slash: it parts the names of a path' })
  return { name, ...(description === undefined ? {} : { description }), attributes: attributes as Record<string, string[]> }
}
