// The ensure engine's identity kinds against the real Keycloak: what holds for the embedded server holds for the one that it stands for.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { allLaws, createMemoryStore, fixturesOf, obeysTheLaws } from '#ensure/test-laws'
import { type AdminLawServer, createKeycloakLawServer } from '#ensure/test-servers'
import { ADDRESSES } from '#parts/identity/test-emails'
import { resourcesOf } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import type { Site } from '#platform/service'
import { directoryTests } from '#test/strangers/directory'
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
      const { access_token } = (await response.json()) as { access_token: string }
      const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as {
        realm_access: { roles: string[] }
      }
      expect(claims.realm_access.roles).toEqual(expect.arrayContaining([...serviceRoles]))
    }
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
