// The ensure engine's identity kinds against the real Keycloak: what holds for the embedded server holds for the one that it stands for.
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { allLaws, createMemoryStore, fixturesOf, obeysTheLaws } from '#ensure/test-laws'
import { type AdminLawServer, createKeycloakLawServer } from '#ensure/test-servers'
import { ADDRESSES } from '#parts/identity/test-emails'
import { resourcesOf } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import type { Site } from '#platform/service'
import { directoryTests } from '#test/strangers/directory'
import { FormBrowser } from '#test/support/form-browser'
import { type RealKeycloak, startRealKeycloak } from '#test/support/keycloak'

type Client = ResourceOf<'client'>

const laws = await allLaws()
let keycloak: RealKeycloak
let server: AdminLawServer

beforeAll(async () => {
  keycloak = await startRealKeycloak()
  server = { ...createKeycloakLawServer(keycloak.url, keycloak.admin), stop: () => keycloak.stop() }
}, 600_000)
afterAll(() => keycloak?.stop())

async function claimsOf(answer: Response): Promise<{ realm_access?: { roles: string[] } }> {
  const { access_token } = (await answer.json()) as { access_token: string }
  return JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
}

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

  it('gives tokens to every client that has a service account', async () => {
    const clients = resources.filter((r): r is Client => r.kind === 'client' && r.flows.includes('client-credentials'))
    expect(clients.length).toBeGreaterThan(0)
    for (const { clientId, secret = '', realm, serviceRoles = [] } of clients) {
      const response = await fetch(`${keycloak.url}/realms/${realm}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: (await secrets.get(secret))?.reveal() ?? '',
        }),
      })
      expect((await claimsOf(response)).realm_access?.roles).toEqual(expect.arrayContaining([...serviceRoles]))
    }
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
    expect((await claimsOf(answer)).realm_access?.roles).toContain('akko-admin')
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
