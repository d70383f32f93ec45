// What akko user does at a real identity part: by whom, and what stands in the audit.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createKeycloakClient } from '#ensure/clients/keycloak'
import type { AuditFacts } from '#kit/audit'
import { Secret } from '#kit/secret'
import { ADMIN, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'
import { ROLES } from '#platform/names'
import { createPeopleAdmin, type PeopleAdmin } from '#runtime/people-admin'
import { createPolicy, SHIPPED } from '#runtime/policy'

let identity: TestIdentity
let groupRoles: Record<string, string[]> = {}
const told: string[] = []
const record = async ({ what, outcome, reason }: Omit<AuditFacts, 'who'>) =>
  void told.push(`${outcome}: ${what.action} ${what.kind} ${what.path.join('/')}${reason === undefined ? '' : ` (${reason})`}`)

function as(username: string, ...roles: string[]): PeopleAdmin {
  const keycloak = createKeycloakClient({ url: identity.base, admin: { username: ADMIN.username, password: new Secret(ADMIN.password) } })
  return createPeopleAdmin({ keycloak, asker: { username, roles }, policy: createPolicy(), record })
}

const root = () => as('root', ROLES.admin)
beforeAll(async () => {
  identity = await startTestIdentity({ groupRoles: () => groupRoles })
  for (const name of Object.values(ROLES)) await identity.admin('POST', '/akko/roles', { name })
  await root().create({ username: 'root', roles: [ROLES.admin] }, new Secret('root-1 of eight'))
  await root().create({ username: 'ada', email: 'ada@example.org', roles: [ROLES.viewer] }, new Secret('ada-1 of eight'))
})
afterAll(() => identity?.stop())
beforeEach(() => {
  told.length = 0
})

it('lists everybody to administrators, and each person only himself', async () => {
  expect(await root().list()).toEqual([
    { username: 'ada', email: 'ada@example.org', enabled: true, roles: [ROLES.viewer], unknownRoles: [] },
    { username: 'root', enabled: true, roles: [ROLES.admin], unknownRoles: [] },
  ])
  expect((await as('ada', ROLES.viewer).list()).map(({ username }) => username)).toEqual(['ada'])
})

it('records whose account is changed, and what of it', async () => {
  await root().setPassword('ada', new Secret('ada-2 of eight'))
  await root().endSessions('ada')
  await root().setEnabled('ada', false)
  expect((await root().list())[0]?.enabled).toBe(false)
  await root().setEnabled('ada', true)
  await root().changeRoles('ada', { add: [ROLES.analyst], remove: [ROLES.viewer] })
  expect((await root().list())[0]).toMatchObject({ enabled: true, email: 'ada@example.org', roles: [ROLES.analyst] })
  expect(told).toEqual([
    'allowed: write user ada/password',
    'allowed: write user ada/sessions',
    'allowed: manage user ada/disabled',
    'allowed: manage user ada/enabled',
    'allowed: manage user ada/roles (+akko-analyst -akko-viewer)',
  ])
})

it('lets a person change his own password and end his own sessions, and nothing else', async () => {
  const ada = as('ada', ROLES.analyst)
  await ada.setPassword('ada', new Secret('ada-3 of eight'))
  await ada.endSessions('ada')
  const denied = { code: 'access.denied' }
  await expect(ada.endSessions('root')).rejects.toMatchObject(denied)
  await expect(ada.setPassword('root', new Secret('stolen of eight'))).rejects.toMatchObject(denied)
  await expect(ada.setEnabled('root', false)).rejects.toMatchObject(denied)
  await expect(ada.changeRoles('ada', { add: [ROLES.admin], remove: [] })).rejects.toMatchObject(denied)
  await expect(ada.create({ username: 'eve', roles: [ROLES.admin] }, new Secret('eve of eight'))).rejects.toMatchObject(denied)
  expect(told.map((line) => line.replace(/ \(.*/, ''))).toEqual([
    'allowed: write user ada/password',
    'allowed: write user ada/sessions',
    'denied: write user root/sessions',
    'denied: write user root/password',
    'denied: manage user root/disabled',
    'denied: manage user ada/roles',
    'denied: create user eve',
  ])
  expect((await root().list()).map(({ username, enabled, roles }) => [username, enabled, roles])).toEqual([
    ['ada', true, [ROLES.analyst]],
    ['root', true, [ROLES.admin]],
  ])
})

it('refuses what would leave nobody who may do this, an unknown name and an unknown role', async () => {
  await expect(root().setEnabled('root', false)).rejects.toMatchObject({ code: 'user.last_administrator' })
  await expect(root().changeRoles('root', { add: [], remove: [ROLES.admin] })).rejects.toMatchObject({ code: 'user.last_administrator' })
  await expect(root().setPassword('nobody', new Secret('x of eight'))).rejects.toMatchObject({ code: 'user.none' })
  await expect(root().endSessions('nobody')).rejects.toMatchObject({ code: 'user.none' })
  await expect(root().changeRoles('ada', { add: ['akko-king'], remove: [] })).rejects.toMatchObject({ code: 'user.no_role' })
  await expect(root().create({ username: 'ada', roles: [ROLES.user] }, new Secret('x of eight'))).rejects.toMatchObject({
    code: 'user.exists',
    hint: expect.stringContaining('akko user reset ada'),
  })
  const last = 'root is the last open account with the role akko-admin'
  expect(told).toEqual([
    'allowed: manage user root/disabled',
    `failed: manage user root/disabled (${last})`,
    'allowed: manage user root/roles (-akko-admin)',
    `failed: manage user root/roles (-akko-admin: ${last})`,
    'allowed: write user nobody/password',
    'failed: write user nobody/password (there is no user nobody)',
    'allowed: write user nobody/sessions',
    'failed: write user nobody/sessions (there is no user nobody)',
    'allowed: create user ada (with akko-user)',
    'failed: create user ada (with akko-user: there is a user ada already)',
  ])
  await root().changeRoles('ada', { add: [ROLES.admin], remove: [] })
  await root().setEnabled('root', false)
  expect((await root().list()).find(({ username }) => username === 'root')?.enabled).toBe(false)
  await root().setEnabled('root', true)
})

it('invites by a link, and lets administrators alone reset a password by one', async () => {
  const { link, sentTo } = await root().invite({ username: 'ivo', email: 'ivo@example.org', roles: [ROLES.user] })
  expect([link.includes('/realms/akko/login-actions/action-token?key='), sentTo]).toEqual([true, undefined])
  expect((await root().list()).find(({ username }) => username === 'ivo')).toMatchObject({ enabled: true, roles: [ROLES.user] })
  await root().reset('ivo')
  await expect(as('ivo', ROLES.user).reset('ivo')).rejects.toMatchObject({ code: 'access.denied' })
  await root().setEnabled('ivo', false)
  await expect(root().reset('ivo')).rejects.toMatchObject({ code: 'user.disabled' })
  await root().setPassword('ivo', new Secret('given of ten chars'), true)
  expect(told).toEqual([
    'allowed: create user ivo (with akko-user, by a one-time link)',
    'allowed: manage user ivo/password (by a one-time link)',
    expect.stringMatching(/^denied: manage user ivo\/password/),
    'allowed: manage user ivo/disabled',
    'allowed: manage user ivo/password (by a one-time link)',
    'failed: manage user ivo/password (by a one-time link: ivo is disabled)',
    'allowed: write user ivo/password (a temporary one)',
  ])
})

it('makes a role of the policy in the realm when somebody is given it', async () => {
  expect((await identity.admin('DELETE', `/akko/roles/${ROLES.engineer}`)).status).toBe(204)
  await root().changeRoles('ada', { add: [ROLES.engineer], remove: [] })
  expect((await root().list()).find(({ username }) => username === 'ada')?.roles).toContain(ROLES.engineer)
  await root().changeRoles('ada', { add: [], remove: [ROLES.engineer] })
})

it('keeps groups, whose members’ tokens name them', async () => {
  await root().createGroup('risk')
  await root().changeMember('risk', 'ada', true)
  expect(await root().groups()).toEqual(['risk'])
  const member = async () => (await identity.store.users.byName('akko', 'ada'))?.groups
  expect(await member()).toEqual(['/risk'])
  await expect(root().createGroup('risk')).rejects.toMatchObject({ code: 'group.exists' })
  await expect(root().changeMember('rsik', 'ada', true)).rejects.toMatchObject({ code: 'group.none' })
  await expect(as('ada', ROLES.viewer).changeMember('risk', 'ada', false)).rejects.toMatchObject({ code: 'access.denied' })
  const before = (await identity.store.users.byName('akko', 'ada'))?.tokenVersion as number
  await root().changeMember('risk', 'ada', false)
  expect([await member(), (await identity.store.users.byName('akko', 'ada'))?.tokenVersion]).toEqual([[], before + 1])
  await root().removeGroup('risk')
  expect(await root().groups()).toEqual([])
})

it('says of a role by which group and line of the policy it comes', async () => {
  await root().createGroup('risk')
  await root().create({ username: 'gil', roles: [ROLES.viewer] }, new Secret('gil-1 of eight'))
  await root().changeMember('risk', 'gil', true)
  groupRoles = { '/risk': [ROLES.analyst] }
  const places = { ...SHIPPED.places, 'groupRoles//risk/0': { file: 'policy.yaml', line: 7 } }
  const inForce = () => ({ ...SHIPPED, model: { ...SHIPPED.model, groupRoles }, places })
  const keycloak = createKeycloakClient({ url: identity.base, admin: { username: ADMIN.username, password: new Secret(ADMIN.password) } })
  const people = createPeopleAdmin({
    ...{ keycloak, record, asker: { username: 'root', roles: [ROLES.admin] } },
    policy: { ...createPolicy(), inForce },
  })
  const gil = async () => (await people.list()).find(({ username }) => username === 'gil')
  await expect
    .poll(gil, { timeout: 50_000 })
    .toMatchObject({ roles: [ROLES.analyst, ROLES.viewer], byGroup: [{ role: ROLES.analyst, group: '/risk', at: 'policy.yaml:7' }] })
})
