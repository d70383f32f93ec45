// Resource groups as clients meet them: who waits and says so, who is refused and by which name, and that one group leaves the others alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GroupsDeclaration } from '#parts/sql/groups/declaration'
import type { SqlPartDeps } from '#parts/sql/index'
import { ask, type Bench, columns, ENDLESS, fixtureConnector, groupOfEach, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  bench = await openBench()
})
afterAll(async () => {
  for (const stop of stops) await stop()
  await bench.close()
})

/** A source that does not answer: what waits for it has a place, and costs nothing. */
function silent() {
  const plain = fixtureConnector({ s: { t: { columns: columns('a integer'), sql: 'SELECT 1 AS a' } } })
  const scan: typeof plain.scan = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  return { ...plain, scan }
}

const WAITS = 'SELECT * FROM silent.s.t'

async function start(resourceGroups: GroupsDeclaration, options: Partial<SqlPartDeps> = {}) {
  const sql = await startSql(bench, { resourceGroups, connectors: { silent: silent() }, ...options })
  stops.push(() => sql.stop())
  return sql.url
}

interface Shown {
  readonly state: string
  readonly resourceGroupId?: readonly string[]
}

const as = (user: string, more: Record<string, string> = {}) => ({ 'x-trino-user': user, ...more })

async function submit(url: string, statement: string, headers = as('anna')) {
  const answer = await fetch(`${url}/v1/statement`, { method: 'POST', body: statement, headers })
  const { id, nextUri } = (await answer.json()) as { id: string; nextUri: string }
  return {
    id,
    next: async () => (await (await fetch(nextUri, { headers })).json()) as { stats: { state: string; queued: boolean }; error?: unknown },
    shown: async () => (await (await fetch(`${url}/v1/query/${id}`, { headers })).json()) as Shown,
    cancel: () => fetch(`${url}/v1/query/${id}`, { method: 'DELETE', headers }),
  }
}

const leaf = (name: string, hardConcurrencyLimit: number, maxQueued: number) => ({ name, hardConcurrencyLimit, maxQueued })

describe('a group', () => {
  it('lets as many wait as may, who are told that they wait, and refuses one more by Trino’s name', async () => {
    const url = await start({ rootGroups: [leaf('only', 1, 1)], selectors: [{ group: 'only' }] })
    const first = await submit(url, WAITS)
    const second = await submit(url, WAITS)
    expect((await second.next()).stats).toMatchObject({ state: 'QUEUED', queued: true })
    const third = await ask(url, 'SELECT 1', as('anna'))
    expect(third.error).toMatchObject({
      errorName: 'QUERY_QUEUE_FULL',
      errorCode: 131074,
      errorType: 'INSUFFICIENT_RESOURCES',
      message: 'Too many queued queries for "only"',
    })
    await first.cancel()
    await expect.poll(async () => (await second.shown()).state, { timeout: 10_000 }).not.toBe('QUEUED')
    await second.cancel()
    const { rows } = await ask(
      url,
      `SELECT resource_group_id, error_type, error_code FROM system.runtime.queries WHERE query_id = '${third.id}'`,
      as('anna'),
    )
    expect(rows).toEqual([[['only'], 'INSUFFICIENT_RESOURCES', 'QUERY_QUEUE_FULL']])
  })

  it('takes no query that no selector gives it', async () => {
    const url = await start({ rootGroups: [leaf('only', 1, 1)], selectors: [{ user: 'bert', group: 'only' }] })
    expect((await ask(url, 'SELECT 1', as('anna'))).error).toMatchObject({
      errorName: 'QUERY_REJECTED',
      errorCode: 31,
      errorType: 'USER_ERROR',
      message: 'No matching resource group found with the configured selection rules',
    })
    expect((await ask(url, 'SELECT 1', as('bert'))).rows).toEqual([[1]])
  })

  it('is shown with the query, to its owner and in system.runtime.queries', async () => {
    const url = await start(groupOfEach())
    const { id } = await ask(url, 'SELECT 1', as('anna'))
    const shown = await ask(url, `SELECT resource_group_id FROM system.runtime.queries WHERE query_id = '${id}'`, as('anna'))
    expect(shown.rows).toEqual([[['global', 'anna']]])
    const query = (await (await fetch(`${url}/v1/query/${id}`, { headers: as('anna') })).json()) as Shown
    expect(query.resourceGroupId).toEqual(['global', 'anna'])
  })

  it('is chosen by role, by source and by tags', async () => {
    const declared: GroupsDeclaration = {
      rootGroups: [leaf('leads', 1, 1), leaf('tools', 1, 1), leaf('rest', 1, 1)],
      selectors: [{ userGroup: 'lead', group: 'leads' }, { source: 'dbt.*', clientTags: ['nightly'], group: 'tools' }, { group: 'rest' }],
    }
    const url = await start(declared, { personNow: async (user) => ({ roles: user === 'anna' ? ['lead'] : [] }) })
    const groupOf = async (headers: Record<string, string>) => {
      const { id } = await ask(url, 'SELECT 1', headers)
      return ((await (await fetch(`${url}/v1/query/${id}`, { headers })).json()) as Shown).resourceGroupId
    }
    expect(await groupOf(as('anna'))).toEqual(['leads'])
    const tool = { 'x-trino-source': 'dbt-trino-1', 'x-trino-client-tags': 'nightly,big' }
    expect(await groupOf(as('bert', tool))).toEqual(['tools'])
    expect(await groupOf(as('bert', { ...tool, 'x-trino-client-tags': 'big' }))).toEqual(['rest'])
    // The name of the program is no source.
    expect(await groupOf(as('bert', { 'user-agent': 'dbt-trino-1', 'x-trino-client-tags': 'nightly' }))).toEqual(['rest'])
  })

  it('is that of his name whatever a client says of itself, where nothing else is declared', async () => {
    const url = await start(groupOfEach({ ofOne: 1, waiting: 1 }))
    const claims = { 'x-trino-source': 'dashboard', 'x-trino-client-tags': 'hipri', 'x-trino-session': 'query_priority=9' }
    const first = await submit(url, WAITS)
    const second = await submit(url, WAITS, as('anna', claims))
    expect((await second.next()).stats.state).toBe('QUEUED')
    expect((await ask(url, 'SELECT 1', as('anna', claims))).error?.errorName).toBe('QUERY_QUEUE_FULL')
    await Promise.all([first.cancel(), second.cancel()])
  })
})

it('a query of a group that gives way runs alone, and no other does', async () => {
  const asked: unknown[] = []
  const run: typeof bench.engine.run = (request) => {
    asked.push(request.alone)
    return bench.engine.run(request)
  }
  const root = { ...leaf('analysts', 2, 2), givesWay: true, subGroups: [leaf('all', 2, 2)] }
  const declared = { rootGroups: [root, leaf('others', 2, 2)], selectors: [{ user: 'anna', group: 'analysts.all' }, { group: 'others' }] }
  const url = await start(declared, { engine: { ...bench.engine, run } })
  for (const user of ['anna', 'bert']) expect((await ask(url, 'SELECT 1', as(user))).rows).toEqual([[1]])
  expect((await ask(url, 'SELECT 1', as('bert', { 'x-trino-session': 'query_max_cpu_time=1h' }))).rows).toEqual([[1]])
  expect(asked).toEqual([{ givesWay: true }, undefined, { givesWay: false }])
})

it('a flood of cross joins in one group leaves the other’s short queries answered', async () => {
  const url = await start({
    rootGroups: [leaf('analysts', 1, 100), leaf('dashboards', 4, 100)],
    selectors: [{ user: 'anna', group: 'analysts' }, { group: 'dashboards' }],
  })
  const flood = await Promise.all(Array.from({ length: 12 }, () => submit(url, ENDLESS)))
  const states = async () => Promise.all(flood.map(async ({ shown }) => (await shown()).state))
  await expect.poll(async () => (await states()).filter((state) => state === 'RUNNING'), { timeout: 20_000 }).toHaveLength(1)
  for (let i = 0; i < 5; i++) expect((await ask(url, `SELECT ${i}`, as('bert'))).rows).toEqual([[i]])
  expect((await states()).filter((state) => state === 'QUEUED')).toHaveLength(11)
  await Promise.all(flood.map(({ cancel }) => cancel()))
})
