// The ensure engine's kinds of business intelligence in a real Superset, over the demo's rows as the platform's SQL engine gives them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClients } from '#ensure/clients/index'
import { uuidOf } from '#ensure/clients/superset'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { type AnyFixture, anyFixture, createMemoryStore, type LawServer, obeysTheLaws } from '#ensure/test-laws'
import { banking } from '#platform/dashboards/banking'
import type { Resource, ResourceOf } from '#platform/resources'
import { bi } from '#platform/services/bi'
import { type Platform, platformIn, startPlatform } from '#test/support/platform'
import { type RealSuperset, startRealSuperset } from '#test/support/superset'

type Chart = ResourceOf<'chart'>
type Dashboard = ResourceOf<'dashboard'>
type DataSource = ResourceOf<'dataSource'>
type Dataset = ResourceOf<'dataset'>

interface SupersetLawServer extends LawServer {
  read(path: string): Promise<unknown>
  remove(path: string): Promise<void>
}

let platform: Platform
let superset: RealSuperset
let server: SupersetLawServer
let uri: string

beforeAll(async () => {
  const home = process.env.AKKO_TEST_HOME
  platform = home ? platformIn(home, Number(process.env.AKKO_TEST_OFFSET)) : await startPlatform(['--demo'])
  const identityUrl = platform.address('identity').origin
  superset = await startRealSuperset({ identityUrl, sqlHost: '127.0.0.1', clientSecret: platform.secret('identity.client.superset') })
  const endpoints = { superset: { url: superset.url, admin: superset.admin } }
  uri = `trino://service-account-superset@127.0.0.1:${8080 + platform.portOffset}/iceberg`
  server = {
    endpoints,
    read: (path) => createClients(endpoints).superset().read(path),
    remove: async (path) => void (await createClients(endpoints).superset().write('DELETE', path)),
    stop: () => superset.stop(),
  }
}, 3_600_000)
afterAll(async () => {
  await superset?.stop()
  if (!process.env.AKKO_TEST_HOME) await platform?.down()
})

const source = (s: string): DataSource => ({ kind: 'dataSource', name: `sql-${s}`, title: `SQL ${s}`, uri })
const dataset = (s: string): Dataset => ({
  kind: 'dataset',
  name: `channels-${s}`,
  dataSource: `sql-${s}`,
  schema: 'banking',
  table: `channels_${s}`,
  sql: 'SELECT channel, count(*) AS bookings FROM iceberg.banking.transactions GROUP BY channel',
  metrics: [{ name: 'bookings', title: 'Bookings', expression: 'sum(bookings)', format: ',d' }],
})
const chart = (s: string): Chart => ({
  kind: 'chart',
  name: `channels-${s}`,
  title: 'Channels',
  dataset: `channels-${s}`,
  type: 'bar',
  metrics: ['bookings'],
  dimension: 'channel',
})
const dashboard = (s: string): Dashboard => ({ kind: 'dashboard', name: `bank-${s}`, title: 'Bank', charts: [[`channels-${s}`]] })

const idOf = async (what: 'dataset' | 'chart' | 'dashboard', name: string) =>
  ((await server.read(`/api/v1/${what}/${uuidOf(what, name)}`)) as { result: { id: number } }).result.id

const fixtures: readonly AnyFixture<SupersetLawServer>[] = [
  anyFixture<SupersetLawServer, 'dataSource'>({
    kind: 'dataSource',
    make: (s) => [source(s)],
    remove: async ({ read, remove }, r) => {
      const { result } = (await read('/api/v1/database/')) as { result: { id: number; uuid: string }[] }
      const found = result.find((d) => d.uuid === uuidOf('dataSource', r.name))
      await remove(`/api/v1/database/${found?.id}`)
    },
    change: (r) => ({ ...r, title: `${r.title}, renamed` }),
  }),
  anyFixture<SupersetLawServer, 'dataset'>({
    kind: 'dataset',
    make: (s) => [source(s), dataset(s)],
    remove: async ({ remove }, r) => remove(`/api/v1/dataset/${await idOf('dataset', r.name)}`),
    change: (r) => ({
      ...r,
      metrics: [...r.metrics, { name: 'channels', title: 'Channels', expression: 'count(*)' }],
    }),
  }),
  anyFixture<SupersetLawServer, 'chart'>({
    kind: 'chart',
    make: (s) => [source(s), dataset(s), chart(s)],
    remove: async ({ remove }, r) => remove(`/api/v1/chart/${await idOf('chart', r.name)}`),
    change: (r) => ({ ...r, title: 'By channel', type: 'table' }),
  }),
  anyFixture<SupersetLawServer, 'dashboard'>({
    kind: 'dashboard',
    make: (s) => [source(s), dataset(s), chart(s), dashboard(s)],
    remove: async ({ remove }, r) => remove(`/api/v1/dashboard/${await idOf('dashboard', r.name)}`),
    change: (r) => ({ ...r, title: 'The bank', charts: [...r.charts].reverse() }),
  }),
]

describe('the banking dashboard', () => {
  const resources = (): Resource[] =>
    (bi.resources?.({ shape: 'cluster', domain: 'akko.local', publicPort: 443, demo: true }) ?? []).map((r) =>
      r.kind === 'dataSource' ? { ...r, uri } : r,
    )
  const context = () => createEnsureContext({ ...server.endpoints, secrets: createMemoryStore() })

  it('is made: a data source, 8 datasets, 8 charts, 1 dashboard; then nothing is left to do', async () => {
    const reports = await apply(resources(), context())
    expect(reports.filter((r) => r.outcome !== 'created')).toEqual([])
    expect(reports).toHaveLength(18)
    expect(await plan(resources(), context())).toEqual([])
  })

  it.each(banking.charts.map((c) => [c.name] as const))('%s draws rows of the bank', async (name) => {
    const id = await idOf('chart', name)
    const { result } = (await server.read(`/api/v1/chart/${id}/data/`)) as { result: { status: string; error: unknown; data: object[] }[] }
    expect(result.map((r) => [r.status, r.error])).toEqual([['success', null]])
    expect(result[0]?.data.length).toBeGreaterThan(0)
  })

  it('counts what the demo loaded', async () => {
    const id = await idOf('chart', 'banking-customers')
    const { result } = (await server.read(`/api/v1/chart/${id}/data/`)) as { result: { data: object[] }[] }
    expect(result[0]?.data).toEqual([{ customers: 5000 }])
  })
})

describe('the four laws', () => {
  obeysTheLaws(() => server, fixtures)
})
