// One fixture per kind: what it stands on, how it is taken away behind the engine's back, and another spec of it.
import pg from 'pg'
import type { LiveRole } from '#ensure/clients/keycloak'
import type { Fixture } from '#ensure/test-laws'
import type { AdminLawServer, PostgresLawServer, StorageLawServer, startCatalogLawServer } from '#ensure/test-servers'
import type { Resource, ResourceOf } from '#platform/resources'

type Client = ResourceOf<'client'>
type Database = ResourceOf<'database'>
type Key = ResourceOf<'key'>
type Role = ResourceOf<'role'>
type Schema = ResourceOf<'schema'>
type Table = ResourceOf<'table'>
type User = ResourceOf<'user'>

export const role = (s: string): Role => ({
  kind: 'role',
  server: 'postgresql',
  name: `role_${s}`,
  secret: `role.${s}`,
  memberOf: ['pg_read_all_stats'],
})
export const database = (s: string): Database => ({ kind: 'database', server: 'postgresql', name: `db "${s}"`, owner: `role_${s}` })
export const schema = (s: string): Schema => ({
  kind: 'schema',
  server: 'postgresql',
  database: `db "${s}"`,
  name: 'things',
  owner: `role_${s}`,
})
export const table = (s: string): Table => ({
  kind: 'table',
  server: 'postgresql',
  database: `db "${s}"`,
  schema: 'things',
  name: 'one',
  owner: `role_${s}`,
  columns: [
    { name: 'id', type: 'bigint generated always as identity', notNull: true },
    { name: 'note', type: 'text', notNull: true, default: "''" },
  ],
  primaryKey: ['id'],
  indexes: [{ name: 'one_note', using: 'btree', on: 'note' }],
})

export const postgresFixtures: readonly Fixture<PostgresLawServer>[] = [
  {
    kind: 'role',
    make: (s) => [role(`${s}b`), role(s)],
    remove: async ({ sql }, r) => void (await sql('postgres', `DROP ROLE ${pg.escapeIdentifier((r as Role).name)}`)),
    secret: (r) => (r as Role).secret,
    change: (r) => ({ ...(r as Role), memberOf: ['pg_read_all_stats', 'pg_monitor'] }),
  },
  {
    kind: 'database',
    make: (s) => [role(`${s}b`), role(s), database(`${s}b`), database(s)],
    remove: async ({ sql }, r) => void (await sql('postgres', `DROP DATABASE ${pg.escapeIdentifier((r as Database).name)} WITH (FORCE)`)),
    change: (r) => ({ ...(r as Database), connect: [(r as Database).owner, `${(r as Database).owner}b`] }),
  },
  {
    kind: 'extension',
    make: (s) => [
      role(s),
      database(s),
      { kind: 'extension', server: 'postgresql', database: `db "${s}"`, name: 'pg_trgm' },
      { kind: 'extension', server: 'postgresql', database: `db "${s}"`, name: 'hstore' },
    ],
    remove: async ({ sql }, r) => void (await sql((r as Schema).database, 'DROP EXTENSION hstore')),
  },
  {
    kind: 'schema',
    make: (s) => [role(`${s}b`), role(s), database(s), schema(s)],
    remove: async ({ sql }, r) => void (await sql((r as Schema).database, 'DROP SCHEMA things')),
    change: (r) => ({ ...(r as Schema), owner: `${(r as Schema).owner}b` }),
  },
  {
    kind: 'table',
    make: (s) => [role(s), database(s), schema(s), { ...table(s), name: 'two', indexes: [] }, table(s)],
    remove: async ({ sql }, r) => void (await sql((r as Table).database, 'DROP TABLE things.one')),
    change: (r) => ({
      ...(r as Table),
      columns: [...(r as Table).columns, { name: 'at', type: 'timestamptz' }],
      indexes: [...((r as Table).indexes ?? []), { name: 'one_at', using: 'btree', on: '"at" DESC' }],
    }),
  },
]

const bucket = (s: string): Resource => ({ kind: 'bucket', name: `bucket-${s}` })
const key = (s: string): Key => ({ kind: 'key', name: `user-${s}`, secret: `key.${s}`, buckets: [{ name: `bucket-${s}`, mode: 'write' }] })

export const storageFixtures: readonly Fixture<StorageLawServer>[] = [
  {
    kind: 'bucket',
    make: (s) => [bucket(`${s}b`), bucket(s)],
    remove: ({ s3 }, r) => s3('DELETE', `/${(r as Key).name}`),
  },
  {
    kind: 'key',
    make: (s) => [bucket(`${s}b`), bucket(s), key(`${s}b`), key(s)],
    remove: async ({ iam }, r) => {
      const UserName = (r as Key).name
      const keys = await iam('ListAccessKeys', { UserName })
      for (const [, AccessKeyId = ''] of keys.matchAll(/<AccessKeyId>([^<]+)/g)) await iam('DeleteAccessKey', { UserName, AccessKeyId })
      await iam('DeleteUserPolicy', { UserName, PolicyName: 'akko-buckets' })
      await iam('DeleteUser', { UserName })
    },
    secret: (r) => (r as Key).secret,
    change: (r) => ({ ...(r as Key), buckets: [...(r as Key).buckets, { name: `${(r as Key).buckets[0]?.name}b`, mode: 'read' }] }),
  },
]

type CatalogServer = Awaited<ReturnType<typeof startCatalogLawServer>>

/** Fixtures of the catalogue need to know where its files lie. */
export function catalogFixtures(base: () => string): readonly Fixture<CatalogServer>[] {
  const catalog = (s: string): Resource => ({ kind: 'catalog', name: `catalog-${s}`, baseLocation: `${base()}/${s}` })
  const principalRole = (s: string): Resource => ({ kind: 'principalRole', name: `engines-${s}` })
  const catalogRole = (s: string): Resource => ({
    kind: 'catalogRole',
    catalog: `catalog-${s}`,
    name: 'content',
    principalRoles: [`engines-${s}`],
  })
  const namespace = (s: string, name: string): Resource => ({ kind: 'namespace', catalog: `catalog-${s}`, name })
  const grant = (s: string, privilege: string, more: object = {}): Resource => ({
    kind: 'grant',
    catalog: `catalog-${s}`,
    catalogRole: 'content',
    privilege,
    ...more,
  })
  const management = (...parts: readonly string[]) => `/api/management/v1/${parts.join('/')}`
  return [
    {
      kind: 'catalog',
      make: (s) => [catalog(`${s}b`), catalog(s)],
      remove: async ({ call }, r) => void (await call('DELETE', management('catalogs', (r as Key).name))),
      change: (r) => ({
        ...(r as { kind: 'catalog'; name: string; baseLocation: string }),
        baseLocation: `${base()}/moved-${(r as Key).name}`,
      }),
    },
    {
      kind: 'namespace',
      make: (s) => [catalog(s), namespace(s, 'banking'), namespace(s, 'raw.cards')],
      remove: async ({ call }, r) =>
        void (await call('DELETE', `/api/catalog/v1/${(r as { catalog: string }).catalog}/namespaces/raw%1Fcards`)),
    },
    {
      kind: 'principalRole',
      make: (s) => [principalRole(`${s}b`), principalRole(s)],
      remove: async ({ call }, r) => void (await call('DELETE', management('principal-roles', (r as Key).name))),
    },
    {
      kind: 'principal',
      make: (s) => [
        principalRole(`${s}b`),
        principalRole(s),
        { kind: 'principal', name: `spark-${s}`, secret: `principal.${s}.spark`, roles: [`engines-${s}`] },
        { kind: 'principal', name: `trino-${s}`, secret: `principal.${s}.trino`, roles: [`engines-${s}`] },
      ],
      remove: async ({ call }, r) => void (await call('DELETE', management('principals', (r as Key).name))),
      secret: (r) => (r as Key).secret,
      change: (r) => {
        const principal = r as Extract<Resource, { kind: 'principal' }>
        return { ...principal, roles: [...principal.roles, `${principal.roles[0]}b`] }
      },
    },
    {
      kind: 'catalogRole',
      make: (s) => [catalog(s), principalRole(`${s}b`), principalRole(s), catalogRole(s)],
      remove: async ({ call }, r) =>
        void (await call('DELETE', management('catalogs', (r as { catalog: string }).catalog, 'catalog-roles', 'content'))),
      change: (r) => {
        const role = r as Extract<Resource, { kind: 'catalogRole' }>
        return { ...role, principalRoles: [...role.principalRoles, `${role.principalRoles[0]}b`] }
      },
    },
    {
      kind: 'grant',
      make: (s) => [
        catalog(s),
        namespace(s, 'raw'),
        principalRole(s),
        catalogRole(s),
        grant(s, 'CATALOG_MANAGE_CONTENT'),
        grant(s, 'TABLE_READ_DATA', { namespace: 'raw' }),
      ],
      remove: async ({ call }, r) => {
        const path = management('catalogs', (r as { catalog: string }).catalog, 'catalog-roles', 'content', 'grants')
        await call('POST', path, { grant: { type: 'namespace', privilege: 'TABLE_READ_DATA', namespace: ['raw'] } })
      },
    },
  ]
}

const REALM = (s: string) => `realm-${s}`
const realm = (s: string): Resource => ({ kind: 'realm', name: REALM(s) })
const realmRole = (s: string, name: string): Resource => ({ kind: 'realmRole', realm: REALM(s), name, description: `What ${name} may` })
const client = (s: string, clientId: string, more: Partial<Client> = {}): Client => ({
  kind: 'client',
  realm: REALM(s),
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
const user = (s: string, username: string): User => ({
  kind: 'user',
  realm: REALM(s),
  username,
  email: `${username.replace('@', '.')}@Example.test`,
  firstName: 'Ada',
  lastName: 'Lovelace',
  secret: `user.${s}.${username}`,
  roles: ['reader'],
})

export const identityFixtures: readonly Fixture<AdminLawServer>[] = [
  {
    kind: 'realm',
    make: (s) => [realm(`${s}b`), realm(s)],
    remove: async ({ call }, r) => void (await call('DELETE', `/admin/realms/${(r as Key).name}`)),
  },
  {
    kind: 'realmRole',
    make: (s) => [realm(s), realmRole(s, 'writer'), realmRole(s, 'reader')],
    remove: async ({ call }, r) => void (await call('DELETE', `/admin/realms/${(r as Client).realm}/roles/reader`)),
    change: (r) => ({ ...(r as Extract<Resource, { kind: 'realmRole' }>), description: 'Something else' }),
  },
  {
    kind: 'client',
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
    remove: async ({ call }, r) => {
      const { realm: name, clientId } = r as Client
      const [found] = (await call('GET', `/admin/realms/${name}/clients?clientId=${clientId}`)) as LiveRole[]
      await call('DELETE', `/admin/realms/${name}/clients/${found?.id}`)
    },
    secret: (r) => (r as Client).secret ?? '',
    change: (r) => ({
      ...(r as Client),
      redirectUris: ['https://lab.example.test/moved'],
      serviceRoles: ['reader', 'writer'],
      audiences: ['engine'],
    }),
  },
  {
    kind: 'user',
    make: (s) => [realm(s), realmRole(s, 'reader'), realmRole(s, 'writer'), user(s, 'grace'), user(s, 'ada@lab')],
    remove: async ({ call }, r) => {
      const { realm: name, username } = r as User
      const query = new URLSearchParams({ username, exact: 'true' })
      const [found] = (await call('GET', `/admin/realms/${name}/users?${query}`)) as LiveRole[]
      await call('DELETE', `/admin/realms/${name}/users/${found?.id}`)
    },
    change: (r) => ({ ...(r as User), lastName: 'King' }),
  },
]
