// A server with a bank, its keeper, and persons who connect to it as themselves.
import pg from 'pg'
import { scramVerifier } from '#ensure/clients/scram'
import type { AccessModel } from '#kit/access-model'
import { createLog } from '#kit/log'
import { createLivePolicy } from '#parts/policy/index'
import { createKeeper, type Keeper, type KnownPerson, keeperPool, type Login } from '#parts/sql/connectors/postgresql/direct/keeper'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

export const MODEL: AccessModel = {
  roleGrants: {
    admin: { all: true, clear: true },
    engineer: { read: ['*.*'], write: ['banking.*'], clear: true },
    writer: { read: ['*.*'], write: ['banking.public'] },
    user: { read: ['*.*'] },
    viewer: { read: ['banking.public'], filtered: true, clear: true },
    part: {
      read: [
        { table: 'banking.public.people', columns: ['ID', 'Email'] },
        { table: 'banking.public.cities', columns: ['name'] },
      ],
    },
    elsewhere: { read: ['healthcare.*'] },
  },
  masks: {
    name: "substr({column}, 1, 1) || '***'",
    email: "'***@' || split_part({column}, '@', 2)",
    date: "date_trunc('year', {column})",
    odd: 'upper({column})',
  },
  classified: [
    { schemas: ['banking.public'], column: 'full_name', as: 'name' },
    { schemas: ['banking.public'], column: 'email', as: 'email' },
    { schemas: ['banking.public'], column: 'birth_date', as: 'date' },
    { schemas: ['banking.public'], column: 'nick', as: 'odd' },
  ],
  rowFilters: [{ schemas: ['banking.public'], column: 'confidential', filter: 'NOT {column}' }],
}

export interface DirectWorld {
  readonly server: TempPostgres
  /** As the bank's owner. */
  readonly owner: pg.Pool
  readonly admin: pg.Pool
  readonly keeper: Keeper
  readonly people: Map<string, KnownPerson>
  readonly told: string[]
  model: AccessModel
  /** Of single sign-on; milliseconds. */
  silence: number
  /** Another process of the keeper's, after the first. */
  again(): Keeper
  /** By roles: `ada` has those. */
  person(name: string, ...roles: string[]): Promise<Login>
  as(login: Login, database?: string): Promise<pg.Client>
  stop(): Promise<void>
}

export const DATABASES = ['banking', 'healthcare'] as const

export async function startDirectWorld(definitions: string): Promise<DirectWorld> {
  const server = await startTempPostgres()
  const root = new pg.Client({ connectionString: server.url('postgres') })
  await root.connect()
  for (const name of DATABASES) {
    await root.query(
      `CREATE ROLE ${name} LOGIN PASSWORD 'x'; CREATE ROLE sql_${name} LOGIN PASSWORD 'x'; GRANT pg_read_all_data TO sql_${name}`,
    )
    await root.query(`CREATE DATABASE ${name} OWNER ${name}`)
    await root.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${name} TO sql_${name}`)
  }
  await root.end()
  const pools = DATABASES.map((name) => keeperPool({ connectionString: server.url(name), max: 4 }))
  const [admin] = pools as [pg.Pool]
  const owner = new pg.Pool({ connectionString: server.url('banking', 'banking', 'x'), max: 2 })
  owner.on('error', () => {})
  await owner.query(definitions)
  const people = new Map<string, KnownPerson>()
  const told: string[] = []
  const world = { model: MODEL, silence: 0 }
  const again = () =>
    createKeeper({
      databases: DATABASES.map((name, i) => ({ catalog: name, database: name, sqlRole: `sql_${name}`, pool: pools[i] as pg.Pool })),
      authoriser: createLivePolicy(() => world.model, RESOURCE_KINDS),
      policyVersion: () => JSON.stringify(world.model),
      people: { named: (name) => people.get(name), silence: () => world.silence },
      verifier: scramVerifier,
      record: async (...facts) => void told.push(facts.join(' ')),
      log: createLog('test'),
    })
  const keeper = again()
  return Object.assign(world, {
    server,
    owner,
    admin,
    keeper,
    again,
    people,
    told,
    person: async (name: string, ...roles: string[]) => {
      if (roles.length > 0) people.set(name, { id: `account of ${name}`, roles, rightsVersion: 0 })
      return keeper.open(name)
    },
    as: async ({ user, password }: Login, database = 'banking') => {
      const client = new pg.Client({ connectionString: server.url(database, user, password) })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    stop: async () => {
      await keeper.stop()
      await Promise.all([...pools, owner].map((pool) => pool.end()))
      await server.stop()
    },
  })
}
