// Types that the engine holds as values of our own: equality, groups, order, joins and casts as Trino has them, in a session of a zone too.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
}, 60_000)
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

const rowsOf = async (text: string, zone = 'UTC') => {
  const { rows, error } = await ask(sql.url, text, { 'x-trino-time-zone': zone })
  return error ? error.errorName : rows
}

const TIMES = `(VALUES (1, TIME '01:00 +02:00'), (2, TIME '23:00 +00:00'), (3, TIME '00:30 +00:00'), (4, NULL)) t(id, x)`
const HOSTS = `(VALUES (1, IPADDRESS '10.0.0.1'), (2, IPADDRESS '::ffff:10.0.0.1'), (3, IPADDRESS '9.255.255.255'), (4, IPADDRESS '::1')) t(id, x)`

describe('times with time zone', () => {
  it.each([
    [`SELECT array_agg(id ORDER BY id) FROM ${TIMES} GROUP BY x`, 3],
    [`SELECT DISTINCT x FROM ${TIMES}`, 3],
    [`SELECT x FROM ${TIMES} UNION SELECT x FROM ${TIMES}`, 3],
    [`SELECT 1 FROM ${TIMES} JOIN ${TIMES.replace(' t(', ' u(')} ON t.x = u.x`, 5],
  ])('are equal at one time of UTC: %s', async (text, rows) => {
    expect(await rowsOf(text)).toHaveLength(rows)
  })

  it.each([
    [`SELECT count(DISTINCT x), approx_distinct(x) FROM ${TIMES}`, [[2, 2]]],
    [`SELECT id FROM ${TIMES} WHERE x IN (TIME '02:00 +03:00') ORDER BY id`, [[1], [2]]],
    [`SELECT id FROM ${TIMES} WHERE x IN (SELECT TIME '02:00 +03:00') ORDER BY id`, [[1], [2]]],
    [
      `SELECT id, count(*) OVER (PARTITION BY x) FROM ${TIMES} WHERE id < 4 ORDER BY x DESC, id`,
      [
        [1, 2],
        [2, 2],
        [3, 1],
      ],
    ],
    [`SELECT min(x), max_by(id, x) FROM ${TIMES} WHERE id <> 2`, [['00:30:00+00:00', 1]]],
    [
      `SELECT CAST(x AS varchar), CAST(x AS time(0)), hour(x), date_trunc('hour', x) FROM ${TIMES} WHERE id = 1`,
      [['01:00:00+02:00', '01:00:00', 1, '01:00:00+02:00']],
    ],
    [
      `SELECT date_add('hour', -25, x), date_diff('minute', x, TIME '23:10 +00:00'), x - INTERVAL '90' MINUTE FROM ${TIMES} WHERE id = 1`,
      [['00:00:00+02:00', 10, '23:30:00.000+02:00']],
    ],
    [
      "SELECT TIME '01:02:03.123456789012 +01:00', CAST(TIME '23:59:59.9999 +01:00' AS time(3) with time zone)",
      [['01:02:03.123456789012+01:00', '00:00:00.000+01:00']],
    ],
  ])('%s', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows)
  })

  it('of what has no zone are in that of the session', async () => {
    expect(await rowsOf("SELECT CAST(TIME '12:00' AS time(0) with time zone), TIME '12:00' = TIME '10:00 +00:00'", '+02:00')).toEqual([
      ['12:00:00+02:00', true],
    ])
    expect(await rowsOf("SELECT typeof(current_time), TIME '12:00' AT TIME ZONE '+05:30'", '+02:00')).toEqual([
      ['time(3) with time zone', '15:30:00+05:30'],
    ])
  })

  it.each([
    `SELECT array_distinct(array_agg(x)) FROM ${TIMES}`,
    `SELECT x FROM ${TIMES} INTERSECT SELECT x FROM ${TIMES}`,
    `SELECT ARRAY[x] FROM ${TIMES} GROUP BY 1`,
    `SELECT map_agg(x, id) FROM ${TIMES}`,
  ])('are refused where the engine would compare the offset too: %s', async (text) => {
    expect(await rowsOf(text)).toBe('NOT_SUPPORTED')
  })
})

describe('dates and timestamps in years before 1 and after 9999', () => {
  it('are printed with a sign and four digits at least, as results and as texts', async () => {
    const years = [100_000, 10_000, 9999, 1, 0, -1, -9, -10, -99, -100, -999, -1000, -9999, -10_000, -100_000]
    const printed = (year: number) => (year > 9999 ? '+' : year < 0 ? '-' : '') + String(Math.abs(year)).padStart(4, '0')
    const day = "date_add('year', y - 2000, DATE '2000-02-03')"
    const moments = [0, 2, 3, 6].map((p) => `CAST(date_add('year', y - 2000, TIMESTAMP '2000-02-03 04:05:06.123456') AS timestamp(${p}))`)
    const asTexts = [day, ...moments].map((x) => `CAST(${x} AS varchar)`)
    const expected = years.map((year) => {
      const texts = ['', ' 04:05:06', ' 04:05:06.12', ' 04:05:06.123', ' 04:05:06.123456'].map((clock) => `${printed(year)}-02-03${clock}`)
      return [year, ...texts, ...texts]
    })
    const values = years.map((year) => `(${year})`).join(', ')
    expect(await rowsOf(`SELECT y, ${[day, ...moments, ...asTexts].join(', ')} FROM (VALUES ${values}) t(y)`)).toEqual(expected)
  })

  it.each([
    [
      "SELECT CAST('-0044-03-15' AS date), CAST(DATE '-0044-03-15' AS varchar), year(DATE '-0044-03-15')",
      [['-0044-03-15', '-0044-03-15', -44]],
    ],
    [
      "SELECT DATE '0001-01-01' - INTERVAL '1' DAY, to_iso8601(DATE '12024-01-31'), DATE '9999-12-31' + INTERVAL '1' DAY",
      [['0000-12-31', '+12024-01-31', '+10000-01-01']],
    ],
    [
      "SELECT TIMESTAMP '-0010-03-01 01:02:03.5', CAST(TIMESTAMP '12024-03-01 01:02' AS varchar)",
      [['-0010-03-01 01:02:03.5', '+12024-03-01 01:02:00']],
    ],
    [
      "SELECT CAST('-0010-03-01 01:02:03.25' AS timestamp(1)), json_format(CAST(DATE '-0001-12-31' AS json))",
      [['-0010-03-01 01:02:03.3', '"-0001-12-31"']],
    ],
    ["SELECT DATE '12024-02-30'", 'INVALID_LITERAL'],
    ["SELECT TRY_CAST('-0001-02-30' AS date), CAST(CAST(NULL AS date) AS varchar)", [[null, null]]],
  ])('%s', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows)
  })
})

describe('IP addresses', () => {
  it.each([
    [
      `SELECT x, count(*) FROM ${HOSTS} GROUP BY x ORDER BY x`,
      [
        ['::1', 1],
        ['9.255.255.255', 1],
        ['10.0.0.1', 2],
      ],
    ],
    [`SELECT count(DISTINCT x), min(x), max(x) FROM ${HOSTS}`, [[3, '::1', '10.0.0.1']]],
    [`SELECT id FROM ${HOSTS} WHERE contains('10.0.0.0/8', x) AND x IN (IPADDRESS '10.0.0.1', NULL) ORDER BY id`, [[1], [2]]],
    [`SELECT count(*) FROM ${HOSTS} JOIN ${HOSTS.replace(' t(', ' u(')} ON t.x = u.x`, [[6]]],
    [
      `SELECT array_sort(array_agg(x)), map(array_agg(DISTINCT x), ARRAY[1]) FROM ${HOSTS} WHERE id < 3`,
      [[['10.0.0.1', '10.0.0.1'], { '10.0.0.1': 1 }]],
    ],
    [
      "SELECT CAST(IPADDRESS '1.2.3.4' AS varbinary) = X'01020304', CAST(X'00000000000000000000000000000001' AS ipaddress)",
      [[true, '::1']],
    ],
    ["SELECT contains('10.0.0.0', IPADDRESS '10.0.0.1')", 'INVALID_FUNCTION_ARGUMENT'],
    ["SELECT contains(ARRAY[IPADDRESS '10.0.0.1'], IPADDRESS '::ffff:a00:1')", [[true]]],
  ])('%s', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows)
  })
})
