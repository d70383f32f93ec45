// Rights that come by other roles and by groups: in tokens as soon as they are given, and gone from all doors when they are taken.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser, COCKPIT_CALLBACK, claimsOf, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'

let identity: TestIdentity
let person: string
let said: Record<string, string[]> = {}
const at = (path: string) => `/akko${path}`

beforeAll(async () => {
  identity = await startTestIdentity({ groupRoles: () => said })
  await seed(identity)
  person = await made('POST', '/users', { username: 'grace', enabled: true })
})
afterAll(() => identity?.stop())

const made = async (method: string, path: string, body: unknown) =>
  (await identity.admin(method, at(path), body)).location?.split('/').at(-1) ?? ''
const role = async (name: string, client = '') => {
  const roles = client === '' ? '/roles' : `/clients/${client}/roles`
  await identity.admin('POST', at(roles), { name })
  return (await identity.admin<{ id: string; name: string }>('GET', at(`${roles}/${name}`))).body
}

async function tokenOf(username: string): Promise<string> {
  const form = { client_id: 'trino', client_secret: 'trino-secret', requested_subject: username, audience: 'trino' }
  const res = await fetch(`${identity.base}/realms/akko/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', ...form }),
  })
  return ((await res.json()) as { access_token: string }).access_token
}

const isGood = async (token: string) =>
  (await fetch(`${identity.base}/realms/akko/protocol/openid-connect/userinfo`, { headers: { authorization: `Bearer ${token}` } })).ok
const realmRoles = (token: string) => (claimsOf(token).realm_access as { roles: string[] }).roles
const followed = async () => (await identity.store.users.people('akko', [person]))[0]?.person.roles

describe('a role of a group', () => {
  it('is had by who is in a group below it, with all that the role holds, until any link of it goes', async () => {
    const [outer, inner] = [await role('outer'), await role('inner')]
    const top = await made('POST', '/groups', { name: 'top' })
    const { body } = await identity.admin<{ id: string }>('POST', at(`/groups/${top}/children`), { name: 'below' })
    await identity.admin('PUT', at(`/users/${person}/groups/${body.id}`))
    expect(realmRoles(await tokenOf('grace'))).toEqual([])
    await identity.admin('POST', at(`/groups/${top}/role-mappings/realm`), [outer])
    await identity.admin('POST', at('/roles/outer/composites'), [inner])
    const token = await tokenOf('grace')
    expect([realmRoles(token), claimsOf(token).groups, await followed()]).toEqual([['inner', 'outer'], ['/top/below'], ['inner', 'outer']])
    const ends = async (method: string, path: string, given?: unknown) => {
      const before = await tokenOf('grace')
      expect(await isGood(before)).toBe(true)
      await identity.admin(method, at(path), given)
      expect(await isGood(before), `${method} ${path}`).toBe(false)
      return realmRoles(await tokenOf('grace'))
    }
    expect(await ends('DELETE', '/roles/outer/composites', [inner])).toEqual(['outer'])
    await identity.admin('POST', at('/roles/outer/composites'), [inner])
    expect(await ends('DELETE', '/roles/inner')).toEqual(['outer'])
    expect(await ends('DELETE', `/groups/${top}/role-mappings/realm`, [outer])).toEqual([])
    await identity.admin('POST', at(`/groups/${top}/role-mappings/realm`), [outer])
    expect(await ends('DELETE', `/groups/${top}`)).toEqual([])
  })
})

describe('a role that the policy gives to a group', () => {
  const has = (roles: string[]) => expect.poll(async () => realmRoles(await tokenOf('grace')), { timeout: 50_000 }).toEqual(roles)

  it('is had by its members and those of groups below it, and gone with the line, the group, its name or the membership', async () => {
    said = { '/desk': ['trader'], '/desk/night': ['owl', 'trader'], '/other/night': ['wrong'] }
    await expect
      .poll(async () => (await identity.admin<{ name: string }[]>('GET', at('/roles'))).body.map(({ name }) => name))
      .toContain('owl')
    // A group that is made after the line has its roles at once.
    const desk = await made('POST', '/groups', { name: 'desk' })
    const { body: night } = await identity.admin<{ id: string }>('POST', at(`/groups/${desk}/children`), { name: 'night' })
    await identity.admin('PUT', at(`/users/${person}/groups/${night.id}`))
    await has(['owl', 'trader'])
    expect(await followed()).toEqual(['owl', 'trader'])
    const ends = async (change: () => unknown, roles: string[]) => {
      const before = await tokenOf('grace')
      expect(await isGood(before)).toBe(true)
      await change()
      await expect.poll(() => isGood(before), { timeout: 50_000 }).toBe(false)
      await has(roles)
      expect(await followed()).toEqual(roles)
    }
    await ends(() => {
      said = { '/desk': ['trader'] }
    }, ['trader'])
    await ends(() => identity.admin('PUT', at(`/groups/${desk}`), { name: 'bench' }), [])
    await identity.admin('PUT', at(`/groups/${desk}`), { name: 'desk' })
    await has(['trader'])
    await ends(() => identity.admin('DELETE', at('/roles/trader')), [])
    await role('trader')
    await has(['trader'])
    await ends(() => identity.admin('DELETE', at(`/users/${person}/groups/${night.id}`)), [])
    await identity.admin('PUT', at(`/users/${person}/groups/${night.id}`))
    await ends(() => identity.admin('DELETE', at(`/groups/${desk}`)), [])
  })

  it('leaves what the realm gives, and is there after a start', async () => {
    const risk = await made('POST', '/groups', { name: 'risk' })
    await identity.admin('POST', at(`/groups/${risk}/role-mappings/realm`), [await role('given')])
    await identity.admin('PUT', at(`/users/${person}/groups/${risk}`))
    said = { '/risk': ['said', 'given'] }
    await has(['given', 'said'])
    said = {}
    await has(['given'])
    said = { '/risk': ['said'] }
    await identity.restart()
    expect(realmRoles(await tokenOf('grace'))).toEqual(['given', 'said'])
    await identity.admin('DELETE', at(`/groups/${risk}`))
  })
})

describe('a role of a client', () => {
  it('is in resource_access, and makes no token be for that client', async () => {
    const tool = await made('POST', '/clients', { clientId: 'tool' })
    const operator = await role('operator', tool)
    await identity.admin('POST', at(`/users/${person}/role-mappings/clients/${tool}`), [operator])
    const claims = claimsOf(await tokenOf('grace'))
    expect(claims).toMatchObject({ resource_access: { tool: { roles: ['operator'] } }, realm_access: { roles: [] } })
    expect([claims.aud].flat()).not.toContain('tool')
    await expect(identity.admin('POST', at(`/users/${person}/role-mappings/realm`), [operator])).rejects.toThrow('Role not found')
  })
})

describe('sessions and failed logins', () => {
  it('are seen, and ended', async () => {
    const browser = new Browser(identity)
    const query = { client_id: 'cockpit', response_type: 'code', scope: 'openid', redirect_uri: COCKPIT_CALLBACK, state: 's' }
    const page = await browser.go(`${identity.issuer}/protocol/openid-connect/auth?${new URLSearchParams(query)}`)
    await browser.submit(page, USER)
    const [user] = (await identity.admin<{ id: string }[]>('GET', at(`/users?search="${encodeURIComponent(USER.username)}"`))).body
    const sessions = () => identity.admin<{ id: string; clients: object }[]>('GET', at(`/users/${user?.id}/sessions`))
    const [session] = (await sessions()).body
    expect(session).toMatchObject({ username: USER.username, userId: user?.id })
    expect(Object.values(session?.clients ?? {})).toEqual(['cockpit'])
    await identity.admin('DELETE', at(`/sessions/${session?.id}`))
    expect((await sessions()).body).toEqual([])
    await identity.store.failures.record('akko', USER.username, '10.0.0.1')
    const failures = () => identity.admin('GET', at(`/attack-detection/brute-force/users/${user?.id}`))
    expect((await failures()).body).toMatchObject({ numFailures: 1, lastIPFailure: '10.0.0.1', disabled: false })
    await identity.admin('DELETE', at(`/attack-detection/brute-force/users/${user?.id}`))
    expect((await failures()).body).toMatchObject({ numFailures: 0, lastIPFailure: 'n/a' })
  })
})
