// What the command line does to people's accounts, over the admin API that ensure uses: by who may, as the policy says, and on record before it is done.
import { addRoles, defaultRole, inRealm, type KeycloakClient, knownRoles, type LiveRole, rolesOfUser } from '#ensure/clients/keycloak'
import { type Action, decide } from '#kit/access'
import type { AuditFacts } from '#kit/audit'
import { AccessDenied, defineError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { REALM, ROLES } from '#platform/names'
import type { Asker } from '#runtime/audit'
import { createPolicy } from '#runtime/policy'

export const NoSuchPerson = defineError('user.none', 404, 'there is no user {user}', { hint: 'see `akko user list`' })
export const PersonExists = defineError('user.exists', 409, 'there is a user {user} already', { hint: 'see `akko user list`' })
export const LastAdministrator = defineError('user.last_administrator', 409, '{user} is the last open account with the role {role}', {
  hint: 'give the role to somebody else first: `akko user roles NAME --add {role}`',
})
export const NoSuchRole = defineError('user.no_role', 404, 'there is no role {role}', { hint: 'roles: {roles}' })

export interface PersonAccount {
  readonly username: string
  readonly email?: string
  readonly enabled: boolean
  readonly roles: readonly string[]
}

export interface PeopleAdmin {
  list(): Promise<PersonAccount[]>
  create(user: { readonly username: string; readonly email?: string; readonly roles: readonly string[] }, password: Secret): Promise<void>
  /** Sessions that are open stay so. */
  setPassword(username: string, password: Secret): Promise<void>
  /** @throws LastAdministrator */
  setEnabled(username: string, enabled: boolean): Promise<void>
  /** @throws LastAdministrator */
  changeRoles(username: string, change: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<void>
}

export interface PeopleAdminOptions {
  readonly keycloak: KeycloakClient
  readonly asker: Asker
  /** Keeps the event, or throws where it is of something that is then done. */
  record(facts: Omit<AuditFacts, 'who'>): Promise<void>
}

interface LiveUser {
  readonly id: string
  readonly username: string
  readonly email?: string
  readonly enabled: boolean
}

export function createPeopleAdmin({ keycloak, asker, record }: PeopleAdminOptions): PeopleAdmin {
  const policy = createPolicy()
  const users = (...path: string[]) => inRealm(REALM, 'users', ...path)

  /** The path is the account, and what of it. */
  async function assertMay(action: Action, path: readonly string[], reason?: string): Promise<void> {
    const caller = { sub: asker.username, roles: asker.roles, via: 'bearer' as const, requestId: requestId() }
    const { allow, reason: refusal } = await decide(policy, caller, action, { kind: 'user', path })
    const why = allow ? reason : refusal
    await record({
      what: { part: 'identity', action, kind: 'user', path },
      outcome: allow ? 'allowed' : 'denied',
      ...(why === undefined ? {} : { reason: why }),
    })
    if (!allow) throw AccessDenied({ user: asker.username, action, resource: `user ${path.join(' ')}`, reason: refusal })
  }

  /** Services' own accounts are not among them. */
  const all = async () => (await keycloak.read<LiveUser[]>(`${users()}?max=-1`)) ?? []
  const find = async (username: string) => {
    const found = (await all()).find((user) => user.username === username)
    if (!found) throw NoSuchPerson({ user: username })
    return found
  }
  const own = async (id: string) => (await rolesOfUser(keycloak, REALM, id)).filter((role) => NAMES.has(role))

  async function assertNotLast(user: LiveUser): Promise<void> {
    for (const other of await all()) if (other.id !== user.id && other.enabled && (await own(other.id)).includes(ROLES.admin)) return
    if ((await own(user.id)).includes(ROLES.admin)) throw LastAdministrator({ user: user.username, role: ROLES.admin })
  }

  async function named(names: readonly string[]): Promise<Pick<LiveRole, 'id' | 'name'>[]> {
    for (const role of names) if (!NAMES.has(role)) throw NoSuchRole({ role, roles: [...NAMES].join(', ') })
    return knownRoles(keycloak, REALM, names)
  }

  return {
    list: async () => {
      const caller = { sub: asker.username, roles: asker.roles, via: 'bearer' as const, requestId: requestId() }
      const seen: PersonAccount[] = []
      for (const { id, username, email, enabled } of await all())
        if ((await decide(policy, caller, 'list', { kind: 'user', path: [username] })).allow)
          seen.push({ username, ...(email === undefined ? {} : { email }), enabled, roles: await own(id) })
      return seen
    },
    create: async ({ username, email, roles }, password) => {
      await named(roles)
      await assertMay('create', [username], `with ${roles.join(', ')}`)
      if ((await all()).some((user) => user.username === username)) throw PersonExists({ user: username })
      const everybodys = await defaultRole(keycloak, REALM)
      const account = {
        ...{ username, enabled: true, emailVerified: true },
        ...(email === undefined ? {} : { email }),
        credentials: [{ type: 'password', value: password.reveal(), temporary: false }],
        realmRoles: everybodys === undefined ? roles : [everybodys, ...roles],
      }
      // The account with its roles, or nothing.
      await keycloak.write('POST', inRealm(REALM, 'partialImport'), { ifResourceExists: 'FAIL', users: [account] })
    },
    setPassword: async (username, password) => {
      await assertMay('write', [username, 'password'])
      const { id } = await find(username)
      await keycloak.write('PUT', users(id, 'reset-password'), { type: 'password', value: password.reveal(), temporary: false })
    },
    setEnabled: async (username, enabled) => {
      await assertMay('manage', [username, enabled ? 'enabled' : 'disabled'])
      const user = await find(username)
      if (!enabled && user.enabled) await assertNotLast(user)
      // Absent fields stay as they are.
      await keycloak.write('PUT', users(user.id), { enabled })
    },
    changeRoles: async (username, { add, remove }) => {
      const gone = await named(remove)
      await named(add)
      await assertMay('manage', [username, 'roles'], [...add.map((role) => `+${role}`), ...remove.map((role) => `-${role}`)].join(' '))
      const user = await find(username)
      if (user.enabled && remove.includes(ROLES.admin) && !add.includes(ROLES.admin)) await assertNotLast(user)
      if (gone.length > 0) await keycloak.write('DELETE', users(user.id, 'role-mappings', 'realm'), gone)
      await addRoles(keycloak, REALM, user.id, add)
    },
  }
}

/** The platform's own roles: no others are shown or given. */
const NAMES: ReadonlySet<string> = new Set(Object.values(ROLES))
