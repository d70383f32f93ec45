// Users and their passwords.

import { isEmail } from '#parts/identity/email'
import { BadEmail, Conflict, Malformed, NotFound, Refused } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readObject, wholeNumber } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertServed } from '#parts/identity/handlers/admin/served'
import { assertPassword, policyOf, setPassword } from '#parts/identity/password-policy'
import { hashPassword } from '#parts/identity/passwords'
import { isRequiredAction, REQUIRED_ACTIONS, type RequiredAction } from '#parts/identity/required-actions'
import type { FirstRights, Taken, User, UserChange } from '#parts/identity/store/users'

const UPDATE_PASSWORD: RequiredAction = 'UPDATE_PASSWORD'
const ACCESS = { manageGroupMembership: true, resetPassword: true, view: true, mapRoles: true, impersonate: true, manage: true }

function toUserRepresentation(user: User): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    firstName: user.firstName,
    lastName: user.lastName,
    email: user.email,
    emailVerified: user.emailVerified,
    enabled: user.enabled,
    createdTimestamp: user.createdAt,
    totp: user.totp,
    disableableCredentialTypes: [],
    requiredActions: user.requiredActions,
    notBefore: 0,
  }
}

export const toServiceAccount = toUserRepresentation

export async function listUsers({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const users = await store.users.list(realm.name, userQuery(query))
  return ok(users.map((user) => ({ ...toUserRepresentation(user), access: { manage: true } })))
}

export async function countUsers({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const { first: _first, max: _max, ...filter } = userQuery(query)
  return ok((await store.users.list(realm.name, filter)).length)
}

export async function getUser(call: AdminCall): Promise<AdminAnswer> {
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
  const password = passwordIn(body)
  const taken = await call.store.users.update(call.realm.name, user.id, changed(user, body))
  if (taken) throw userExists(taken)
  if (password) await set(call, { ...user, ...(body.username ? { username: body.username } : {}) }, password)
  return done
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

function userQuery(query: URLSearchParams) {
  const filter = (name: string) => query.get(name) ?? undefined
  const [username, email, search] = [filter('username'), filter('email'), filter('search')]
  const [first, max] = [wholeNumber(query.get('first')), wholeNumber(query.get('max'))]
  return {
    ...(username === undefined ? {} : { username }),
    ...(email === undefined ? {} : { email }),
    ...(search === undefined ? {} : { search }),
    exact: query.get('exact') === 'true',
    ...(first === undefined ? {} : { first }),
    max: max ?? 100,
  }
}

/** Fields that are absent or null stay as they are; '' clears. */
function changed(user: UserChange, body: UserBody): UserChange {
  const { username = user.username, email = user.email, firstName = user.firstName, lastName = user.lastName } = body
  const { enabled = user.enabled, emailVerified = user.emailVerified } = body
  if (body.email && !isEmail(body.email)) throw BadEmail({ email: body.email })
  const requiredActions = body.requiredActions ? actionsIn(body.requiredActions) : (user.requiredActions ?? [])
  return { username, email, emailVerified, firstName, lastName, enabled, requiredActions }
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
  const password = credentials.at(-1)
  return password && passwordOf(password)
}

function passwordOf({ temporary = false, value }: Representation<'CredentialRepresentation'>): GivenPassword {
  if (!value) throw Malformed({ what: 'No password provided' })
  return { value, temporary }
}

function set({ store, realm }: AdminCall, user: User, { value, temporary }: GivenPassword): Promise<void> {
  return setPassword(store, policyOf(realm.settings), user, value, temporary)
}

/** @throws Malformed */
export function actionsIn(names: readonly string[]): RequiredAction[] {
  const unknown = names.find((name) => !isRequiredAction(name))
  if (unknown !== undefined) throw Malformed({ what: `Required action ${unknown} is not served here: ${REQUIRED_ACTIONS.join(', ')} are` })
  return [...new Set(names.filter(isRequiredAction))]
}

async function groupIds(store: AdminCall['store'], realm: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const groups = await store.roles.groups(realm)
  return paths.map((path) => {
    const group = groups.find((g) => `/${g.name}` === path || g.name === path)
    if (!group) throw Malformed({ what: `Group ${path} does not exist` })
    return group.id
  })
}
