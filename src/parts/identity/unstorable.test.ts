// What PostgreSQL takes in no text, and what is no text: whoever sends it is told so, and it is no failure of ours.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, COCKPIT_CALLBACK, seed, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'

let identity: TestIdentity

beforeAll(async () => {
  identity = await startTestIdentity()
  await seed(identity)
})
afterAll(() => identity?.stop())

const post = (path: string, fields: Record<string, string>) =>
  identity.fetch(`${identity.issuer}/protocol/openid-connect/${path}`, { method: 'POST', body: new URLSearchParams(fields) })

describe('what cannot be stored', () => {
  it.each([
    ['token', { grant_type: 'client_credentials', client_id: '\0', client_secret: 'x' }, 401],
    ['token', { grant_type: 'refresh_token', client_id: 'cli', refresh_token: 'a\0b' }, 400],
    [
      'token',
      { grant_type: 'authorization_code', client_id: 'cli', code: '\0', redirect_uri: 'http://127.0.0.1/', code_verifier: 'v' },
      400,
    ],
    ['token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'cli', device_code: '\0' }, 400],
    ['revoke', { client_id: '\0', token: 'x' }, 401],
    ['auth/device', { client_id: '\0' }, 401],
  ])('in a form for %s %j is answered with %i', async (path, fields, status) => {
    expect((await post(path, fields)).status).toBe(status)
  })

  it.each<Record<string, string>>([
    { client_id: '\0' },
    { client_id: 'cockpit', redirect_uri: COCKPIT_CALLBACK, response_type: 'code', scope: 'openid', state: '\0' },
    { client_id: 'cockpit', redirect_uri: COCKPIT_CALLBACK, response_type: 'code', scope: 'openid', login_hint: '\0' },
  ])('in a login that begins with %j is not our failure', async (fields) => {
    const answer = await identity.fetch(`${identity.issuer}/protocol/openid-connect/auth?${new URLSearchParams(fields)}`)
    expect(answer.status).toBeLessThan(500)
  })

  it.each<[string, string, string]>([
    ['username', '["a", "b"]', 'username is no text'],
    ['username', '{"a": 1}', 'username is no text'],
    ['username', '"half\\ud800"', 'username is no text'],
    ['firstName', '["a"]', 'firstName is no text'],
    ['lastName', '"\\udc00"', 'lastName is no text'],
    ['email', '["a@b.example"]', 'email is no text'],
  ])('%s %s of a user is a bad request, at its making and at its change', async (field, value, told) => {
    const made = await identity.admin('POST', '/akko/users', { username: `for-${field}-${value.length}` })
    const headers = { authorization: `Bearer ${await adminToken(identity.base)}`, 'content-type': 'application/json' }
    const body = field === 'username' ? `{"username": ${value}}` : `{"username": "never", "${field}": ${value}}`
    const asked = [
      ['POST', `${identity.base}/admin/realms/akko/users`],
      ['PUT', new URL(new URL(made.location ?? '').pathname, identity.base).href],
    ] as const
    for (const [method, url] of asked) {
      const answer = await fetch(url, { method, headers, body })
      expect([method, answer.status, await answer.text()]).toEqual([method, 400, expect.stringContaining(told)])
    }
    expect((await identity.admin<unknown[]>('GET', '/akko/users?username=never')).body).toEqual([])
  })

  it.each([
    ['/akko/users', '{"username": "never", "groups": [{"toString": 1}]}', 'an item of groups is no text but an object'],
    ['/akko/users', '{"username": "never", "credentials": [null]}', 'an item of credentials is no object'],
    ['/akko/partialImport', '{"users": [{"username": "never", "realmRoles": [[]]}]}', 'an item of realmRoles is no text but a list'],
    ['/akko/partialImport', '{"users": [{"username": "never", "credentials": [{"value": {}}]}]}', 'value is no text but an object'],
    ['/akko/clients', '{"clientId": "never", "redirectUris": "https://a/b"}', 'redirectUris is no list'],
    ['/akko/clients', '{"clientId": "never", "publicClient": {}}', 'publicClient is neither true nor false'],
    ['/akko/clients', '{"clientId": "never", "protocolMappers": [{"name": "a", "config": 5}]}', 'config is no object'],
    ['/akko/clients', '{"clientId": "never", "attributes": {"a": "\\u0000"}}', 'a is no text'],
    ['/akko/roles', '{"name": "never", "attributes": {"a": "b"}}', 'a of attributes is no list'],
    ['/akko/roles', '{"name": {"toString": 1}}', 'name is no text but an object'],
    ['/akko/groups', '{"name": "half\\ud800"}', 'name is no text'],
    ['', '{"realm": ["a"]}', 'realm is no text but a list'],
  ])('in a new thing at %s is a bad request, and so is another kind of value: %s', async (path, body, told) => {
    const headers = { authorization: `Bearer ${await adminToken(identity.base)}`, 'content-type': 'application/json' }
    const answer = await fetch(`${identity.base}/admin/realms${path}`, { method: 'POST', headers, body })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(told)])
  })

  it.each(['/akko/users?search=%00', '/akko/users/%00', '/akko/roles/%00'])('at %s of the admin API is a bad request', async (path) => {
    await expect(identity.admin('GET', path)).rejects.toThrow(': 400 ')
  })
})
