// PostgreSQL's kinds beyond the laws: what a password opens, what a server lacks, how a failure is told.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresClient, type PostgresEndpoint } from '#ensure/clients/postgres'
import { createEnsureContext } from '#ensure/context'
import { apply, plan } from '#ensure/engine'
import { database } from '#ensure/kinds/test-database'
import { role } from '#ensure/kinds/test-role'
import { schema } from '#ensure/kinds/test-schema'
import { table } from '#ensure/kinds/test-table'
import { createMemoryStore } from '#ensure/test-laws'
import { type PostgresLawServer, startPostgresLawServer } from '#ensure/test-servers'
import type { Secret } from '#kit/secret'
import type { Resource } from '#platform/resources'

let server: PostgresLawServer

beforeAll(async () => {
  server = await startPostgresLawServer()
})
afterAll(() => server.stop())

describe('PostgreSQL', () => {
  const login = async (user: string, password: string, db: string) => {
    const client = new pg.Client({ connectionString: server.url(db, user, password) })
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

  it('a statement waits for its turn as long as it takes, and for a server that is silent only so long', async () => {
    const endpoint = { ...(server.endpoints.postgres?.('postgresql') as PostgresEndpoint), connectTimeoutMs: 500 }
    const client = createPostgresClient(endpoint)
    const slow = () => client.query<{ done: number }>('template1', 'SELECT 1 AS done FROM pg_sleep(0.4)')
    expect((await Promise.all([slow(), slow(), slow(), slow(), slow(), slow()])).flat()).toEqual(Array(6).fill({ done: 1 }))
    await client.close()

    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const port = (silent.address() as AddressInfo).port
    const deaf = createPostgresClient({ ...endpoint, port })
    await expect(deaf.query('postgres', 'SELECT 1')).rejects.toThrow(/timeout/)
    await deaf.close()
    silent.close()
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
    await server.sql('postgres', `ALTER ROLE role_forgetful PASSWORD 'drifted' SUPERUSER`)
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
