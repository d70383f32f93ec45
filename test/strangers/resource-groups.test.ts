// Resource groups as an unmodified client meets them: the Trino Python client is told by name who refused its query.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, type Bench, ENDLESS, openBench, startSql } from '#parts/sql/testing'
import { python } from '#test/support/python'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>

beforeAll(async () => {
  bench = await openBench()
  const leaf = { hardConcurrencyLimit: 1, maxQueued: 0 }
  sql = await startSql(bench, {
    resourceGroups: {
      rootGroups: [
        { ...leaf, name: 'analysts' },
        { ...leaf, name: 'limited', queryLimits: { maxCpuTime: '500ms' } },
      ],
      selectors: [
        { user: 'anna', group: 'analysts' },
        { user: 'bert', source: 'trino-python-client', group: 'limited' },
      ],
    },
  })
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

const query = (user: string, statement: string) =>
  python<{ rows: unknown[][]; error?: { name: string; message: string } }>('strangers/sql.py', [statement], {
    AKKO_SQL_URL: sql.url,
    AKKO_SQL_USER: user,
    AKKO_SQL_TOKEN: '',
    AKKO_CA_FILE: '',
  })

it('one more than may wait', async () => {
  const long = ask(sql.url, ENDLESS, { 'x-trino-user': 'anna' })
  await expect.poll(() => sql.counts.running, { timeout: 10_000 }).toBe(1)
  expect((await query('anna', 'SELECT 1')).error).toMatchObject({
    name: 'QUERY_QUEUE_FULL',
    message: 'Too many queued queries for "analysts"',
  })
  const running = (await (await fetch(`${sql.url}/v1/query`, { headers: { 'x-trino-user': 'anna' } })).json()) as {
    queryId: string
    state: string
  }[]
  for (const { queryId, state } of running)
    if (state === 'RUNNING') await fetch(`${sql.url}/v1/query/${queryId}`, { method: 'DELETE', headers: { 'x-trino-user': 'anna' } })
  expect((await long).error?.errorName).toBe('USER_CANCELED')
  expect((await query('anna', 'SELECT 1')).rows).toEqual([[1]])
})

it('no selector', async () => {
  expect((await query('carl', 'SELECT 1')).error).toMatchObject({
    name: 'QUERY_REJECTED',
    message: 'No matching resource group found with the configured selection rules',
  })
})

it('a limit of its group, chosen by the source that it sends', async () => {
  expect((await query('bert', ENDLESS)).error).toMatchObject({ name: 'EXCEEDED_CPU_LIMIT', message: 'Exceeded CPU limit of 500.00ms' })
})
