import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Cancelled, EngineLost, ExceededMemory, ExceededPlanning, QueryFailed } from '#parts/engine/errors'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'

let engine: TempEngine
let spool: string
beforeAll(async () => {
  engine = await startTempEngine({ dataLimitBytes: 2 * 1024 ** 3 })
  spool = engine.spool('q')
})
afterAll(() => engine.stop())

const rows = (sql: string, types?: readonly string[]) => allRows(engine.client, spool, sql, types)
/** Seconds of CPU of the engine and of its client here. */
function cpuSeconds(): number {
  const [user, system] = readFileSync(`/proc/${engine.process.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
  const own = process.cpuUsage()
  return (Number(user) + Number(system)) / 100 + (own.user + own.system) / 1e6
}
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('rows', () => {
  it('come as JSON arrays in their order, with columns known before', async () => {
    const run = engine.client.run({
      queryId: 'q',
      spool,
      sql: 'select x, -x y from (values (3), (1), (2)) t(x) order by x',
      output: 'rows',
    })
    expect(await run.columns).toEqual([
      { name: 'x', type: 'INTEGER' },
      { name: 'y', type: 'INTEGER' },
    ])
    const texts: string[] = []
    for await (const batch of run.rows) texts.push(...batch)
    expect(texts).toEqual(['[1,-1]', '[2,-2]', '[3,-3]'])
    expect(await run.done).toEqual({ rows: 3 })
  })

  it('an empty result is one', async () => expect(await rows('select 1 where false')).toEqual([]))

  it('many rows keep their order', async () => {
    const got = await rows('select range from range(300000) order by range desc')
    expect(got.length).toBe(300_000)
    expect(got.every((row, i) => row[0] === 299_999 - i)).toBe(true)
  })

  it('an error in the middle is an error, whatever came before', async () => {
    const error = await caught(rows("select cast(case when range = 1000000 then 'x' else '1' end as int) from range(2000000)"))
    expect(QueryFailed.is(error)).toBe(true)
    expect((error as { values: object }).values).toMatchObject({ type: 'Conversion', position: 7 })
  })

  it('a row of 30 MB comes whole, in time that grows with it', async () => {
    const began = cpuSeconds()
    const [row] = await rows("select array_to_string(list_transform(range(3000), lambda x: repeat('x', 10000)), '')", ['varchar'])
    expect(String(row?.[0]).length).toBe(30_000_000)
    expect(cpuSeconds() - began).toBeLessThan(10)
  })

  it('a value that reads like a lack of memory is none', async () => {
    const error = await caught(rows("select cast('std::bad_alloc' as integer)"))
    expect(QueryFailed.is(error) && error.values.type).toBe('Conversion')
  })

  it('a typo has its position', async () => {
    const error = await caught(rows('select 1 frm x'))
    expect((error as { values: object }).values).toMatchObject({ type: 'Parser', position: 13 })
  })
})

describe('values as Trino writes them', () => {
  const cases: [string, string, unknown][] = [
    ["DATE '2020-02-03'", 'date', '2020-02-03'],
    ["TIMESTAMP '2020-01-01 00:00:00.123456'", 'timestamp(6)', '2020-01-01 00:00:00.123456'],
    ["TIMESTAMP '2020-01-01 00:00:00.123456'", 'timestamp(3)', '2020-01-01 00:00:00.123'],
    ["TIMESTAMP '2020-01-01 00:00:00.5'", 'timestamp(0)', '2020-01-01 00:00:00'],
    ["TIMESTAMP '2020-01-01 00:00:00.5'", 'timestamp(9)', '2020-01-01 00:00:00.500000000'],
    ["TIMESTAMPTZ '2020-01-01 00:00:00.5+01'", 'timestamp(3) with time zone', '2019-12-31 23:00:00.500 UTC'],
    ["TIME '01:02:03.5'", 'time(3)', '01:02:03.500'],
    ["INTERVAL '1 day 2 hours'", 'interval day to second', '1 02:00:00.000'],
    ["INTERVAL '-90 seconds'", 'interval day to second', '-0 00:01:30.000'],
    ["INTERVAL '-14' MONTH", 'interval year to month', '-1-2'],
    ['1.5', 'decimal(10,2)', '1.50'],
    ['-0.25', 'decimal(2,2)', '-0.25'],
    ['0.5', 'decimal(3,3)', '0.500'],
    ["'nan'::DOUBLE", 'double', 'NaN'],
    ["'-inf'::FLOAT", 'real', '-Infinity'],
    ['0.1::FLOAT', 'real', 0.1],
    ['1e300', 'double', 1e300],
    ['sum(3)', 'bigint', 3],
    ["'a\"b' || chr(10)", 'varchar', 'a"b\n'],
    ["'ab'", 'char(4)', 'ab  '],
    ["'ab'::BLOB", 'varbinary', 'YWI='],
    ['\'{"a": 1}\'::JSON', 'json', '{"a": 1}'],
    ['[1, NULL, 3]', 'array(integer)', [1, null, 3]],
    ["[[DATE '2020-01-01'], []]", 'array(array(date))', [['2020-01-01'], []]],
    ["MAP {'a': 1, 'b': NULL}", 'map(varchar, bigint)', { a: 1, b: null }],
    ["{'a': {'b': 1.5}, 'c': NULL}", 'row(a row(b decimal(3,1)), c integer)', [['1.5'], null]],
    ['NULL::INTEGER[]', 'array(integer)', null],
    ["[[], NULL, ['a', NULL, '']]", 'array(array(varchar))', [[], null, ['a', null, '']]],
    ['MAP {}', 'map(integer, integer)', {}],
    ['true', 'boolean', true],
    ['NULL', 'unknown', null],
  ]
  it.each(cases)('%s as %s', async (sql, type, expected) => {
    expect(await rows(`select ${sql}`, [type])).toEqual([[expected]])
  })

  it('numbers beyond all doubles, and texts that look like them in the tree', async () => {
    const text = '"value":Infinity,"class":"FUNCTION"}'
    expect(await rows(`select 1e400, -1e400, '${text}', '"value":NaN' as "value:""Infinity"`)).toEqual([
      ['Infinity', '-Infinity', text, '"value":NaN'],
    ])
  })

  it('without a type, the DuckDB type decides', async () => {
    expect(await rows("select 1::HUGEINT, '{}'::JSON, {'a': [1]}, now() is not null, 1.5::DECIMAL(9,3)")).toEqual([
      ['1', '{}', [[1]], true, '1.500'],
    ])
  })
})

describe('files', () => {
  it('are written into the spool', async () => {
    const output = { folder: 'seven', fieldIds: [{ name: 'range', id: 1 }] }
    const run = engine.client.run({ queryId: 'q', spool, sql: 'from range(7)', output })
    expect(await run.done).toEqual({ rows: 7 })
    expect(existsSync(`${spool}/out/seven/0.parquet`)).toBe(true)
  })
})

describe('cancel', () => {
  it('ends a query whose reader has stalled, and the engine is free again', async () => {
    const run = engine.client.run({ queryId: 'q', spool, sql: 'select range from range(500000000)', output: 'rows' })
    await run.columns
    await new Promise((r) => setTimeout(r, 200))
    await run.cancel()
    expect(Cancelled.is(await caught(run.done))).toBe(true)
    expect((await engine.client.health()).running).toBe(0)
  })

  it('ends a query that computes', async () => {
    const sql = 'select count(*) from range(100000) a, range(1000000) b where hash(a.range + b.range) = 3'
    const run = engine.client.run({ queryId: 'q', spool, sql, output: 'rows' })
    await run.columns
    await run.cancel()
    expect((await engine.client.health()).running).toBe(0)
  })

  it('ends a query at whatever moment of its start', async () => {
    const sql = 'select count(*) from range(100000) a, range(1000000) b where hash(a.range + b.range) = 3'
    for (let n = 0; n < 40; n++) {
      const run = engine.client.run({ queryId: 'q', spool, sql, output: 'rows' })
      await run.columns
      for (let turn = 0; turn < n; turn++) await new Promise((r) => setImmediate(r))
      await run.cancel()
    }
    expect((await engine.client.health()).running).toBe(0)
  })

  it('ends a query that waits at a pipe which nobody feeds', async () => {
    const { execFileSync } = await import('node:child_process')
    execFileSync('mkfifo', [`${spool}/in`])
    const sql = `select * from read_csv('${spool}/in', header = false, auto_detect = false, columns = {'a': 'BIGINT'})`
    const run = engine.client.run({ queryId: 'q', spool, sql, output: 'rows' })
    await new Promise((r) => setTimeout(r, 200))
    await run.cancel()
    expect((await engine.client.health()).running).toBe(0)
  })
})

describe('planning that takes long', () => {
  /** 20,000 columns in a text that is short enough for the engine's own process. */
  const columns = Array.from({ length: 1000 }, (_, i) => `x + ${i} as c${i}`).join(', ')
  const aliases = Array.from({ length: 20 }, (_, i) => `t${i}`)
  const wide = `with t as (select ${columns} from (values (1)) v(x)) select ${aliases.map((a) => `${a}.*`).join(', ')} from ${aliases.map((a) => `t ${a}`).join(', ')}`

  it('is answered at its limit; the place is free when the engine has let go of it', async () => {
    const other = await startTempEngine({ planLimitMs: 100 })
    try {
      const error = await caught(allRows(other.client, other.spool('q'), wide))
      expect(ExceededPlanning.is(error), String(error)).toBe(true)
      await expect.poll(async () => (await other.client.health()).running, { timeout: 20_000 }).toBe(0)
      expect(other.process.exitCode).toBe(null)
    } finally {
      await other.stop()
    }
  })

  it('costs the process when it does not end: whoever runs beside it is told to run again', async () => {
    const other = await startTempEngine({ planLimitMs: 100, patienceMs: 1 })
    try {
      const beside = other.client.run({
        queryId: 'b',
        spool: other.spool('b', 'b'),
        sql: 'select range from range(500000000)',
        output: 'rows',
      })
      await beside.columns
      const error = await caught(allRows(other.client, other.spool('q'), wide))
      expect(ExceededPlanning.is(error), String(error)).toBe(true)
      const lost = await caught(beside.done)
      expect(EngineLost.is(lost) && lost.retryable).toBe(true)
      await other.restart()
      expect(await allRows(other.client, other.spool('q'), 'select 1')).toEqual([[1]])
    } finally {
      await other.stop()
    }
  })
})

describe('memory', () => {
  it('a runaway over the process limit is an error, and the next query works', async () => {
    const run = engine.client.run({ queryId: 'q', spool, sql: 'select list(range) from range(400000000)', output: 'rows' })
    expect(ExceededMemory.is(await caught(run.done))).toBe(true)
    expect(await rows('select 1')).toEqual([[1]])
  })

  it('is shared out when it gets short: what fits alone does not fail for the others', async () => {
    const small = await startTempEngine({ memoryLimitBytes: 128 * 1024 ** 2, rssLimitBytes: 400 * 1024 ** 2 })
    try {
      const sql = 'select count(*) from (select range, count(*) from range(5000000) group by all)'
      const all = await Promise.all(['a', 'b', 'c'].map((tenant) => allRows(small.client, small.spool('q', tenant), sql)))
      expect(all).toEqual([[[5_000_000]], [[5_000_000]], [[5_000_000]]])
    } finally {
      await small.stop()
    }
  }, 60_000)

  it('the watchdog stops what grows beyond the resident limit', async () => {
    const small = await startTempEngine({ rssLimitBytes: 300 * 1024 ** 2, memoryLimitBytes: 2 * 1024 ** 3 })
    try {
      const at = small.spool('q')
      const error = await caught(
        allRows(small.client, at, 'select count(*) from (select range, count(*) from range(60000000) group by all)'),
      )
      expect(ExceededMemory.is(error)).toBe(true)
    } finally {
      await small.stop()
    }
  })
})

it('its death is told to the client at once, as retryable', async () => {
  const other = await startTempEngine()
  try {
    const run = other.client.run({ queryId: 'q', spool: other.spool('q'), sql: 'select range from range(500000000)', output: 'rows' })
    await run.columns
    other.process.kill('SIGKILL')
    const error = await caught(run.done)
    expect(EngineLost.is(error) && error.retryable).toBe(true)
  } finally {
    await other.stop()
  }
})

describe('recycling', () => {
  it('an engine that is fat and idle goes, after its answers are out; the next query waits for the new one', async () => {
    const fat = await startTempEngine({ recycleAboveBytes: 1, recycleAfterMs: 0 })
    try {
      const at = fat.spool('q')
      const got = await allRows(fat.client, at, 'select range from range(200000)')
      expect(got.length).toBe(200_000)
      const back = fat.restart()
      expect(await allRows(fat.client, at, 'select 1')).toEqual([[1]])
      await back
    } finally {
      await fat.stop()
    }
  })

  it('one that goes on being asked stays, and goes when it is left alone', async () => {
    const fat = await startTempEngine({ recycleAboveBytes: 1, recycleAfterMs: 1000 })
    try {
      const at = fat.spool('q')
      const first = fat.process
      for (let i = 0; i < 8; i++) {
        expect(await allRows(fat.client, at, `select ${i}`)).toEqual([[i]])
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      expect(first.exitCode).toBeNull()
      await new Promise((resolve) => first.once('exit', resolve))
    } finally {
      await fat.stop()
    }
  })

  it('whatever is asked in the moments around a goodbye is answered by the next process, a statement that writes once', async () => {
    const fat = await startTempEngine({ recycleAboveBytes: 1, recycleAfterMs: 0 })
    let lives = 0
    let over = false
    const reviving = (async () => {
      for (; !over; lives++) await fat.restart()
    })()
    try {
      const at = fat.spool('q')
      for (let round = 0; round < 40; round++) {
        const folder = `f${round}`
        const output = { folder, fieldIds: [{ name: 'n', id: 1 }] }
        const write = fat.client.run({ queryId: 'w', spool: at, sql: `select ${round} n`, output })
        const [columns, got] = await Promise.all([
          fat.client.describe(`select ${round} n`),
          allRows(fat.client, at, `select ${round}`),
          write.done,
        ])
        expect([columns.length, got]).toEqual([1, [[round]]])
        expect(existsSync(`${at}/out/${folder}/0.parquet`)).toBe(true)
      }
      expect(lives).toBeGreaterThan(1)
    } finally {
      over = true
      await fat.client.recycle().catch(() => {})
      await reviving
      await fat.stop()
    }
  }, 120_000)

  it('a busy engine does not go when asked', async () => {
    const run = engine.client.run({ queryId: 'q', spool, sql: 'select range from range(500000000)', output: 'rows' })
    await run.columns
    expect(await engine.client.recycle()).toBe(false)
    await run.cancel()
  })
})

it('more queries than slots wait their turn', async () => {
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) => rows(`select ${i}, count(*) from range(1000000)`)))
  expect(all.map((r) => r[0]?.[0])).toEqual(Array.from({ length: 12 }, (_, i) => i))
})
