// The admin API answers as Keycloak 26.7.3 was seen to answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkPassword } from '#parts/identity/passwords'
import { ADMIN, adminToken, claimsOf, seed, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'

let identity: TestIdentity
let token: string

beforeAll(async () => {
  identity = await startTestIdentity({ lifetimes: { adminToken: 600 } })
  await seed(identity)
  token = await adminToken(identity.base)
})
afterAll(() => identity?.stop())

async function call(method: string, path: string, body?: unknown, bearer = token) {
  const res = await fetch(`${identity.base}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await res.text()
  const location = res.headers.get('location')
  return {
    status: res.status,
    body: text ? JSON.parse(text) : undefined,
    ...(location ? { location, id: location.split('/').at(-1) } : {}),
  }
}

describe('a page of a list', () => {
  it('beyond its end is empty, and none of numbers that make none is an error', async () => {
    for (const list of ['users', 'clients', 'roles']) {
      const page = async (query: string) => {
        const { status, body } = await call('GET', `/akko/${list}?${query}`)
        return [status, body.length]
      }
      const [, all] = await page('')
      expect(all).toBeGreaterThan(1)
      expect(await page(`first=${'9'.repeat(20)}`)).toEqual([200, 0])
      expect(await page(`max=${'9'.repeat(20)}`)).toEqual([200, all])
      expect(await page('first=-5&max=-5')).toEqual([200, all])
      expect(await page('first=1&max=1')).toEqual([200, 1])
    }
  })
})

describe('clients', () => {
  it('are completed with Keycloak’s defaults', async () => {
    const made = await call('POST', '/akko/clients', { clientId: 'c1', redirectUris: ['https://a/b'], serviceAccountsEnabled: true })
    expect(made).toMatchObject({ status: 201, body: undefined, location: `${identity.base}/admin/realms/akko/clients/${made.id}` })
    const [client] = (await call('GET', '/akko/clients?clientId=c1')).body
    expect(client).toMatchObject({
      id: made.id,
      clientId: 'c1',
      enabled: true,
      clientAuthenticatorType: 'client-secret',
      secret: expect.stringMatching(/^.{40,}$/),
      redirectUris: ['https://a/b'],
      webOrigins: ['https://a'],
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      publicClient: false,
      protocol: 'openid-connect',
      attributes: { realm_client: 'false' },
      fullScopeAllowed: true,
      nodeReRegistrationTimeout: -1,
      optionalClientScopes: ['address', 'phone', 'offline_access', 'organization', 'microprofile-jwt'],
      access: { view: true, configure: true, manage: true },
    })
    expect(new Set(client.defaultClientScopes)).toEqual(
      new Set(['web-origins', 'service_account', 'acr', 'profile', 'roles', 'basic', 'email']),
    )
    expect((await call('GET', `/akko/clients/${made.id}/service-account-user`)).body).toMatchObject({ username: 'service-account-c1' })
  })

  it('PUT leaves what is absent, merges attributes, replaces mappers, ignores scopes', async () => {
    const mapper = {
      name: 'aud',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.custom.audience': 'x' },
    }
    const { id } = await call('POST', '/akko/clients', {
      clientId: 'c2',
      name: 'Two',
      attributes: { a: '1', b: '2' },
      protocolMappers: [mapper],
    })
    expect(await call('PUT', `/akko/clients/${id}`, { attributes: { b: '', c: '3' }, defaultClientScopes: [] })).toMatchObject({
      status: 204,
    })
    const after = (await call('GET', `/akko/clients/${id}`)).body
    expect(after).toMatchObject({ name: 'Two', attributes: { a: '1', c: '3' }, protocolMappers: [{ ...mapper, consentRequired: false }] })
    expect(after.attributes).not.toHaveProperty('b')
    expect(after.defaultClientScopes.length).toBe(6)
    await call('PUT', `/akko/clients/${id}`, { protocolMappers: [] })
    expect((await call('GET', `/akko/clients/${id}/protocol-mappers/models`)).body).toEqual([])
  })

  it('an audience mapper adds its audience to the access token', async () => {
    const { id } = await call('POST', '/akko/clients', { clientId: 'c3', secret: 's', serviceAccountsEnabled: true })
    const mapper = {
      name: 'aud',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.client.audience': 'trino' },
    }
    expect(await call('POST', `/akko/clients/${id}/protocol-mappers/models`, mapper)).toMatchObject({ status: 201 })
    expect(await call('POST', `/akko/clients/${id}/protocol-mappers/models`, mapper)).toMatchObject({
      status: 409,
      body: { errorMessage: 'Protocol mapper exists with same name' },
    })
    const res = await fetch(`${identity.base}/realms/akko/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'c3', client_secret: 's' }),
    })
    expect(claimsOf(((await res.json()) as { access_token: string }).access_token).aud).toEqual(['account', 'trino'])
  })

  it('takes the words true and false for what they say', async () => {
    const { id } = await call('POST', '/akko/clients', { clientId: 'words', publicClient: 'false', enabled: 'false', secret: 's' })
    expect((await call('GET', `/akko/clients/${id}`)).body).toMatchObject({ publicClient: false, enabled: false, secret: 's' })
  })

  it('a public client has no secret; the service account goes with its flag', async () => {
    const { id } = await call('POST', '/akko/clients', { clientId: 'c4', serviceAccountsEnabled: true })
    await call('PUT', `/akko/clients/${id}`, { publicClient: true, serviceAccountsEnabled: false })
    const client = (await call('GET', `/akko/clients/${id}`)).body
    expect(client).not.toHaveProperty('secret')
    expect(client.defaultClientScopes).not.toContain('service_account')
    expect(await call('GET', `/akko/clients/${id}/service-account-user`)).toMatchObject({
      status: 400,
      body: { error: "Service account not enabled for the client 'c4'" },
    })
  })

  it('scopes are moved by their own endpoints', async () => {
    const scopes = (await call('GET', '/akko/client-scopes')).body as { id: string; name: string }[]
    const phone = scopes.find((s) => s.name === 'phone')?.id
    const [{ id }] = (await call('GET', '/akko/clients?clientId=cockpit')).body
    await call('PUT', `/akko/clients/${id}/default-client-scopes/${phone}`)
    expect((await call('GET', `/akko/clients/${id}/default-client-scopes`)).body).toContainEqual({ id: phone, name: 'phone' })
    await call('DELETE', `/akko/clients/${id}/default-client-scopes/${phone}`)
    expect((await call('GET', `/akko/clients/${id}/default-client-scopes`)).body).not.toContainEqual({ id: phone, name: 'phone' })
  })
})

describe('a partial import', () => {
  const user = (username: string, more: object = {}) => ({
    ...{ username, enabled: true, email: `${username}@x.org`, realmRoles: ['akko-user'] },
    ...{ credentials: [{ type: 'password', value: `pw-of-${username}` }] },
    ...more,
  })
  const imported = (ifResourceExists: string, ...users: object[]) => call('POST', '/akko/partialImport', { ifResourceExists, users })
  const found = async (username: string) => (await call('GET', `/akko/users?username=${username}&exact=true`)).body
  const result = (action: string, resourceName: string) => ({
    ...{ action, resourceType: 'USER', resourceName },
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })

  it('makes users with their roles and passwords', async () => {
    const made = await imported('FAIL', user('imported1'), user('imported2', { realmRoles: [], groups: [] }))
    const results = [result('ADDED', 'imported1'), result('ADDED', 'imported2')]
    expect(made).toMatchObject({ status: 200, body: { overwritten: 0, added: 2, skipped: 0, results } })
    const [one, two] = made.body.results
    const rolesOf = async ({ id }: { id: string }) =>
      (await call('GET', `/akko/users/${id}/role-mappings/realm`)).body.map((r: { name: string }) => r.name)
    expect([await rolesOf(one), await rolesOf(two)]).toEqual([['akko-user'], []])
    const login = await identity.store.users.byLogin('akko', 'imported1')
    expect(await checkPassword('pw-of-imported1', login?.passwordHash)).toBe(true)
    const again = await imported('SKIP', user('imported1'), user('imported3'))
    expect(again.body).toMatchObject({ added: 1, skipped: 1, results: [result('SKIPPED', 'imported1'), result('ADDED', 'imported3')] })
  })

  it('makes all or none', async () => {
    const taken = { status: 409, body: { errorMessage: 'User with user name user@demo already exists.' } }
    expect(await imported('FAIL', user('firstofall'), user('user@demo', { email: '' }))).toMatchObject(taken)
    expect(await found('firstofall')).toEqual([])
  })

  it('leaves an account of the same e-mail address as it is, where it is to skip', async () => {
    const made = await imported('SKIP', user('othername', { email: 'some@x.org' }), user('sameaddress', { email: 'OTHER@x.org' }))
    expect(made.body).toMatchObject({ added: 2, skipped: 0 })
    const again = await imported('SKIP', user('thirdname', { email: 'other@X.org' }))
    expect(again.body).toMatchObject({
      added: 0,
      skipped: 1,
      results: [{ ...result('SKIPPED', 'thirdname'), id: made.body.results[1].id }],
    })
  })

  it('takes no password of fewer than eight characters, nor the name of the account, when it is made or afterwards', async () => {
    const credentials = (value: string) => [{ type: 'password', value }]
    const short = { status: 400, body: { error: 'Invalid password: minimum length 8.' } }
    const same = { status: 400, body: { error: 'Invalid password: must not be equal to the username.' } }
    const make = (username: string, value: string) => call('POST', '/akko/users', { username, credentials: credentials(value) })
    expect(await make('guessable', '1234567')).toMatchObject(short)
    expect(await make('guessable', 'ääääää😀')).toMatchObject(short)
    expect(await make('guessable', 'Guessable')).toMatchObject(same)
    expect(await make('guessable', 'ääääääß😀')).toMatchObject({ status: 201 })
    const { body } = await call('GET', '/akko/users?username=guessable&exact=true')
    const at = `/akko/users/${(body as { id: string }[])[0]?.id}`
    expect(await call('PUT', `${at}/reset-password`, { value: 'x' })).toMatchObject(short)
    expect(await call('PUT', at, { credentials: credentials('guessable') })).toMatchObject(same)
    expect(await call('PUT', `${at}/reset-password`, { value: 'long enough' })).toMatchObject({ status: 204 })
  })

  it('waits for another of the same names in another order', async () => {
    const users = Array.from({ length: 60 }, (_, i) => user(`crossing${i}`, { credentials: [] }))
    const both = await Promise.all([imported('SKIP', ...users), imported('SKIP', ...users.toReversed())])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(both.map(({ body }) => body.added).toSorted((a, b) => a - b)).toEqual([0, 60])
  })

  it.each([
    [
      'more users than 1000',
      { users: Array.from({ length: 1001 }, (_, i) => ({ username: `many${i}` })) },
      400,
      'at most 1000 users are imported at once here, not 1001',
    ],
    ['a role that is not there', { users: [user('bad1', { realmRoles: ['norole'] })] }, 404, 'Role norole not found'],
    ['a group that is not there', { users: [user('bad1', { groups: ['/nogroup'] })] }, 400, 'Group /nogroup does not exist'],
    ['a user without a name', { users: [{ enabled: true }] }, 400, 'User name is missing'],
    ['what is no list', { users: { a: 1 } }, 400, 'users is no list'],
    [
      'other things',
      { roles: { realm: [{ name: 'x' }] } },
      400,
      'roles are not imported here, only users: make them by their own requests',
    ],
    ['to overwrite', { ifResourceExists: 'OVERWRITE', users: [user('bad1')] }, 400, 'ifResourceExists is FAIL or SKIP here, not OVERWRITE'],
    ['a field of no representation', { users: [user('bad1', { bogus: 1 })] }, 400, /Unrecognized field "bogus"/],
  ])('refuses %s', async (_, body, status, why) => {
    const { status: got, body: answer } = await call('POST', '/akko/partialImport', body)
    expect([got, answer.errorMessage ?? answer.error]).toEqual([status, typeof why === 'string' ? why : expect.stringMatching(why)])
    expect(await found('bad1')).toEqual([])
  })
})

describe('users and roles', () => {
  it('a user is lowercased, disabled unless said, without the roles of the body', async () => {
    const { id } = await call('POST', '/akko/users', {
      username: 'Bob@Demo',
      email: 'Bob@X.org',
      realmRoles: ['akko-admin'],
    })
    const [user] = (await call('GET', '/akko/users?username=bob@demo&exact=true')).body
    expect(user).toEqual({
      id,
      username: 'bob@demo',
      email: 'bob@x.org',
      emailVerified: false,
      enabled: false,
      createdTimestamp: expect.any(Number),
      totp: false,
      disableableCredentialTypes: [],
      requiredActions: [],
      notBefore: 0,
      access: { manage: true },
    })
    expect((await call('GET', `/akko/users/${id}/role-mappings/realm`)).body).toEqual([])
    await call('PUT', `/akko/users/${id}`, { firstName: 'Bob' })
    expect((await call('GET', `/akko/users/${id}`)).body).toMatchObject({ firstName: 'Bob', email: 'bob@x.org' })
  })

  it('exact=true finds the one, without it a part is enough', async () => {
    expect((await call('GET', '/akko/users?username=user&exact=true')).body).toEqual([])
    expect((await call('GET', '/akko/users?username=user')).body.map((u: { username: string }) => u.username)).toContain('user@demo')
  })

  it('groups of the body are joined and reach the token’s claims', async () => {
    await call('POST', '/akko/groups', { name: 'risk' })
    const { id } = await call('POST', '/akko/users', { username: 'grouped', enabled: true, groups: ['/risk'] })
    expect((await call('GET', `/akko/users/${id}/groups`)).body).toMatchObject([{ name: 'risk', path: '/risk' }])
    expect((await identity.store.users.get('akko', id as string))?.groups).toEqual(['/risk'])
  })

  it('a role mapping needs id and name of one role', async () => {
    const [{ id }] = (await call('GET', '/akko/users?username=user@demo&exact=true')).body
    const role = (await call('GET', '/akko/roles/akko-engineer')).body
    expect(role).toMatchObject({ name: 'akko-engineer', composite: false, clientRole: false, attributes: {} })
    const missing = { status: 404, body: { error: 'Role not found' } }
    expect(await call('POST', `/akko/users/${id}/role-mappings/realm`, [{ name: role.name }])).toMatchObject(missing)
    expect(await call('POST', `/akko/users/${id}/role-mappings/realm`, [{ id: role.id, name: 'akko-admin' }])).toMatchObject(missing)
    expect(await call('POST', `/akko/users/${id}/role-mappings/realm`, [role])).toMatchObject({ status: 204 })
    expect(await call('POST', `/akko/users/${id}/role-mappings/realm`, [role])).toMatchObject({ status: 204 })
    expect(await call('DELETE', `/akko/users/${id}/role-mappings/realm`, [role])).toMatchObject({ status: 204 })
  })
})

describe('what is not served', () => {
  const refused = (field: string, why: unknown) => ({
    status: 400,
    body: { field, params: [field], errorMessage: typeof why === 'string' ? `${field} ${why}` : why },
  })
  const odd = { name: 'odd', protocol: 'openid-connect', protocolMapper: 'oidc-script-based-protocol-mapper', config: {} }
  it.each<[string, string, object, string]>([
    ['POST', '/akko/users', { username: 'unserved', federationLink: 'ldap' }, 'federationLink'],
    ['POST', '/akko/users', { username: 'unserved', credentials: [{ type: 'otp', value: 'x' }] }, 'type'],
    ['POST', '/akko/users', { username: 'unserved', credentials: [{ type: 'password', secretData: '{}' }] }, 'secretData'],
    ['PUT', '/akko/users/person', { realmRoles: ['akko-admin'] }, 'realmRoles'],
    ['PUT', '/akko/users/person', { groups: ['/unserved'] }, 'groups'],
    ['POST', '/akko/groups', { name: 'unserved', parentId: 'another' }, 'parentId'],
    ['POST', '/akko/roles', { name: 'unserved', composite: true }, 'composite'],
    ['POST', '/akko/roles', { name: 'unserved', clientRole: true }, 'clientRole'],
    ['POST', '/akko/clients', { clientId: 'unserved', implicitFlowEnabled: true }, 'implicitFlowEnabled'],
    ['POST', '/akko/clients', { clientId: 'unserved', directAccessGrantsEnabled: true }, 'directAccessGrantsEnabled'],
    ['POST', '/akko/clients', { clientId: 'unserved', fullScopeAllowed: false }, 'fullScopeAllowed'],
    ['POST', '/akko/clients', { clientId: 'unserved', protocol: 'saml' }, 'protocol'],
    ['POST', '/akko/clients', { clientId: 'unserved', webOrigins: ['*'] }, 'webOrigins'],
    ['POST', '/akko/clients', { clientId: 'unserved', consentRequired: true, redirectUris: ['https://a/b'] }, 'consentRequired'],
    ['POST', '/akko/clients', { clientId: 'unserved', attributes: { 'jwks.url': 'https://a/keys' } }, 'attributes.jwks.url'],
    ['POST', '/akko/clients', { clientId: 'unserved', attributes: { 'use.refresh.tokens': 'false' } }, 'attributes.use.refresh.tokens'],
    ['POST', '/akko/clients', { clientId: 'unserved', protocolMappers: [odd] }, 'protocolMapper'],
    ['POST', '/akko/clients/cockpit/protocol-mappers/models', odd, 'protocolMapper'],
    ['POST', '/akko/roles', { name: 'unserved', scopeParamRequired: true }, 'scopeParamRequired'],
    ['PUT', '/akko', { registrationAllowed: true }, 'registrationAllowed'],
    ['PUT', '/akko', { loginTheme: 'keycloak' }, 'loginTheme'],
    ['PUT', '/akko', { bruteForceProtected: false }, 'bruteForceProtected'],
    ['PUT', '/akko', { ssoSessionIdleTimeout: 1 }, 'ssoSessionIdleTimeout'],
    ['PUT', '/akko', { attributes: { frontendUrl: 'https://elsewhere' } }, 'attributes.frontendUrl'],
    ['POST', '', { realm: 'unserved', identityProviders: [{ alias: 'other' }] }, 'identityProviders'],
  ])('is refused by its name: %s %s %j', async (method, path, body, field) => {
    const [{ id }] = (await call('GET', '/akko/clients?clientId=cockpit')).body
    const [{ id: person }] = (await call('GET', '/akko/users?username=user@demo&exact=true')).body
    expect(await call(method, path.replace('cockpit', id).replace('person', person), body)).toMatchObject(
      refused(field, expect.stringMatching(`^${field} is`.replaceAll('.', '[.]').replace(/ is$/, ' (is|names)'))),
    )
  })

  it('as it stands, it may be said: what was read may be sent back', async () => {
    const same = async (path: string) => {
      const { body } = await call('GET', path)
      return call('PUT', path, body)
    }
    const [client] = (await call('GET', '/akko/clients?clientId=cockpit')).body
    const [user] = (await call('GET', '/akko/users?username=user@demo&exact=true')).body
    for (const path of ['/akko', `/akko/clients/${client.id}`, `/akko/users/${user.id}`, '/akko/roles/akko-user'])
      expect(await same(path), path).toMatchObject({ status: 204 })
    expect(await call('POST', '/akko/clients', { clientId: 'said', implicitFlowEnabled: false, protocol: 'openid-connect' })).toMatchObject(
      {
        status: 201,
      },
    )
  })
})

describe('refusals, word for word', () => {
  it('a client is never of the account page’s name, nor sends a browser to a script', async () => {
    const taken = { status: 409, body: { errorMessage: 'Client account-console already exists' } }
    expect(await call('POST', '/akko/clients', { clientId: 'account-console', redirectUris: ['https://a/b'] })).toMatchObject(taken)
    const made = await call('POST', '/akko/clients', { clientId: 'scripted' })
    expect(await call('PUT', `/akko/clients/${made.id}`, { clientId: 'account-console' })).toMatchObject({ status: 409 })
    for (const uri of ['javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x']) {
      const refused = { status: 400, body: { error: 'invalid_input', error_description: 'A redirect URI uses an illegal scheme' } }
      expect(await call('POST', '/akko/clients', { clientId: 'script', redirectUris: [uri] }), uri).toMatchObject(refused)
      expect(await call('PUT', `/akko/clients/${made.id}`, { redirectUris: [uri] }), uri).toMatchObject(refused)
    }
  })

  const unknown = (kind: string, column: number) => ({
    status: 400,
    body: { error: `Invalid json representation for ${kind}. Unrecognized field "bogus" at line 1 column ${column}.` },
  })
  it.each<[string, string, unknown, object]>([
    ['POST', '', { realm: 'akko', enabled: true }, { status: 409, body: { errorMessage: 'Realm akko already exists' } }],
    ['POST', '', { realm: 'akko2', bogus: true }, { status: 400, body: { errorMessage: 'unable to read contents from stream' } }],
    ['PUT', '/akko', { bogus: 1 }, unknown('RealmRepresentation', 11)],
    ['GET', '/nope', undefined, { status: 404, body: { error: 'Realm not found.' } }],
    ['POST', '/akko/clients', { clientId: 'cockpit' }, { status: 409, body: { errorMessage: 'Client cockpit already exists' } }],
    ['POST', '/akko/clients', '{"clientId":"c1","bogus":1}', unknown('ClientRepresentation', 27)],
    ['POST', '/akko/clients', '{bad', { status: 400, body: { error: 'invalid_request', error_description: 'Cannot parse the JSON' } }],
    [
      'POST',
      '/akko/clients',
      { clientId: 'u', redirectUris: ['not a uri#x'] },
      { status: 400, body: { error: 'invalid_input', error_description: 'A redirect URI is not a valid URI' } },
    ],
    ['GET', '/akko/clients/none', undefined, { status: 404, body: { error: 'Could not find client' } }],
    ['GET', '/akko/clients?clientId=zz', undefined, { status: 200, body: [] }],
    ['POST', '/akko/roles', { name: 'akko-user' }, { status: 409, body: { errorMessage: 'Role with name akko-user already exists' } }],
    ['POST', '/akko/roles', { description: 'x' }, { status: 400, body: { error: 'role has no name' } }],
    ['GET', '/akko/roles/zz', undefined, { status: 404, body: { error: 'Could not find role' } }],
    ['POST', '/akko/users', { username: 'USER@demo' }, { status: 409, body: { errorMessage: 'User exists with same username' } }],
    [
      'POST',
      '/akko/users',
      { username: 'y', email: 'user@demo.akko.localhost' },
      { status: 409, body: { errorMessage: 'User exists with same email' } },
    ],
    [
      'POST',
      '/akko/users',
      { username: 'y', email: 'admin@{{ domain }}' },
      { status: 400, body: { field: 'email', errorMessage: 'error-invalid-email', params: ['email', 'admin@{{ domain }}'] } },
    ],
    ['POST', '/akko/users', { firstName: 'x' }, { status: 400, body: { errorMessage: 'User name is missing' } }],
    ['GET', '/akko/users/zz', undefined, { status: 404, body: { error: 'User not found' } }],
    ['POST', '/akko/groups', { name: '' }, { status: 400 }],
    ['GET', '/akko/nothing', undefined, { status: 404, body: { error: 'HTTP 404 Not Found' } }],
    ['PATCH', '/akko/users', {}, { status: 405, body: { error: 'HTTP 405 Method Not Allowed' } }],
  ])('%s %s %j', async (method, path, body, expected) => {
    expect(await call(method, path, body)).toMatchObject(expected)
  })
})

describe('who may', () => {
  async function userToken(username: string, audience = 'realm-management'): Promise<string> {
    const res = await fetch(`${identity.base}/realms/akko/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: 'trino',
        client_secret: 'trino-secret',
        requested_subject: username,
        audience,
      }),
    })
    return ((await res.json()) as { access_token: string }).access_token
  }

  it('no token and a bad one: 401', async () => {
    expect(await call('GET', '/akko', undefined, 'bad')).toMatchObject({ status: 401, body: { error: 'HTTP 401 Unauthorized' } })
    expect((await fetch(`${identity.base}/admin/realms`)).status).toBe(401)
  })

  it('an administrator’s token for another part administers nothing', async () => {
    expect(await call('GET', '/akko/users', undefined, await userToken('admin@demo', 'trino'))).toEqual({
      status: 401,
      body: {
        error: 'HTTP 401 Unauthorized',
        error_description: 'the token is not for realm-management: log in again, or ask for a token with that audience',
      },
    })
  })

  it('a user without the right is refused, before anything is looked up', async () => {
    const user = await userToken('user@demo')
    expect((await call('GET', '/akko/users', undefined, user)).status).toBe(403)
    expect((await call('GET', '/nope', undefined, user)).status).toBe(403)
    expect((await call('POST', '/akko/users', { username: 'sneaky' }, user)).status).toBe(403)
    expect((await call('GET', '/akko/users?username=sneaky')).body).toEqual([])
  })

  it('akko-admin administers the platform’s realm, not the master realm', async () => {
    const admin = await userToken('admin@demo')
    expect((await call('GET', '/akko/users', undefined, admin)).status).toBe(200)
    expect((await call('GET', '/master/users', undefined, admin)).status).toBe(403)
    expect((await call('POST', '', { realm: 'other' }, admin)).status).toBe(403)
    expect((await call('GET', '', undefined, admin)).body.map((r: { realm: string }) => r.realm)).toEqual(['akko'])
  })

  it('the realm master is for this machine alone: from elsewhere neither its password nor its token opens anything', async () => {
    const token = await adminToken(identity.base)
    const form = { grant_type: 'password', client_id: 'admin-cli', ...ADMIN }
    let refresh = ''
    const from = async (address: string) => {
      const headers = { 'x-forwarded-for': `127.0.0.1, ${address}` }
      const granted = await identity.fetch(`${identity.origin}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers,
      })
      const asked = await identity.fetch(`${identity.origin}/admin/realms/akko`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
      })
      const answer = (await granted.json()) as { refresh_token?: string }
      if (answer.refresh_token) refresh = answer.refresh_token
      const renewed = await identity.fetch(`${identity.origin}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'admin-cli', refresh_token: refresh }),
        headers,
      })
      const who = await identity.fetch(`${identity.origin}/realms/master/protocol/openid-connect/userinfo`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
      })
      return [granted.status, asked.status, renewed.status, who.status]
    }
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(await from(address)).toEqual([200, 200, 200, 200])
    for (const address of ['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7', '127.0.0.1.example.org'])
      expect(await from(address)).toEqual([403, 403, 403, 403])
  })

  it('an authoriser that does not answer denies', async () => {
    const silent = await startTestIdentity({ authoriser: { decide: () => new Promise(() => {}) } })
    try {
      const res = await fetch(`${silent.base}/admin/realms/akko`, { headers: { authorization: `Bearer ${await adminToken(silent.base)}` } })
      expect(res.status).toBe(403)
    } finally {
      await silent.stop()
    }
  })
})
