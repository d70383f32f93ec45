// A directory of people (LDAP) in the real Keycloak, kept by the ensure engine: its users log in and have their roles.
// Part of keycloak-real.test.ts: a second Keycloak would take longer to start than these tests take.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { anyFixture, createMemoryStore, type Fixture, obeysTheLaws } from '#ensure/test-laws'
import { type AdminLawServer, startIdentityLawServer } from '#ensure/test-servers'
import { randomSecret, Secret } from '#kit/secret'
import type { Resource, ResourceOf } from '#platform/resources'
import { type LdapServer, startLdap } from '#test/support/ldap'

type Directory = ResourceOf<'directory'>

const BASE = 'dc=example,dc=org'
const BIND_DN = `cn=reader,${BASE}`
const SECRET = 'identity.directory'
const bindPassword = randomSecret()
const ada = randomSecret()

const LDIF = `dn: ${BASE}
objectClass: domain
dc: example

dn: ${BIND_DN}
objectClass: person
cn: reader
sn: reader
userPassword: ${bindPassword.reveal()}

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${BASE}
objectClass: organizationalUnit
ou: groups

dn: uid=ada,ou=people,${BASE}
objectClass: inetOrgPerson
uid: ada
cn: Ada
sn: Lovelace
mail: ada@example.org
userPassword: ${ada.reveal()}

dn: uid=bob,ou=people,${BASE}
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Builder
mail: bob@example.org
userPassword: ${randomSecret().reveal()}

dn: cn=writer,ou=groups,${BASE}
objectClass: groupOfNames
cn: writer
member: uid=ada,ou=people,${BASE}
`

/** Declares the tests; the Keycloak runs when they do. */
export function directoryTests(keycloak: () => AdminLawServer & { readonly url: string }): void {
  let ldap: LdapServer

  beforeAll(async () => {
    ldap = await startLdap(BASE, LDIF)
  }, 600_000)
  afterAll(() => ldap?.stop())

  const realm = (s: string): Resource => ({ kind: 'realm', name: `realm-${s}` })
  const writer = (s: string): Resource => ({ kind: 'realmRole', realm: `realm-${s}`, name: 'writer', description: 'Writes' })
  const directory = (s: string, url = ldap.url): Directory => ({
    kind: 'directory',
    realm: `realm-${s}`,
    name: 'people',
    url,
    bindDn: BIND_DN,
    secret: SECRET,
    usersDn: `ou=people,${BASE}`,
    usernameAttribute: 'uid',
    idAttribute: 'entryUUID',
    objectClasses: ['inetOrgPerson'],
    groupsDn: `ou=groups,${BASE}`,
  })

  const components = (realmName: string, query: string) =>
    keycloak().call('GET', `/admin/realms/${realmName}/components?${query}`) as Promise<{ id: string; name: string }[]>
  const storages = (realmName: string) => components(realmName, 'type=org.keycloak.storage.UserStorageProvider')

  const fixture: Fixture<AdminLawServer, 'directory'> = {
    kind: 'directory',
    make: (s) => [realm(s), writer(s), directory(s)],
    given: new Map([[SECRET, bindPassword]]),
    remove: async ({ call }, { realm: name }) => {
      await call('DELETE', `/admin/realms/${name}/components/${(await storages(name))[0]?.id}`)
    },
    change: (r) => ({ ...r, userFilter: '(uid=a*)' }),
  }

  describe('the four laws', () => {
    obeysTheLaws(keycloak, [anyFixture(fixture)])
  })

  describe('people of the directory', () => {
    const resources = (): Resource[] => [
      realm('dir'),
      writer('dir'),
      {
        kind: 'client',
        realm: 'realm-dir',
        clientId: 'app',
        name: 'App',
        public: true,
        redirectUris: ['http://127.0.0.1/callback'],
        flows: ['password'],
        audiences: ['app'],
      },
      directory('dir'),
    ]
    const secrets = createMemoryStore(new Map([[SECRET, bindPassword]]))
    const context = () => createEnsureContext({ ...keycloak().endpoints, secrets })
    const logIn = async (username: string, password: Secret) => {
      const response = await fetch(`${keycloak().url}/realms/realm-dir/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', client_id: 'app', username, password: password.reveal() }),
      })
      return { status: response.status, body: (await response.json()) as { access_token?: string; error?: string } }
    }

    it('are read from one provider although two first runs meet', async () => {
      const runs = [
        apply(resources(), context()),
        apply(resources(), createEnsureContext({ ...keycloak().endpoints, secrets: secrets.share() })),
      ]
      expect((await Promise.all(runs)).flat().filter((r) => r.outcome === 'failed')).toEqual([])
      expect((await storages('realm-dir')).map((c) => c.name)).toEqual(['people'])
      const users = (await keycloak().call('GET', '/admin/realms/realm-dir/users')) as { username: string }[]
      expect(users.map((u) => u.username).sort()).toEqual(['ada', 'bob'])
    })

    it('log in with their password there, and have the role of their group', async () => {
      const { status, body } = await logIn('ada', ada)
      expect([status, body.error]).toEqual([200, undefined])
      const claims = JSON.parse(Buffer.from(body.access_token?.split('.')[1] ?? '', 'base64url').toString())
      expect(claims.realm_access.roles).toContain('writer')
      expect((await logIn('ada', new Secret('guessed'))).body).toMatchObject({ error: 'invalid_grant' })
    })

    it('whose password Keycloak lost is told by plan and put back by apply', async () => {
      const [storage] = await storages('realm-dir')
      const path = `/admin/realms/realm-dir/components/${storage?.id}`
      const live = (await keycloak().call('GET', path)) as { config: object }
      await keycloak().call('PUT', path, { ...live, config: { ...live.config, bindCredential: ['wrong'] } })
      expect(await plan(resources(), context())).toEqual([
        { resource: 'directory realm-dir/people', action: 'update', detail: 'the directory refuses the password that it has' },
      ])
      await apply(resources(), context())
      expect(await plan(resources(), context())).toEqual([])
    })

    it('cannot be read without the password, and the reason is told', async () => {
      const empty = createEnsureContext({ ...keycloak().endpoints, secrets: createMemoryStore() })
      const [, , report] = await apply([realm('none'), writer('none'), directory('none')], empty)
      expect(report?.outcome).toBe('failed')
      expect(report?.detail).toContain(`there is no secret ${SECRET}`)
    })
  })

  it('the embedded identity has no such thing, and says so', async () => {
    const embedded = await startIdentityLawServer()
    try {
      const context = createEnsureContext({ ...embedded.endpoints, secrets: createMemoryStore() })
      const reports = await apply([realm('e'), writer('e'), directory('e', 'ldap://127.0.0.1:1')], context)
      expect(reports.map((r) => `${r.outcome} ${r.detail ?? ''}`)).toEqual([
        'created ',
        'created ',
        expect.stringMatching(/^unavailable this identity server reads no LDAP/),
      ])
    } finally {
      await embedded.stop()
    }
  })
}
