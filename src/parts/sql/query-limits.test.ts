// What one query may use, by the limits of its resource group and its session: each ends it by Trino's name, and none can be raised by the client.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryLimitsDeclaration } from '#parts/sql/groups/declaration'
import { limitsOf } from '#parts/sql/groups/limits'
import { ask, type Bench, columns, ENDLESS, fixtureConnector, numbers, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  bench = await openBench()
})
afterAll(async () => {
  for (const stop of stops) await stop()
  await bench.close()
})

const leaf = (name: string, queryLimits?: QueryLimitsDeclaration) => ({ name, hardConcurrencyLimit: 4, maxQueued: 9, queryLimits })
const source = () => fixtureConnector({ s: { t: { columns: columns('a integer'), sql: 'SELECT 1 AS a' } } })

async function start(queryLimits: QueryLimitsDeclaration = {}) {
  const lake = source()
  const root = { ...leaf('root'), subGroups: [leaf('limited', queryLimits), leaf('free')] }
  const sql = await startSql(bench, {
    connectors: { lake },
    limits: { sweepMs: 50 },
    resourceGroups: { rootGroups: [root], selectors: [{ user: 'free', group: 'root.free' }, { group: 'root.limited' }] },
  })
  stops.push(() => sql.stop())
  return sql.url
}

const session = (properties: string, user = 'anna') => ({ 'x-trino-user': user, 'x-trino-session': properties })
/** So many times 80 megabytes at least, which cannot be put aside. */
const held = (times: number): string => `SELECT cardinality(array_agg(sequence(x, x + 999))) FROM ${numbers(times)}`
/** Holds more than it may. */
const BIG = held(1)

const LIMITS = [
  ['maxRunTime', 'query_max_run_time', '1s', ENDLESS, 'EXCEEDED_TIME_LIMIT', 131075, 'Query exceeded maximum time limit of 1.00s'],
  [
    'maxExecutionTime',
    'query_max_execution_time',
    '1s',
    ENDLESS,
    'EXCEEDED_TIME_LIMIT',
    131075,
    'Query exceeded the maximum execution time limit of 1.00s',
  ],
  ['maxCpuTime', 'query_max_cpu_time', '500ms', ENDLESS, 'EXCEEDED_CPU_LIMIT', 131077, 'Exceeded CPU limit of 500.00ms'],
  [
    'maxScanPhysicalBytes',
    'query_max_scan_physical_bytes',
    '99B',
    'SELECT a FROM lake.s.t',
    'EXCEEDED_SCAN_LIMIT',
    131081,
    'Exceeded scan limit of 99B',
  ],
  [
    'maxMemory',
    'query_max_memory',
    '60MB',
    BIG,
    'EXCEEDED_GLOBAL_MEMORY_LIMIT',
    131073,
    'Query exceeded distributed user memory limit of 60MB',
  ],
] as const

describe.each(LIMITS)('%s', (field, property, limit, statement, errorName, errorCode, message) => {
  const error = { errorName, errorCode, errorType: 'INSUFFICIENT_RESOURCES', message }

  it('of the group ends its queries, whatever the session says, and no others', async () => {
    const url = await start({ [field]: limit })
    const higher = field === 'maxMemory' || field === 'maxScanPhysicalBytes' ? '1TB' : '5d'
    expect((await ask(url, statement, session(`${property}=${higher}`))).error).toMatchObject(error)
    expect((await ask(url, 'SELECT 1', session(''))).rows).toEqual([[1]])
    if (statement !== ENDLESS) expect((await ask(url, statement, session('', 'free'))).error).toBeUndefined()
  })

  it('of the session lowers it, for EXPLAIN ANALYZE and a statement that is prepared too', async () => {
    const url = await start()
    const forms = [`EXPLAIN ANALYZE ${statement}`, `EXECUTE IMMEDIATE '${statement.replaceAll("'", "''")}'`]
    const answers = await Promise.all(forms.map((form) => ask(url, form, session(`${property}=${limit}`))))
    expect(answers.map((answer) => answer.error)).toMatchObject([error, error])
  })
})

it('a scan beyond its limit is not begun', async () => {
  const url = await start({ maxScanPhysicalBytes: '150B' })
  expect((await ask(url, 'SELECT a FROM lake.s.t', session(''))).rows).toEqual([[1]])
  const { error, stats } = await ask(url, 'SELECT count(*) FROM lake.s.t AS x CROSS JOIN lake.s.t AS y', session(''))
  expect(error?.errorName).toBe('EXCEEDED_SCAN_LIMIT')
  expect(stats).toMatchObject({ physicalInputBytes: 200, cpuTimeMillis: 0 })
})

it('of a query whose processors or memory are limited, both are told', async () => {
  const url = await start({ maxCpuTime: '1h' })
  const { stats } = await ask(url, `SELECT count(*) FROM ${numbers(3000)} WHERE x % 7 = 3`, session(''))
  expect(stats.cpuTimeMillis).toBeGreaterThan(0)
  expect(stats.peakMemoryBytes).toBeLessThan(200 * 1024 * 1024) // its own, not the engine's
})

it('what the engine has no memory for is not told as a limit of the query', async () => {
  const url = await start({ maxMemory: '1TB' })
  const { error } = await ask(url, held(10), session(''))
  expect(error).toMatchObject({ errorName: 'EXCEEDED_LOCAL_MEMORY_LIMIT' })
})

it.each([
  ['account', 'whose account is closed', 'the account of leaver is closed, which ended its queries'],
  ['rights', 'who lost rights', 'the rights of leaver are narrower than when this query began, which ended it: run it again'],
] as const)('of somebody who lost his %s (%s), what runs and what was not fetched ends, and nobody else’s', async (loss, _, told) => {
  const closed = new Set<string>()
  const sql = await startSql(bench, { limits: { sweepMs: 50 }, lossOf: ({ sub }) => (closed.has(sub) ? loss : undefined) })
  stops.push(() => sql.stop())
  const running = ask(sql.url, ENDLESS, session('', 'leaver'))
  await expect.poll(() => sql.counts.running, { timeout: 20_000 }).toBe(1)
  closed.add('leaver')
  expect((await running).error).toMatchObject({ errorName: 'PERMISSION_DENIED', message: `Access Denied: ${told}` })
  await expect.poll(() => sql.counts.running, { timeout: 20_000 }).toBe(0)
  expect((await ask(sql.url, 'SELECT 1', session('', 'stayer'))).rows).toEqual([[1]])
})

it('of all that are set, the lowest holds', () => {
  const group = (maxRunTime?: string) => ({ name: 'g', hardConcurrencyLimit: 1, maxQueued: 1, queryLimits: { maxRunTime } })
  const run = (groups: readonly (string | undefined)[], asked?: string) =>
    limitsOf(groups.map(group), asked === undefined ? {} : { query_max_run_time: asked }, { maxRunTime: '1h' }).run?.value
  expect(run([])).toBe(3600_000)
  expect(run([undefined, '5m'])).toBe(300_000)
  expect(run(['2m', '5m'])).toBe(120_000)
  expect(run(['2h', undefined])).toBe(7200_000) // declared: in place of the server's
  expect(run(['2h'], '3h')).toBe(7200_000)
  expect(run(['2h'], '90s')).toBe(90_000)
  expect(run([], 'nonsense')).toBe(3600_000)
})

it.each([
  ['query_max_memory', '5'],
  ['query_max_cpu_time', '1GB'],
  ['query_max_scan_physical_bytes', '10%'],
])('the session property %s cannot be %s', async (property, value) => {
  const url = await start()
  expect((await ask(url, 'SELECT 1', session(`${property}=${encodeURIComponent(value)}`))).error).toMatchObject({
    errorName: 'INVALID_SESSION_PROPERTY',
  })
})
