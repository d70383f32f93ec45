// Whom a client's tokens are for follows its declaration both ways: what is not declared any more opens nothing any more.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { createMemoryStore } from '#ensure/test-laws'
import { type AdminLawServer, startIdentityLawServer } from '#ensure/test-servers'
import type { Resource, ResourceOf } from '#platform/resources'

type Client = ResourceOf<'client'>

let server: AdminLawServer
beforeAll(async () => {
  server = await startIdentityLawServer()
})
afterAll(() => server?.stop())

it('an audience that is not declared any more goes, also one of before; what others added stays', async () => {
  const secrets = createMemoryStore()
  const context = () => createEnsureContext({ ...server.endpoints, secrets })
  const client = (audiences: readonly string[]): Client => ({
    kind: 'client',
    realm: 'audiences',
    clientId: 'app',
    name: 'App',
    public: false,
    secret: 'client.app',
    redirectUris: [],
    flows: [],
    audiences,
  })
  const resources = (...audiences: string[]): Resource[] => [{ kind: 'realm', name: 'audiences' }, client(audiences)]
  const found = async () => {
    const [one] = (await server.call('GET', '/admin/realms/audiences/clients?clientId=app')) as [{ id: string }]
    const path = `/admin/realms/audiences/clients/${one.id}/protocol-mappers/models`
    return { path, names: ((await server.call('GET', path)) as { name: string }[]).map(({ name }) => name).sort() }
  }
  await apply(resources('app', 'sql'), context())
  const { path, names } = await found()
  expect(names).toEqual(['audience app', 'audience sql'])
  const added = (name: string) => ({
    name,
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.client.audience': 'sql', 'access.token.claim': 'true' },
  })
  for (const name of ['audience', 'of the house']) await server.call('POST', path, added(name))

  expect(await plan(resources('app'), context())).toHaveLength(1)
  await apply(resources('app'), context())
  expect((await found()).names).toEqual(['audience app', 'of the house'])
  expect(await plan(resources('app'), context())).toEqual([])
})
