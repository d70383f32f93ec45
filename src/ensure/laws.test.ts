// Every kind against a real server.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import type { Database, Resource, Role, Schema, Table } from '#platform/resources'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { createEnsureContext } from './context.ts'
import { apply, plan } from './engine.ts'
import { createMemoryStore, type Fixture, type LawServer, obeysTheLaws } from './laws.ts'

interface PostgresServer extends LawServer {
  admin(database: string, sql: string): Promise<Record<string, unknown>[]>
}

let temp: TempPostgres
let server: PostgresServer

beforeAll(async () => {
  temp = await startTempPostgres()
  const admin = async (database: string, sql: string) => {
    const client = new pg.Client({ connectionString: temp.url(database) })
    await client.connect()
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  // Only our own statements take transaction numbers then, and each that changes anything does.
  await admin('postgres', 'ALTER SYSTEM SET autovacuum = off')
  await admin('postgres', 'SELECT pg_reload_conf()')
  const { user, password } = temp.superuser
  server = {
    admin,
    endpoints: { postgres: () => ({ host: '127.0.0.1', port: temp.port, superuser: user, password: new Secret(password) }) },
    evidence: () => admin('postgres', 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction'),
  }
})

afterAll(() => temp.stop())

const role = (s: string): Role => ({
  kind: 'role',
  server: 'postgresql',
  name: `role_${s}`,
  secret: `role.${s}`,
  memberOf: ['pg_read_all_stats'],
})
const database = (s: string): Database => ({ kind: 'database', server: 'postgresql', name: `db "${s}"`, owner: `role_${s}` })
const schema = (s: string): Schema => ({ kind: 'schema', server: 'postgresql', database: `db "${s}"`, name: 'things', owner: `role_${s}` })
const table = (s: string): Table => ({
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

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

const fixtures: readonly Fixture<PostgresServer>[] = [
  {
    kind: 'role',
    make: (s) => [role(`${s}b`), role(s)],
    remove: async ({ admin }, r) => void (await admin('postgres', `DROP ROLE ${quoted((r as Role).name)}`)),
    change: (r) => ({ ...(r as Role), memberOf: ['pg_read_all_stats', 'pg_monitor'] }),
  },
  {
    kind: 'database',
    make: (s) => [role(`${s}b`), role(s), database(`${s}b`), database(s)],
    remove: async ({ admin }, r) => void (await admin('postgres', `DROP DATABASE ${quoted((r as Database).name)} WITH (FORCE)`)),
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
    remove: async ({ admin }, r) => void (await admin((r as Schema).database, 'DROP EXTENSION hstore')),
  },
  {
    kind: 'schema',
    make: (s) => [role(`${s}b`), role(s), database(s), schema(s)],
    remove: async ({ admin }, r) => void (await admin((r as Schema).database, 'DROP SCHEMA things')),
    change: (r) => ({ ...(r as Schema), owner: `${(r as Schema).owner}b` }),
  },
  {
    kind: 'table',
    make: (s) => [role(s), database(s), schema(s), { ...table(s), name: 'two', indexes: [] }, table(s)],
    remove: async ({ admin }, r) => void (await admin((r as Table).database, 'DROP TABLE things.one')),
    change: (r) => ({
      ...(r as Table),
      columns: [...(r as Table).columns, { name: 'at', type: 'timestamptz' }],
      indexes: [...((r as Table).indexes ?? []), { name: 'one_at', using: 'btree', on: '"at" DESC' }],
    }),
  },
]

describe('PostgreSQL', () => {
  obeysTheLaws(() => server, fixtures)

  const login = async (user: string, password: string, db: string) => {
    const client = new pg.Client({ connectionString: temp.url(db, user, password) })
    try {
      await client.connect()
      return (await client.query('SELECT current_user AS me')).rows[0].me as string
    } catch (error) {
      return (error as Error).message
    } finally {
      await client.end().catch(() => {})
    }
  }

  it('a role opens its own database with the stored password, and no other', async () => {
    const secrets = createMemoryStore()
    const context = createEnsureContext({ ...server.endpoints, secrets })
    const resources: Resource[] = [role('mine'), role('theirs'), database('mine'), database('theirs')]
    expect((await apply(resources, context)).map((r) => r.outcome)).toEqual(resources.map(() => 'created'))
    await context.close()
    const password = ((await secrets.get('role.mine')) as Secret).reveal()
    expect(await login('role_mine', password, 'db "mine"')).toBe('role_mine')
    expect(await login('role_mine', password, 'db "theirs"')).toMatch(/permission denied for database/)
    expect(await login('role_mine', 'wrong', 'db "mine"')).toMatch(/password authentication failed/)
  })

  it('a lost password is made anew, a changed one is set back to the stored one', async () => {
    const secrets = new Map<string, Secret>()
    const context = () => createEnsureContext({ ...server.endpoints, secrets: createMemoryStore(secrets) })
    const resources = [role('forgetful'), database('forgetful')]
    await apply(resources, context())
    secrets.clear()
    expect(await plan(resources, context())).toEqual([
      { resource: 'role postgresql/role_forgetful', action: 'update', detail: 'the stored password does not open it' },
    ])
    await apply(resources, context())
    expect(await login('role_forgetful', secrets.get('role.forgetful')?.reveal() ?? '', 'db "forgetful"')).toBe('role_forgetful')
    await server.admin('postgres', `ALTER ROLE role_forgetful PASSWORD 'drifted' SUPERUSER`)
    expect((await apply(resources, context())).map((r) => r.detail)).toEqual([
      'its attributes, the stored password does not open it',
      undefined,
    ])
    expect(await login('role_forgetful', 'drifted', 'db "forgetful"')).toMatch(/password authentication failed/)
  })

  it('an extension that the server does not have is unavailable, and so is a table that needs it', async () => {
    const context = createEnsureContext({ ...server.endpoints, secrets: createMemoryStore() })
    const resources: Resource[] = [
      role('lacking'),
      database('lacking'),
      schema('lacking'),
      { kind: 'extension', server: 'postgresql', database: 'db "lacking"', name: 'vector' },
      { ...table('lacking'), columns: [{ name: 'embedding', type: 'vector(3)' }], primaryKey: [], indexes: [] },
    ]
    expect((await plan(resources, context)).map((c) => c.action)).toEqual(['create', 'create', 'create', 'unavailable', 'unavailable'])
    expect((await apply(resources, context)).map((r) => r.outcome)).toEqual(['created', 'created', 'created', 'unavailable', 'unavailable'])
    expect((await plan(resources, context)).map((c) => c.action)).toEqual(['unavailable', 'unavailable'])
    await context.close()
  })

  it('a failure is a report with its reason, and what does not depend on it goes on', async () => {
    const context = createEnsureContext({ ...server.endpoints, secrets: createMemoryStore() })
    const orphan: Resource = { kind: 'database', server: 'postgresql', name: 'orphan', owner: 'nobody_here' }
    const [failed, made] = await apply([orphan, role('fine')], context)
    expect(failed).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('role "nobody_here" does not exist') })
    expect(made).toMatchObject({ outcome: 'created' })
    await context.close()
  })
})
