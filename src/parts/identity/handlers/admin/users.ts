// Users and their passwords.

import { isEmail } from '#parts/identity/email'
import { BadEmail, Conflict, Malformed, NotFound, Refused, UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readObject, said, wholeNumber } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertServed } from '#parts/identity/handlers/admin/served'
import { assertPassword, policyOf, setPassword } from '#parts/identity/password-policy'
import { hashPassword } from '#parts/identity/passwords'
import { isRequiredAction, REQUIRED_ACTIONS, type RequiredAction } from '#parts/identity/required-actions'
import type { Store } from '#parts/identity/store/index'
import { createPasswordStore } from '#parts/identity/store/passwords'
import type { Realm } from '#parts/identity/store/realms'
import { createUserStore, type FirstRights, type Taken, type User, type UserChange, type UserQuery } from '#parts/identity/store/users'

const UPDATE_PASSWORD: RequiredAction = 'UPDATE_PASSWORD'
const ACCESS = { manageGroupMembership: true, resetPassword: true, view: true, mapRoles: true, impersonate: true, manage: true }

/** As lists show it. */
export const toListedUser = (user: User): Record<string, unknown> => ({ ...toUserRepresentation(user), access: { manage: true } })

export function toUserRepresentation(user: User, brief = false): Record<string, unknown> {
  const shown = {
    id: user.id,
    username: user.username,
    firstName: user.firstName,
    lastName: user.lastName,
    email: user.email,
    emailVerified: user.emailVerified,
    enabled: user.enabled,
    createdTimestamp: user.createdAt,
  }
  if (brief) return shown
  return {
    ...shown,
    ...(Object.keys(user.attributes).length > 0 ? { attributes: user.attributes } : {}),
    totp: user.totp,
    disableableCredentialTypes: [],
    requiredActions: user.requiredActions,
    notBefore: user.notBefore,
  }
}

export const toServiceAccount = (user: User) => toUserRepresentation(user)

export async function listUsers({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const users = await store.users.list(realm.name, userQuery(query))
  const brief = said(query, 'briefRepresentation')
  return ok(users.map((user) => ({ ...toUserRepresentation(user, brief), access: { manage: true } })))
}

export async function countUsers({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  return ok(await store.users.count(realm.name, userQuery(query)))
}

export async function getUser(call: AdminCall): Promise<AdminAnswer> {
  assertServedQuery(call.query, ['userProfileMetadata'])
  return ok({ ...toUserRepresentation(await findUser(call)), access: ACCESS })
}

/** Ignores realmRoles, as Keycloak does; honours groups and credentials. */
export async function createUser({ store, realm, req, url }: AdminCall): Promise<AdminAnswer> {
  const { user, rights } = await newUserOf(store, realm, await readObject(req, 'UserRepresentation'))
  const result = await store.users.create(realm.name, user, rights)
  if ('taken' in result) throw userExists(result.taken)
  return created(`${url}/${result.id}`)
}

/** An account as a UserRepresentation wants it, all but its roles. */
export async function newUserOf(store: AdminCall['store'], realm: AdminCall['realm'], body: UserBody): Promise<NewUser> {
  const { username, groups: paths = [] } = body
  if (!username) throw Refused({ what: 'User name is missing' })
  const first = passwordIn(body)
  if (first) assertPassword(policyOf(realm.settings), first.value, { username, email: body.email })
  const { requiredActions = [], ...user } = changed({ username, enabled: false, emailVerified: false }, body)
  const groups = await groupIds(store, realm.name, paths)
  return {
    user: { ...user, requiredActions: first?.temporary ? [...new Set([...requiredActions, UPDATE_PASSWORD])] : requiredActions },
    rights: { ...(first ? { passwordHash: await hashPassword(first.value) } : {}), groupIds: groups },
  }
}

type UserBody = Representation<'UserRepresentation'>

interface NewUser {
  readonly user: UserChange
  readonly rights: FirstRights
}

export async function updateUser(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  const body = await readObject(call.req, 'UserRepresentation')
  assertAbsent(body, 'realmRoles', 'role-mappings/realm')
  assertAbsent(body, 'groups', 'groups')
  const password = passwordIn(body)
  const change = changed(user, body)
  await call.store.db.transaction(async (db) => {
    const taken = await createUserStore(db).update(call.realm.name, user.id, change)
    if (taken) throw userExists(taken)
    const holder = { ...change, id: user.id }
    if (password) await set({ realm: call.realm, store: { passwords: createPasswordStore(db) } }, holder, password)
  })
  return done
}

/** Keycloak has another address for it; here it is not dropped in silence. @throws UnservedField */
function assertAbsent(body: UserBody, field: 'groups' | 'realmRoles', path: string): void {
  if ((body[field] ?? []).length > 0) throw UnservedField({ field, why: `is not served here: it is changed at users/ID/${path}` })
}

export async function removeUser(call: AdminCall): Promise<AdminAnswer> {
  await call.store.users.remove(call.realm.name, (await findUser(call)).id)
  return done
}

export async function resetPassword(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  await set(call, user, passwordOf(await readObject(call.req, 'CredentialRepresentation')))
  return done
}

/** Every session of the user's, with all tokens that were made from them or for him. */
export async function logOutUser(call: AdminCall): Promise<AdminAnswer> {
  await call.store.endSessions(call.realm.name, (await findUser(call)).id)
  return done
}

export async function findUser({ store, realm, params }: AdminCall): Promise<User> {
  const user = await store.users.get(realm.name, params.user as string)
  if (!user) throw NotFound({ what: 'User not found' })
  return user
}

/** Keycloak's parameters that are not served: to leave them out would show others than were asked for. */
function assertServedQuery(query: URLSearchParams, names: readonly string[]): void {
  for (const field of names) {
    const value = query.get(field)?.toLowerCase()
    if (value && value !== 'false') throw UnservedField({ field, why: 'is not served here' })
  }
}

function userQuery(query: URLSearchParams): UserQuery {
  assertServedQuery(query, ['idpAlias', 'idpUserId', 'createdAfter', 'createdBefore'])
  const texts = ['username', 'email', 'firstName', 'lastName', 'search'].flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  const flags = ['enabled', 'emailVerified'].flatMap((name) => {
    const value = said(query, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const first = wholeNumber(query.get('first'))
  return {
    ...Object.fromEntries([...texts, ...flags]),
    attributes: attributesIn(query.get('q') ?? ''),
    exact: said(query, 'exact') === true,
    ...(first === undefined ? {} : { first }),
    max: wholeNumber(query.get('max')) ?? 100,
  }
}

/** Keycloak's `q`: `name:value` with spaces between them, either in quotes where it holds one. */
export function attributesIn(q: string): (readonly [string, string])[] {
  const words = [...q.matchAll(/(?:"([^"]*)"|([^\s:"]+)):(?:"([^"]*)"|(\S*))/g)]
  if (q.trim() !== '' && words.length === 0) throw Malformed({ what: 'q is name:value, with spaces between several' })
  return words.map(([, quoted, name, quotedValue, value]) => [quoted ?? name ?? '', quotedValue ?? value ?? ''] as const)
}

/** Keycloak's user profile holds them as attributes too. */
const OWN_FIELDS = new Set(['username', 'email', 'firstName', 'lastName'])

/** Fields that are absent or null stay as they are; '' clears. With attributes the profile is whole, as in Keycloak: what is absent goes. */
function changed(user: UserChange, body: UserBody): UserChange {
  const kept: Partial<UserChange> = body.attributes === undefined ? user : {}
  const { username = user.username, email = kept.email, firstName = kept.firstName, lastName = kept.lastName } = body
  const { enabled = user.enabled, emailVerified = user.emailVerified } = body
  if (body.email && !isEmail(body.email)) throw BadEmail({ email: body.email })
  const requiredActions = body.requiredActions ? actionsIn(body.requiredActions) : (user.requiredActions ?? [])
  const own = Object.keys(body.attributes ?? {}).find((name) => OWN_FIELDS.has(name))
  if (own !== undefined) throw UnservedField({ field: `attributes.${own}`, why: `is a field of its own here: ${own}` })
  const attributes = (body.attributes as UserChange['attributes']) ?? user.attributes ?? {}
  return { username, email, emailVerified, firstName, lastName, enabled, requiredActions, attributes }
}

function userExists(taken: Taken) {
  return Conflict({ what: `User exists with same ${taken}` })
}

interface GivenPassword {
  readonly value: string
  /** Another one is chosen at the next login. */
  readonly temporary: boolean
}

function passwordIn({ credentials = [] }: UserBody): GivenPassword | undefined {
  for (const credential of credentials) assertServed('CredentialRepresentation', credential)
  const [password, ...more] = credentials
  if (more.length > 0) throw UnservedField({ field: 'credentials', why: 'hold one password here' })
  return password && passwordOf(password)
}

function passwordOf({ temporary = false, value }: Representation<'CredentialRepresentation'>): GivenPassword {
  if (!value) throw Malformed({ what: 'No password provided' })
  return { value, temporary }
}

function set(
  { store, realm }: { readonly realm: Realm; readonly store: Pick<Store, 'passwords'> },
  user: Pick<User, 'id' | 'username'> & Pick<UserChange, 'email'>,
  { value, temporary }: GivenPassword,
): Promise<void> {
  return setPassword(store, policyOf(realm.settings), user, value, temporary)
}

/** @throws Malformed */
export function actionsIn(names: readonly string[]): RequiredAction[] {
  const unknown = names.find((name) => !isRequiredAction(name))
  if (unknown !== undefined)
    throw UnservedField({ field: 'requiredActions', why: `may hold ${REQUIRED_ACTIONS.join(', ')} here, not ${unknown}` })
  return [...new Set(names.filter(isRequiredAction))]
}

async function groupIds(store: AdminCall['store'], realm: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const groups = await store.roles.groups(realm)
  return paths.map((path) => {
    const group = groups.find((g) => g.path === path || g.path === `/${path}`)
    if (!group) throw Malformed({ what: `Group ${path} does not exist` })
    return group.id
  })
}
