// What the command line does to people's accounts, over the admin API that ensure uses: by who may, as the policy says, and on record before it is done.
import { addRoles, defaultRole, inRealm, type KeycloakClient, knownRoles, liveRoles, rolesOfUser } from '#ensure/clients/keycloak'
import { type Action, decide } from '#kit/access'
import type { AuditFacts } from '#kit/audit'
import { AccessDenied, defineError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { REALM, ROLES } from '#platform/names'
import type { Asker } from '#runtime/audit'
import { type RoleByGroup, rolesByGroup } from '#runtime/group-roles'
import type { LivePolicy } from '#runtime/policy'
import { rolesOfPolicy, unknownRoles } from '#runtime/policy-roles'
import { recordedAct } from '#runtime/recorded-act'

export const NoSuchPerson = defineError('user.none', 404, 'there is no user {user}', { hint: 'see `akko user list`' })
export const PersonExists = defineError('user.exists', 409, 'there is a user {user} already', {
  hint: '`akko user reset {user}` gives a link with which the password is set, `akko user roles {user}` changes what the user may',
})
export const PersonDisabled = defineError('user.disabled', 409, '{user} is disabled', {
  hint: 'open the account first: `akko user enable {user}`',
})
export const NoSecondFactor = defineError('user.no_second_factor', 404, '{user} has no second factor', {
  hint: 'his password alone opens the account',
})
export const NoSuchGroup = defineError('group.none', 404, 'there is no group {group}', { hint: 'see `akko group ls`' })
export const GroupExists = defineError('group.exists', 409, 'there is a group {group} already', { hint: 'see `akko group ls`' })
export const LastAdministrator = defineError('user.last_administrator', 409, '{user} is the last open account with the role {role}', {
  hint: 'give the role to somebody else first: `akko user roles NAME --add {role}`',
})
export const NoSuchRole = defineError('user.no_role', 404, 'there is no role {role}', { hint: 'roles: {roles}' })

export interface PersonAccount {
  readonly username: string
  readonly email?: string
  readonly enabled: boolean
  readonly roles: readonly string[]
  /** Of a policy that was: they give nothing. */
  readonly unknownRoles: readonly string[]
  /** Those of the roles that the policy gives to groups of his. */
  readonly byGroup?: readonly RoleByGroup[]
}

export interface NewPerson {
  readonly username: string
  readonly email?: string
  readonly roles: readonly string[]
}

export interface OneTimeLink {
  readonly link: string
  /** Seconds since 1970. */
  readonly expires: number
  /** The address that the mail server has taken it for. */
  readonly sentTo?: string
  /** Why it was not sent, though it was to be. */
  readonly problem?: string
}

export interface PeopleAdmin {
  list(): Promise<PersonAccount[]>
  create(user: NewPerson, password: Secret, temporary?: boolean): Promise<void>
  /** An account without a password, and the link with which he sets it. */
  invite(user: NewPerson, hand?: boolean): Promise<OneTimeLink>
  /** A link with which he sets another; the old one is good until then. */
  reset(username: string, hand?: boolean): Promise<OneTimeLink>
  /** Takes the second factor away from who has lost it. */
  removeSecondFactor(username: string): Promise<void>
  groups(): Promise<string[]>
  createGroup(name: string): Promise<void>
  /** Its members are members no more. */
  removeGroup(name: string): Promise<void>
  /** The person's tokens of before a leave are not good any more. */
  changeMember(group: string, username: string, joins: boolean): Promise<void>
  /** Sessions that are open stay so. A temporary one is changed at the next login. */
  setPassword(username: string, password: Secret, temporary?: boolean): Promise<void>
  /** Browsers, terminals, and tokens that were got for him. */
  endSessions(username: string): Promise<void>
  /** @throws LastAdministrator */
  setEnabled(username: string, enabled: boolean): Promise<void>
  /** @throws LastAdministrator */
  changeRoles(username: string, change: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<void>
}

export interface PeopleAdminOptions {
  readonly keycloak: KeycloakClient
  readonly asker: Asker
  readonly policy: Pick<LivePolicy, 'authoriser' | 'inForce'>
  /** Keeps the event, or throws where it is of something that is then done; what only ends rights is done all the same. */
  record(facts: Omit<AuditFacts, 'who'>, does: 'change' | 'end'): Promise<void>
}

interface Credential {
  readonly id: string
  readonly type: string
}

interface LiveUser {
  readonly id: string
  readonly username: string
  readonly email?: string
  readonly enabled: boolean
}

export function createPeopleAdmin({ keycloak, asker, policy: { authoriser: policy, inForce }, record }: PeopleAdminOptions): PeopleAdmin {
  /** Those of the policy: no others are shown or given. */
  const names = rolesOfPolicy(inForce().model)
  const users = (...path: string[]) => inRealm(REALM, 'users', ...path)

  interface Deed {
    readonly action: Action
    /** The account, and what of it. */
    readonly path: readonly string[]
    readonly reason?: string
    readonly does?: 'change' | 'end'
  }

  /** Who may not is refused; what may be is on record before it is done, and where it then is not. @throws AccessDenied */
  async function asAllowed<T>({ action, path, reason, does = 'change' }: Deed, act: () => Promise<T>): Promise<T> {
    const caller = { sub: asker.username, roles: asker.roles, via: 'bearer' as const, requestId: requestId() }
    const { allow, reason: refusal } = await decide(policy, caller, action, { kind: 'user', path })
    const why = allow ? reason : refusal
    const facts = { what: { part: 'identity', action, kind: 'user', path }, ...(why === undefined ? {} : { reason: why }) }
    if (allow) return recordedAct((event) => record(event, does), facts, act)
    await record({ ...facts, outcome: 'denied' }, does)
    throw AccessDenied({ user: asker.username, action, resource: `user ${path.join(' ')}`, reason: refusal })
  }

  /** Services' own accounts are not among them. */
  const all = async () => (await keycloak.read<LiveUser[]>(`${users()}?max=-1`)) ?? []
  const find = async (username: string) => {
    const found = (await all()).find((user) => user.username === username)
    if (!found) throw NoSuchPerson({ user: username })
    return found
  }
  const held = async (id: string) => {
    const all = await rolesOfUser(keycloak, REALM, id)
    return { roles: all.filter((role) => names.has(role)), unknownRoles: unknownRoles(names, all) }
  }
  const own = async (id: string) => (await held(id)).roles

  /** With those that come by groups and by other roles. */
  async function allOf(id: string): Promise<Pick<PersonAccount, 'roles' | 'unknownRoles' | 'byGroup'>> {
    const roles = ((await keycloak.read<{ name: string }[]>(users(id, 'role-mappings', 'realm', 'composite'))) ?? []).map(
      ({ name }) => name,
    )
    const policy = inForce()
    const paths = policy.model.groupRoles === undefined ? [] : ((await keycloak.read<{ path: string }[]>(users(id, 'groups'))) ?? [])
    const byGroup = rolesByGroup(
      policy,
      paths.map(({ path }) => path),
    )
    const { unknownRoles } = await held(id)
    return { roles: roles.filter((role) => names.has(role)), unknownRoles, ...(byGroup.length > 0 ? { byGroup } : {}) }
  }

  const groups = async () => (await keycloak.read<{ id: string; name: string }[]>(`${inRealm(REALM, 'groups')}?max=-1`)) ?? []
  const group = async (name: string) => {
    const found = (await groups()).find((known) => known.name === name)
    if (!found) throw NoSuchGroup({ group: name })
    return found
  }

  async function assertNotLast(user: LiveUser): Promise<void> {
    for (const other of await all()) if (other.id !== user.id && other.enabled && (await own(other.id)).includes(ROLES.admin)) return
    if ((await own(user.id)).includes(ROLES.admin)) throw LastAdministrator({ user: user.username, role: ROLES.admin })
  }

  function assertNames(roles: readonly string[]): void {
    for (const role of roles) if (!names.has(role)) throw NoSuchRole({ role, roles: [...names].join(', ') })
  }

  /** The realm is told of a role of the policy's when it is first named. */
  async function makeRoles(roles: readonly string[]): Promise<void> {
    const known = await liveRoles(keycloak, REALM)
    const missing = roles.filter((name) => !known.has(name))
    for (const name of missing)
      await keycloak.write('POST', inRealm(REALM, 'roles'), { name, description: 'Of the policy' }).catch(async (error: unknown) => {
        // Another account with this role may be made at the same time.
        keycloak.memo.forget('roles')
        if (!(await liveRoles(keycloak, REALM)).has(name)) throw error
      })
    if (missing.length > 0) keycloak.memo.forget('roles')
  }

  /** The account with its roles, or nothing. */
  async function make({ username, email, roles }: NewPerson, first: object, how: readonly string[]): Promise<void> {
    assertNames(roles)
    await asAllowed({ action: 'create', path: [username], reason: [`with ${roles.join(', ')}`, ...how].join(', ') }, async () => {
      if ((await all()).some((user) => user.username === username)) throw PersonExists({ user: username })
      await makeRoles(roles)
      const everybodys = await defaultRole(keycloak, REALM)
      const account = {
        ...{ username, enabled: true, emailVerified: true, ...first },
        ...(email === undefined ? {} : { email }),
        realmRoles: everybodys === undefined ? roles : [everybodys, ...roles],
      }
      await keycloak.write('POST', inRealm(REALM, 'partialImport'), { ifResourceExists: 'FAIL', users: [account] })
    })
  }

  /** Sent where it can be, unless it is to be handed over. */
  async function link(username: string, hand = false): Promise<OneTimeLink> {
    const user = await find(username)
    if (!user.enabled) throw PersonDisabled({ user: username })
    return (await keycloak.write<OneTimeLink>('POST', `${users(user.id, 'action-link')}?send=${!hand}`)).body
  }

  return {
    list: async () => {
      const caller = { sub: asker.username, roles: asker.roles, via: 'bearer' as const, requestId: requestId() }
      const seen: PersonAccount[] = []
      for (const { id, username, email, enabled } of await all())
        if ((await decide(policy, caller, 'list', { kind: 'user', path: [username] })).allow)
          seen.push({ username, ...(email === undefined ? {} : { email }), enabled, ...(await allOf(id)) })
      return seen
    },
    create: (user, password, temporary = false) =>
      make(user, { credentials: [{ type: 'password', value: password.reveal(), temporary }] }, []),
    invite: async (user, hand) => {
      await make(user, { requiredActions: ['UPDATE_PASSWORD'], emailVerified: false }, ['by a one-time link'])
      return link(user.username, hand)
    },
    reset: (username, hand) =>
      asAllowed({ action: 'manage', path: [username, 'password'], reason: 'by a one-time link' }, () => link(username, hand)),
    removeSecondFactor: (username) =>
      asAllowed({ action: 'manage', path: [username, 'second factor'], reason: 'off' }, async () => {
        const { id } = await find(username)
        const otp = ((await keycloak.read<Credential[]>(users(id, 'credentials'))) ?? []).filter(({ type }) => type === 'otp')
        if (otp.length === 0) throw NoSecondFactor({ user: username })
        for (const { id: credential } of otp) await keycloak.write('DELETE', users(id, 'credentials', credential))
      }),
    groups: () => asAllowed({ action: 'list', path: ['groups'] }, async () => (await groups()).map(({ name }) => name)),
    createGroup: (name) =>
      asAllowed({ action: 'manage', path: ['groups', name], reason: 'made' }, async () => {
        if ((await groups()).some((group) => group.name === name)) throw GroupExists({ group: name })
        await keycloak.write('POST', inRealm(REALM, 'groups'), { name })
      }),
    removeGroup: (name) =>
      asAllowed({ action: 'manage', path: ['groups', name], reason: 'removed' }, async () => {
        await keycloak.write('DELETE', inRealm(REALM, 'groups', (await group(name)).id))
      }),
    changeMember: (name, username, joins) =>
      asAllowed({ action: 'manage', path: [username, 'groups'], reason: `${joins ? '+' : '-'}${name}` }, async () => {
        const [{ id: of }, { id }] = [await group(name), await find(username)]
        await keycloak.write(joins ? 'PUT' : 'DELETE', users(id, 'groups', of))
      }),
    setPassword: (username, password, temporary = false) =>
      asAllowed({ action: 'write', path: [username, 'password'], ...(temporary ? { reason: 'a temporary one' } : {}) }, async () => {
        const { id } = await find(username)
        await keycloak.write('PUT', users(id, 'reset-password'), { type: 'password', value: password.reveal(), temporary })
      }),
    endSessions: (username) =>
      asAllowed({ action: 'write', path: [username, 'sessions'], does: 'end' }, async () => {
        const { id } = await find(username)
        await keycloak.write('POST', users(id, 'logout'))
      }),
    setEnabled: (username, enabled) =>
      asAllowed({ action: 'manage', path: [username, enabled ? 'enabled' : 'disabled'] }, async () => {
        const user = await find(username)
        if (!enabled && user.enabled) await assertNotLast(user)
        // Absent fields stay as they are.
        await keycloak.write('PUT', users(user.id), { enabled })
      }),
    changeRoles: async (username, { add, remove }) => {
      assertNames(add)
      const reason = [...add.map((role) => `+${role}`), ...remove.map((role) => `-${role}`)].join(' ')
      await asAllowed({ action: 'manage', path: [username, 'roles'], reason }, async () => {
        const user = await find(username)
        const foreign = remove.filter((role) => !names.has(role))
        if (foreign.length > 0) {
          const { unknownRoles } = await held(user.id)
          assertNames(foreign.filter((role) => !unknownRoles.includes(role)))
        }
        if (user.enabled && remove.includes(ROLES.admin) && !add.includes(ROLES.admin)) await assertNotLast(user)
        await makeRoles([...add, ...remove])
        const gone = await knownRoles(keycloak, REALM, remove)
        if (gone.length > 0) await keycloak.write('DELETE', users(user.id, 'role-mappings', 'realm'), gone)
        await addRoles(keycloak, REALM, user.id, add)
      })
    },
  }
}
