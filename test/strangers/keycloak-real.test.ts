// The ensure engine's identity kinds against the real Keycloak: what holds for the embedded server holds for the one that it stands for.
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { allLaws, createMemoryStore, fixturesOf, obeysTheLaws } from '#ensure/test-laws'
import { type AdminLawServer, createKeycloakLawServer } from '#ensure/test-servers'
import { ADDRESSES } from '#parts/identity/test-emails'
import { EVERY_PART } from '#platform/audiences'
import { SQL_CLIENT } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import type { Site } from '#platform/service'
import { directoryTests } from '#test/strangers/directory'
import { FormBrowser } from '#test/support/form-browser'
import { type RealKeycloak, startRealKeycloak } from '#test/support/keycloak'
import { REALM_AUDIENCE } from '#wire/oidc/claims'

type Client = ResourceOf<'client'>

const laws = await allLaws()
let keycloak: RealKeycloak
let server: AdminLawServer

beforeAll(async () => {
  keycloak = await startRealKeycloak()
  server = { ...createKeycloakLawServer(keycloak.url, keycloak.admin), stop: () => keycloak.stop() }
}, 600_000)
afterAll(() => keycloak?.stop())

interface Claims {
  readonly aud?: string | string[]
  readonly azp?: string
  readonly realm_access?: { roles: string[] }
}

function claimsIn(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

async function claimsOf(answer: Response): Promise<Claims> {
  return claimsIn(((await answer.json()) as { access_token: string }).access_token)
}

/** Whom a token is for, without Keycloak's own account pages, which are given to everybody who has an account. */
const audiencesOf = ({ aud }: Claims) =>
  [aud ?? []]
    .flat()
    .filter((name) => name !== REALM_AUDIENCE)
    .sort()

describe('the four laws', () => {
  obeysTheLaws(() => server, fixturesOf(laws, 'identity'))
})

describe('the declared realm', () => {
  const site: Site = { shape: 'machine', domain: 'akko.localhost', publicPort: 8443, demo: true }
  const identity = new Set<Resource['kind']>(['realm', 'realmRole', 'client', 'user'])
  const resources = resourcesOf(site).filter((r) => identity.has(r.kind))
  const secrets = createMemoryStore()
  const context = () => createEnsureContext({ ...server.endpoints, secrets })

  it('is made whole by two first runs at once, and then nothing is left to do', async () => {
    const reports = (
      await Promise.all([
        apply(resources, context()),
        apply(resources, createEnsureContext({ ...server.endpoints, secrets: secrets.share() })),
      ])
    ).flat()
    expect(reports.filter((r) => r.outcome === 'failed')).toEqual([])
    expect(await plan(resources, context())).toEqual([])
  })

  it('gives people what it declares and what Keycloak gives everybody', async () => {
    const users = resources.filter((r): r is ResourceOf<'user'> => r.kind === 'user')
    expect(users.length).toBeGreaterThan(0)
    for (const { realm, username, roles } of users) {
      const query = new URLSearchParams({ username, exact: 'true' })
      const [found] = (await server.call('GET', `/admin/realms/${realm}/users?${query}`)) as { id: string }[]
      const given = (await server.call('GET', `/admin/realms/${realm}/users/${found?.id}/role-mappings/realm`)) as { name: string }[]
      expect(given.map(({ name }) => name).sort(), username).toEqual([...roles, `default-roles-${realm}`].sort())
    }
  })

  const clients = resources.filter((r): r is Client => r.kind === 'client')
  const tokenEndpoint = async ({ clientId, secret = '', realm }: Client, form: Readonly<Record<string, string>>) =>
    fetch(`${keycloak.url}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, client_secret: (await secrets.get(secret))?.reveal() ?? '', ...form }),
    })
  const withServiceAccount = clients.filter(({ flows }) => flows.includes('client-credentials'))
  const ownToken = (client: Client) => tokenEndpoint(client, { grant_type: 'client_credentials' })

  it.each(withServiceAccount)('gives $clientId tokens of its own, with its roles, for whom it is declared', async (client) => {
    const claims = await claimsOf(await ownToken(client))
    expect(claims.realm_access?.roles).toEqual(expect.arrayContaining([...(client.serviceRoles ?? [])]))
    expect(audiencesOf(claims)).toEqual([...client.audiences].sort())
  })

  it.each(clients)(
    'gives people at $clientId tokens for whom it is declared, and for nobody else',
    async ({ realm, clientId, audiences }) => {
      const at = `/admin/realms/${realm}`
      const [person] = (await server.call('GET', `${at}/users?username=${encodeURIComponent('admin@demo')}&exact=true`)) as [{ id: string }]
      const [client] = (await server.call('GET', `${at}/clients?clientId=${clientId}`)) as [{ id: string }]
      // Keycloak's own word for what a login there would give; some clients have none.
      const example = `evaluate-scopes/generate-example-access-token?scope=openid&userId=${person.id}`
      const claims = (await server.call('GET', `${at}/clients/${client.id}/${example}`)) as Claims
      expect(claims.azp).toBe(clientId)
      expect(audiencesOf(claims)).toEqual([...audiences].sort())
    },
  )

  it('exchanges a token for one that is for the tool alone, and for no part that the tool is not for', async () => {
    const one = (id: string) => clients.find(({ clientId }) => clientId === id) as Client
    const { access_token } = (await (await ownToken(one('superset'))).json()) as { access_token: string }
    expect(audiencesOf(claimsIn(access_token))).toEqual(['superset', SQL_CLIENT])
    const exchange = (by: string, audience: string) =>
      tokenEndpoint(one(by), {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience,
      })
    expect(audiencesOf(await claimsOf(await exchange(SQL_CLIENT, SQL_CLIENT)))).toEqual([SQL_CLIENT])
    expect((await exchange(SQL_CLIENT, 'polaris')).status).toBe(400)
    // Not declared to exchange, or the token is not for it.
    for (const by of ['superset', 'mcp']) expect((await exchange(by, SQL_CLIENT)).status).toBeGreaterThanOrEqual(400)
  })

  it('opens the realm’s admin API by the roles of its client, whatever the audience', async () => {
    const at = '/admin/realms/akko'
    const password = 'keeper-of-the-realm'
    await server.call('POST', `${at}/clients`, {
      ...{ clientId: 'foreign', publicClient: true, directAccessGrantsEnabled: true, fullScopeAllowed: true },
      ...{ defaultClientScopes: ['basic'], optionalClientScopes: [] },
      protocolMappers: [
        {
          name: 'for SQL',
          protocol: 'openid-connect',
          protocolMapper: 'oidc-audience-mapper',
          config: { 'included.client.audience': SQL_CLIENT, 'access.token.claim': 'true' },
        },
      ],
    })
    await server.call('POST', `${at}/users`, {
      ...{ username: 'keeper', enabled: true, emailVerified: true, email: 'keeper@example.org', firstName: 'K', lastName: 'E' },
      credentials: [{ type: 'password', value: password, temporary: false }],
    })
    const [keeper] = (await server.call('GET', `${at}/users?username=keeper&exact=true`)) as [{ id: string }]
    const [admin] = (await server.call('GET', `${at}/clients?clientId=realm-management`)) as [{ id: string }]
    const role = await server.call('GET', `${at}/clients/${admin.id}/roles/view-users`)
    const looks = async () => {
      const form = { grant_type: 'password', client_id: 'foreign', username: 'keeper', password, scope: 'openid' }
      const answer = await fetch(`${keycloak.url}/realms/akko/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      })
      const { access_token } = (await answer.json()) as { access_token: string }
      expect(claimsIn(access_token).aud).toBe(SQL_CLIENT)
      return (await fetch(`${keycloak.url}${at}/users`, { headers: { authorization: `Bearer ${access_token}` } })).status
    }
    expect(await looks()).toBe(403)
    await server.call('POST', `${at}/users/${keeper.id}/role-mappings/clients/${admin.id}`, [role])
    expect(await looks()).toBe(200)
  })
})

describe('a person who logs in to the terminal', () => {
  const PERSON = { username: 'admin@demo', password: 'admin-demo' }
  const oidc = (path: string) => `${keycloak.url}/realms/akko/protocol/openid-connect/${path}`
  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams({ client_id: 'cli', ...fields }) })

  const verifier = randomUUID() + randomUUID()
  const challenge = createHash('sha256').update(verifier).digest('base64url')

  it('is asked before a code goes to whatever listens on loopback, and has the roles of the person', async () => {
    const redirect = 'http://127.0.0.1:45123/callback'
    const query = { client_id: 'cli', response_type: 'code', scope: 'openid', redirect_uri: redirect, state: 's' }
    const browser = new FormBrowser(redirect)
    await browser.open(`${oidc('auth')}?${new URLSearchParams({ ...query, code_challenge: challenge, code_challenge_method: 'S256' })}`)
    await browser.submit(PERSON)
    expect(browser.url).not.toContain('code=')
    expect(browser.text).toContain('name="accept"')
    await browser.submit({ accept: 'Yes' })
    const code = new URL(browser.url).searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier }
    const answer = await fetch(oidc('token'), form(fields))
    expect(answer.status, await answer.clone().text()).toBe(200)
    const claims = await claimsOf(answer)
    expect(claims.realm_access?.roles).toContain('akko-admin')
    expect(audiencesOf(claims)).toEqual([...EVERY_PART].sort())
  })

  it('is asked in the device flow, which works, with the roles of the person', async () => {
    const asked = form({ scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' })
    const started = (await (await fetch(oidc('auth/device'), asked)).json()) as Record<string, string>
    expect(started).toHaveProperty('verification_uri_complete')
    const browser = new FormBrowser('nowhere:')
    await browser.open(started.verification_uri_complete as string)
    await browser.submit(PERSON)
    expect(browser.text).toContain('name="accept"')
    const device_code = started.device_code as string
    const fields = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code, code_verifier: verifier }
    expect((await fetch(oidc('token'), form(fields))).status).toBe(400)
    await browser.submit({ accept: 'Yes' })
    await new Promise((resolve) => setTimeout(resolve, Number(started.interval ?? 5) * 1000 + 500))
    const answer = await fetch(oidc('token'), form(fields))
    expect(answer.status, await answer.clone().text()).toBe(200)
    expect((await claimsOf(answer)).realm_access?.roles).toContain('akko-admin')
  })
})

describe('an e-mail address', () => {
  // A realm without people: nobody has the address already.
  beforeAll(() => server.call('POST', '/admin/realms', { realm: 'mail', enabled: true }))

  it.each(Object.entries(ADDRESSES))('%j is taken: %j, as by the embedded identity', async (email, taken) => {
    const answer = server.call('POST', '/admin/realms/mail/users', { username: `mail-${randomUUID()}`, email })
    if (taken) expect(await answer.then(() => 'taken')).toBe('taken')
    else await expect(answer).rejects.toThrow('error-invalid-email')
  })
})

describe('a directory of people', () => directoryTests(() => ({ ...server, url: keycloak.url })))
