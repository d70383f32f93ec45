// The laws of `client`.
import type { LiveRole } from '#ensure/clients/keycloak'
import { realm } from '#ensure/kinds/test-realm'
import { realmRole } from '#ensure/kinds/test-realm-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

type Client = ResourceOf<'client'>

const client = (s: string, clientId: string, more: Partial<Client> = {}): Client => ({
  kind: 'client',
  realm: realm(s).name,
  clientId,
  name: `Client ${clientId}`,
  public: false,
  secret: `client.${s}.${clientId}`,
  redirectUris: ['https://lab.example.test/callback', 'https://lab.example.test/other'],
  postLogoutRedirectUris: ['https://lab.example.test/', 'https://lab.example.test/bye'],
  webOrigins: ['https://lab.example.test'],
  flows: ['code'],
  audiences: [clientId],
  ...more,
})

export const laws = lawsOf('client', 'identity', {
  make: (s) => [
    realm(s),
    realmRole(s, 'reader'),
    realmRole(s, 'writer'),
    client(s, 'cli', {
      public: true,
      secret: undefined as never,
      redirectUris: ['http://127.0.0.1/callback'],
      flows: ['code', 'device'],
    }),
    client(s, 'engine', {
      flows: ['code', 'client-credentials', 'token-exchange'],
      serviceRoles: ['reader'],
      groups: true,
      audiences: ['cli', 'engine'],
    }),
  ],
  remove: async ({ call }, { realm: name, clientId }) => {
    const [found] = (await call('GET', `/admin/realms/${name}/clients?clientId=${clientId}`)) as LiveRole[]
    await call('DELETE', `/admin/realms/${name}/clients/${found?.id}`)
  },
  secret: ({ secret = '' }) => secret,
  change: (r) => ({
    ...r,
    redirectUris: ['https://lab.example.test/moved'],
    serviceRoles: ['reader', 'writer'],
    audiences: ['engine'],
  }),
})
