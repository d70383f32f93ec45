// Trino, Keycloak and OPA exactly as the chart sets them, over the lake and the databases of the platform under test: who sees what.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { createMemoryStore } from '#ensure/test-laws'
import { randomSecret } from '#kit/secret'
import { EVERY_PART } from '#platform/audiences'
import { CLUSTER_DOMAIN, DATABASE_CATALOGS, REALM, SQL_CLIENT, secretName, sqlRole } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import { s3KeyRefs, secretRef } from '#platform/secret-objects'
import type { Site } from '#platform/service'
import { type ClusterKeycloak, type ClusterTrino, startClusterKeycloak, startClusterTrino } from '#test/support/cluster-engines'
import { type Opa, startOpa } from '#test/support/opa'
import { platform } from '#test/support/platform'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { ask, type SqlAnswer } from '#test/support/trino'

type User = ResourceOf<'user'>

const SITE: Site = { shape: 'cluster', domain: CLUSTER_DOMAIN, publicPort: 443, demo: true }
const IDENTITY = new Set<Resource['kind']>(['realm', 'realmRole', 'client', 'user'])
const MADE = 'iceberg.staging.policy_made'
const MARKED = 'iceberg.analytics.policy_marked'
const PLAIN = 'iceberg.analytics.policy_plain'
const NESTED = 'iceberg.banking.policy_nested'

let postgres: TempPostgres
let keycloak: ClusterKeycloak
let opa: Opa
let trino: ClusterTrino
const secrets = createMemoryStore()
const tokens = new Map<string, string>()

const secretOf = async (name: string) => (await secrets.get(name))?.reveal() ?? ''

/** A token of a client: its own, or of a person who gave it his password. */
async function token(client: string, more: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${keycloak.url}/realms/${REALM}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: client, client_secret: await secretOf(secretName.client(client)), ...more }),
  })
  const answer = (await response.json()) as { access_token?: string }
  if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`)
  return answer.access_token
}

/** By the gateway's way: behind TLS, with a token. */
async function as(user: string, sql: string, more: Readonly<Record<string, string>> = {}): Promise<SqlAnswer> {
  return ask({ url: trino.url, user, token: tokens.get(user) ?? '', headers: { 'x-forwarded-proto': 'https', ...more } }, sql)
}
const rows = async (user: string, sql: string) => {
  const answer = await as(user, sql)
  expect(answer.error, `${user}: ${sql}`).toBeUndefined()
  return answer.rows
}
const denied = async (user: string, sql: string) => {
  const { error } = await as(user, sql)
  expect(error?.errorName, `${user}: ${sql}: ${error?.message}`).toBe('PERMISSION_DENIED')
}

beforeAll(async () => {
  const env = await platform().env()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  ;[postgres, opa] = await Promise.all([startTempPostgres(), startOpa()])
  keycloak = await startClusterKeycloak(postgres)

  const resources = resourcesOf(SITE).filter((r) => IDENTITY.has(r.kind))
  const context = () => createEnsureContext({ keycloak: { url: keycloak.url, admin: keycloak.admin }, secrets })
  // People log in with a browser; test clients of this file's own take their passwords.
  const login = (clientId: string, audiences: readonly string[]): Resource => ({
    ...{ kind: 'client', realm: REALM, clientId, name: `Log-in of the tests (${clientId})`, public: false },
    ...{ secret: secretName.client(clientId), redirectUris: [], flows: ['password'], groups: true, audiences },
  })
  const stranger: User = {
    ...{ kind: 'user', realm: REALM, username: 'stranger@demo', email: 'stranger@demo.akko.local', firstName: 'S', lastName: 'T' },
    ...{ secret: 'stranger', demoPassword: 'stranger-demo', roles: [] },
  }
  const elsewhere = EVERY_PART.filter((audience) => audience !== SQL_CLIENT)
  const all = [...resources, login('test-login', [SQL_CLIENT]), login('test-elsewhere', elsewhere), stranger]
  expect((await apply(all, context())).filter((r) => r.outcome === 'failed')).toEqual([])
  expect(await plan(all, context())).toEqual([])
  for (const user of all.filter((r): r is User => r.kind === 'user'))
    tokens.set(
      user.username,
      await token('test-login', { grant_type: 'password', username: user.username, password: user.demoPassword as string }),
    )

  const key = secretName.key('trino')
  const [accessKey, secretKey] = platform().secret(key).split(':') as [string, string]
  const given: Record<string, string> = {}
  const give = ({ secret, key }: { secret: string; key: string }, value: string) => {
    given[`${secret}/${key}`] = value
  }
  give(s3KeyRefs(key).id, accessKey)
  give(s3KeyRefs(key).secret, secretKey)
  give(secretRef(secretName.principal('trino')), platform().secret(secretName.principal('trino')))
  give(secretRef(secretName.client(SQL_CLIENT)), await secretOf(secretName.client(SQL_CLIENT)))
  give(secretRef(secretName.sqlInternal), randomSecret().reveal())
  for (const database of Object.values(DATABASE_CATALOGS)) {
    const name = secretName.role('postgresql-data', sqlRole(database))
    give(secretRef(name), platform().secret(name))
  }
  trino = await startClusterTrino({
    places: {
      'http://akko-keycloak:8080': keycloak.url,
      'http://akko-opa:8181': opa.url,
      'http://akko-polaris:8181/api/catalog': env.AKKO_CATALOG_URI as string,
      'http://akko-storage:8333': env.AKKO_S3_ENDPOINT as string,
      'akko-postgresql-data:5432': `${env.PGHOST}:${env.PGPORT}`,
    },
    secret: (name, key) => given[`${name}/${key}`] ?? '',
  })
  for (let left = 60; ; left--) {
    const { error } = await as('admin@demo', 'SELECT count(*) FROM iceberg.banking.customers')
    if (!error) break
    if (left === 0) throw new Error(error.message)
    await new Promise((r) => setTimeout(r, 500))
  }
  for (const table of [MADE, MARKED, PLAIN, NESTED]) await rows('admin@demo', `DROP TABLE IF EXISTS ${table}`)
}, 900_000)

afterAll(async () => {
  if (trino) for (const table of [MADE, MARKED, PLAIN, NESTED]) await as('admin@demo', `DROP TABLE IF EXISTS ${table}`)
  await Promise.all([trino?.stop(), opa?.stop(), keycloak?.stop().then(() => postgres.stop())])
})

describe('who is let in', () => {
  it('nobody without a token, whatever name he gives', async () => {
    const ways = [{}, { 'x-forwarded-proto': 'https' }, { authorization: 'Bearer nonsense', 'x-forwarded-proto': 'https' }]
    for (const way of ways) {
      const headers = { 'x-trino-user': 'admin@demo', ...way }
      const response = await fetch(`${trino.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers })
      expect([401, 403]).toContain(response.status)
    }
  })

  it('a person, under the name in his token', async () => {
    expect(await rows('user@demo', 'SELECT current_user')).toEqual([['user@demo']])
  })

  it('a tool, as itself, with the role of its service account', async () => {
    const name = 'service-account-mcp'
    tokens.set(name, await token('mcp', { grant_type: 'client_credentials' }))
    expect(await rows(name, 'SELECT current_user')).toEqual([[name]])
    expect(String((await rows(name, 'SELECT email FROM iceberg.banking.customers LIMIT 1'))[0]?.[0])).toMatch(/^\*\*\*@/)
    await denied(name, `CREATE TABLE ${MADE} (a bigint)`)
  })

  it('nobody with a token that is for every other part', async () => {
    const password = { grant_type: 'password', username: 'admin@demo', password: 'admin-demo' }
    const foreign = await token('test-elsewhere', password)
    expect(decodeJwt(foreign).aud).toEqual(expect.arrayContaining(['cockpit', 'polaris']))
    for (const [bearer, status] of [
      [foreign, 401],
      [await token('test-login', password), 200],
    ] as const) {
      const headers = { 'x-trino-user': 'admin@demo', authorization: `Bearer ${bearer}`, 'x-forwarded-proto': 'https' }
      expect((await fetch(`${trino.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers })).status).toBe(status)
    }
  })

  it('nobody as another, the administrator neither', async () => {
    for (const who of ['admin@demo', 'user@demo']) {
      const other = { url: trino.url, user: 'analyst@demo', token: tokens.get(who) ?? '', headers: { 'x-forwarded-proto': 'https' } }
      expect((await ask(other, 'SELECT 1')).error).toMatchObject({ errorName: 'PERMISSION_DENIED' })
    }
  })

  it('somebody without a role is told nothing', async () => {
    for (const sql of ['SELECT 1', 'SHOW CATALOGS', 'SELECT * FROM iceberg.banking.customers']) await denied('stranger@demo', sql)
  })
})

describe('what is seen', () => {
  const PERSON = 'SELECT full_name, email, phone, birth_date FROM iceberg.banking.customers WHERE customer_id = 1'
  const IN_POSTGRESQL = PERSON.replace('iceberg.banking', 'banking.public')

  it.each([PERSON, IN_POSTGRESQL])('clear by analysts, masked for users: %s', async (sql) => {
    const [clear, masked] = [(await rows('analyst@demo', sql))[0], (await rows('user@demo', sql))[0]]
    expect(clear?.[1]).toMatch(/^[^*]+@/)
    expect(masked?.[0]).toBe(`${String(clear?.[0])[0]}***`)
    expect(masked?.[1]).toBe(`***@${String(clear?.[1]).split('@')[1]}`)
    expect(masked?.[2]).toBe(`***${String(clear?.[2]).slice(-2)}`)
    expect(masked?.[3]).toBe(`${String(clear?.[3]).slice(0, 4)}-01-01`)
  })

  it('is what one machine shows to the same person', async () => {
    const env = await platform().env('user@demo')
    const ours = await ask(
      { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string },
      PERSON,
    )
    expect(await rows('user@demo', PERSON)).toEqual(ours.rows)
  })

  it('is nothing of a column that holds personal data inside, here and on one machine', async () => {
    await rows(
      'engineer@demo',
      `CREATE TABLE ${NESTED} AS SELECT 1 AS n, CAST(ROW('Real Person', 'real@x.example') AS ROW(full_name VARCHAR, email VARCHAR)) AS person,
         ARRAY[CAST(ROW('real@x.example', 'a') AS ROW("EMAIL" VARCHAR, a VARCHAR))] AS list,
         MAP(ARRAY[1], ARRAY[CAST(ROW(1, 'x') AS ROW(a INTEGER, email VARCHAR))]) AS by_id, CAST(ROW(7) AS ROW(emails INTEGER)) AS plain`,
    )
    const select = `SELECT n, person.email, list, by_id, plain.emails FROM ${NESTED}`
    const env = await platform().env('user@demo')
    const ours = { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
    expect((await rows('analyst@demo', select))[0]?.[1]).toBe('real@x.example')
    expect(await rows('user@demo', select)).toEqual([[1, null, null, null, 7]])
    expect((await ask(ours, select)).rows).toEqual([[1, null, null, null, 7]])
  })

  it('cannot be had by asking for it otherwise', async () => {
    const clear = String((await rows('analyst@demo', PERSON))[0]?.[1])
    expect(await rows('user@demo', `SELECT count(*) FROM iceberg.banking.customers WHERE email = '${clear}'`)).toEqual([[0]])
    await denied('user@demo', 'SELECT * FROM iceberg.banking."customers$files"')
    await denied('user@demo', "SELECT * FROM TABLE(banking.system.query(query => 'SELECT email FROM customers'))")
    await denied('user@demo', "CALL banking.system.execute(query => 'SELECT 1')")
  })

  it('by viewers in analytics alone, and there the rows for general use', async () => {
    await rows('admin@demo', `CREATE TABLE ${MARKED} AS SELECT * FROM (VALUES (1, true), (2, false)) AS t (n, confidential)`)
    await rows('admin@demo', `CREATE TABLE ${PLAIN} AS SELECT 1 AS n`)
    expect(await rows('viewer@demo', `SELECT n FROM ${MARKED}`)).toEqual([[2]])
    expect(await rows('analyst@demo', `SELECT n FROM ${MARKED} ORDER BY n`)).toEqual([[1], [2]])
    expect((await as('viewer@demo', `SELECT n FROM ${PLAIN}`)).error?.errorName).toBe('COLUMN_NOT_FOUND')
    await denied('viewer@demo', 'SELECT * FROM iceberg.banking.transactions')
    expect(await rows('viewer@demo', 'SHOW SCHEMAS FROM iceberg')).toEqual([['analytics'], ['information_schema']])
    expect(
      await rows('viewer@demo', "SELECT DISTINCT table_schema FROM iceberg.information_schema.tables WHERE table_schema = 'banking'"),
    ).toEqual([])
  })
})

describe('what is done', () => {
  it('engineers write, others do not', async () => {
    for (const user of ['analyst@demo', 'user@demo', 'viewer@demo']) await denied(user, `CREATE TABLE ${MADE} (a bigint)`)
    await rows(
      'engineer@demo',
      `CREATE TABLE ${MADE} AS SELECT customer_id, full_name FROM banking.public.customers WHERE customer_id <= 100`,
    )
    await rows('engineer@demo', `INSERT INTO ${MADE} VALUES (0, 'nobody')`)
    await rows('engineer@demo', `UPDATE ${MADE} SET full_name = 'x' WHERE customer_id = 1`)
    await rows('engineer@demo', `DELETE FROM ${MADE} WHERE customer_id > 50`)
    expect(await rows('analyst@demo', `SELECT count(*) FROM ${MADE}`)).toEqual([[51]])
    await denied('analyst@demo', `DELETE FROM ${MADE}`)
    await denied('analyst@demo', `DROP TABLE ${MADE}`)
    await denied('engineer@demo', 'CREATE SCHEMA iceberg.mine')
    await rows('engineer@demo', `DROP TABLE ${MADE}`)
  })

  it('a query is seen and killed by its owner and by administrators', async () => {
    const seen = async (user: string) => (await rows(user, 'SELECT DISTINCT "user" FROM system.runtime.queries')).flat()
    expect(await seen('user@demo')).toEqual(['user@demo'])
    expect(await seen('admin@demo')).toEqual(expect.arrayContaining(['admin@demo', 'user@demo', 'analyst@demo']))
  })
})
