// The zone of a session, as the real Trino 476 answers these statements in it; and columns of tables, which are in UTC.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

const EVENTS = {
  columns: columns('id integer; at timestamp(6) with time zone'),
  sql: `SELECT * FROM (VALUES (1, TIMESTAMPTZ '2024-06-30 22:30:00+00'), (2, TIMESTAMPTZ '2024-07-01 10:00:00+00'), (3, NULL)) t(id, "at")`,
}

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const lake = fixtureConnector({ s: { events: EVENTS } })
let filter: string[] = []
const authoriser: Authoriser = {
  decide: async (_caller, _action, { kind }) => ({ allow: true, ...(kind === 'table' && filter.length > 0 ? { rowFilters: filter } : {}) }),
}

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { lake }, authoriser })
}, 60_000)
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

const inZone = async (zone: string, text: string) => {
  const { rows, error } = await ask(sql.url, text, { 'x-trino-time-zone': zone })
  return error ? error.errorName : rows
}

describe('in a session of Paris', () => {
  it.each([
    [
      `SELECT current_timezone(), CAST(TIMESTAMP '2024-07-01 12:00' AS timestamp(3) with time zone)`,
      [['Europe/Paris', '2024-07-01 12:00:00.000 Europe/Paris']],
    ],
    [
      `SELECT CAST(DATE '2024-07-01' AS timestamp(0) with time zone), CAST('2024-07-01 12:00' AS timestamp(0) with time zone)`,
      [['2024-07-01 00:00:00 Europe/Paris', '2024-07-01 12:00:00 Europe/Paris']],
    ],
    [
      `SELECT TIMESTAMP '2024-07-01 12:00' AT TIME ZONE 'UTC', TIMESTAMP '2024-03-31 02:30' AT TIME ZONE 'UTC', TIMESTAMP '2024-10-27 02:30' AT TIME ZONE 'UTC'`,
      [['2024-07-01 10:00:00 UTC', '2024-03-31 01:30:00 UTC', '2024-10-27 01:30:00 UTC']],
    ],
    [
      `SELECT TIMESTAMP '2024-07-01 12:00' = TIMESTAMP '2024-07-01 10:00 UTC', DATE '2024-07-01' < TIMESTAMP '2024-06-30 23:00 UTC'`,
      [[true, true]],
    ],
    [
      `SELECT from_unixtime(0), to_unixtime(TIMESTAMP '2024-07-01 12:00'), coalesce(TIMESTAMP '2024-07-01 10:00 UTC', TIMESTAMP '2024-07-01 12:00')`,
      [['1970-01-01 01:00:00.000 Europe/Paris', 1719828000, '2024-07-01 10:00:00 UTC']],
    ],
    [
      `SELECT x FROM (VALUES TIMESTAMP '2024-07-01 10:00 UTC', TIMESTAMP '2024-07-01 12:00') t(x) ORDER BY CAST(x AS varchar)`,
      [['2024-07-01 10:00:00 UTC'], ['2024-07-01 12:00:00 Europe/Paris']],
    ],
    [`SELECT count(*) FROM (SELECT TIMESTAMP '2024-07-01 10:00 UTC' UNION SELECT TIMESTAMP '2024-07-01 12:00') t(x)`, [[1]]],
    [`SELECT count(*) FROM (VALUES TIMESTAMP '2024-07-01 12:00') t(x) WHERE x IN (SELECT TIMESTAMP '2024-07-01 10:00 UTC')`, [[1]]],
    [
      `SELECT timezone(current_timestamp), timezone(now()), current_date = CAST(current_timestamp AS date), localtimestamp = CAST(current_timestamp AS timestamp(3))`,
      [['Europe/Paris', 'Europe/Paris', true, true]],
    ],
    [
      `SELECT TIMESTAMP '2024-07-01 12:00' - TIMESTAMP '2024-07-01 10:00 UTC', date_diff('hour', TIMESTAMP '2024-07-01 12:00', TIMESTAMP '2024-07-01 12:00 UTC')`,
      [['0 00:00:00.000', 2]],
    ],
    [
      `SELECT x FROM (VALUES TIMESTAMP '2024-07-01 12:00') t(x) JOIN (VALUES TIMESTAMP '2024-07-01 10:00 UTC') u(x) USING (x)`,
      [['2024-07-01 12:00:00 Europe/Paris']],
    ],
  ])('%s', async (text, rows) => {
    expect(await inZone('Europe/Paris', text)).toEqual(rows)
  })
})

it('the hour that comes twice is the first west of Greenwich', async () => {
  const text = `SELECT TIMESTAMP '2024-11-03 01:30' AT TIME ZONE 'UTC', TIMESTAMP '2024-03-10 02:30' AT TIME ZONE 'UTC'`
  expect(await inZone('America/New_York', text)).toEqual([['2024-11-03 05:30:00 UTC', '2024-03-10 07:30:00 UTC']])
})

it('SET TIME ZONE holds for what follows, and a zone that there is not is refused', async () => {
  const { headers } = await ask(sql.url, `SET TIME ZONE 'Asia/Tokyo'`)
  const session = headers.get('x-trino-set-session') as string
  expect((await ask(sql.url, 'SELECT current_timezone()', { 'x-trino-session': session })).rows).toEqual([['Asia/Tokyo']])
  expect((await ask(sql.url, `SET TIME ZONE INTERVAL '-3' HOUR`)).headers.get('x-trino-set-session')).toBe('time_zone_id=-03%3A00')
  expect((await ask(sql.url, `SET TIME ZONE LOCAL`)).headers.get('x-trino-clear-session')).toBe('time_zone_id')
  expect(await inZone('Nowhere/City', 'SELECT current_timezone()')).toBe('NOT_SUPPORTED')
})

describe('a column of a table', () => {
  it('is in UTC, and shown in a zone where one is asked for', async () => {
    expect(await inZone('Europe/Paris', `SELECT at, at AT TIME ZONE 'Europe/Paris', hour(at) FROM lake.s.events ORDER BY id`)).toEqual([
      ['2024-06-30 22:30:00.000000 UTC', '2024-07-01 00:30:00.000000 Europe/Paris', 22],
      ['2024-07-01 10:00:00.000000 UTC', '2024-07-01 12:00:00.000000 Europe/Paris', 10],
      [null, null, null],
    ])
  })

  it('is grouped by the days of a zone', async () => {
    const text = `SELECT date_trunc('day', at AT TIME ZONE 'Europe/Paris'), count(*) FROM lake.s.events GROUP BY 1 ORDER BY 1`
    expect(await inZone('UTC', text)).toEqual([
      ['2024-07-01 00:00:00.000000 Europe/Paris', 2],
      [null, 1],
    ])
  })

  it.each([
    ['UTC', `DATE '2024-07-01'`, [[2]], ['2024-07-01']],
    ['Europe/Paris', `DATE '2024-07-01'`, [[1], [2]], undefined],
    ['Europe/Paris', `TIMESTAMP '2024-07-01 00:00 Europe/Paris'`, [[1], [2]], ['2024-06-30 22:00:00.000000 UTC']],
  ])('in %s is compared with %s, and the source is told an instant only', async (zone, from, rows, told) => {
    lake.asked.length = 0
    expect(await inZone(zone, `SELECT id FROM lake.s.events WHERE at >= ${from} ORDER BY 1`)).toEqual(rows)
    expect(lake.asked[0]?.predicates).toEqual(told ? [{ column: 'at', op: '>=', values: told }] : [])
  })

  it('is filtered by the policy in UTC, whatever zone the client says', async () => {
    filter = [`at >= TIMESTAMP '2024-07-01 00:00'`]
    for (const zone of ['UTC', 'Europe/Paris', 'Pacific/Kiritimati'])
      expect(await inZone(zone, 'SELECT id FROM lake.s.events'), zone).toEqual([[2]])
    filter = []
  })
})
