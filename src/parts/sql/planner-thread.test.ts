// Planning that takes long stops nobody: it happens in a thread with a limit of time, and gives the same plans and errors as here.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { analyseTree } from '#parts/sql/query/analyse'
import { createPlanner } from '#parts/sql/query/planner'
import { queryIn } from '#parts/sql/query/planner-protocol'
import type { Query } from '#parts/sql/syntax/ast'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let here: Awaited<ReturnType<typeof startSql>>
let there: Awaited<ReturnType<typeof startSql>>
const connector = fixtureConnector({
  public: {
    t: { columns: columns('id bigint; name varchar'), sql: `SELECT i AS id, 'n' || i AS name FROM range(5) r(i)` },
    made: { columns: columns('id bigint'), sql: 'SELECT 1 AS id' },
    hidden: { columns: columns('id bigint'), sql: 'SELECT 1 AS id' },
  },
})
const authoriser: Authoriser = {
  async decide(_caller, action, resource) {
    if (resource.kind === 'table' && resource.path[2] === 'hidden') return { allow: false, reason: 'not for you {text}' }
    if (resource.kind === 'table' && action === 'read')
      return { allow: true, rowFilters: ['id <> 3'], columnMasks: { name: "upper(name) || '!'" } }
    return { allow: true }
  },
}

beforeAll(async () => {
  bench = await openBench()
  here = await startSql(bench, { connectors: { pg: connector }, authoriser, planner: { shortText: 1e6, shortSteps: 1e6 } })
  there = await startSql(bench, { connectors: { pg: connector }, authoriser, planner: { shortText: 0 } })
})
afterAll(async () => {
  await here.stop()
  await there.stop()
  await bench.close()
})

const alice = { sub: 'a', roles: [], via: 'header', requestId: 'r' } as const
const headers = { 'x-trino-catalog': 'pg', 'x-trino-schema': 'public' }

describe('a statement planned in the thread', () => {
  it.each([
    'SELECT 1',
    'SELECT id, name FROM t ORDER BY id',
    "SELECT count(*) FROM t a JOIN pg.public.t b ON a.id = b.id WHERE a.name LIKE 'N%'",
    'WITH t AS (SELECT 7 AS id) SELECT * FROM t',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r, t',
    'TABLE t',
    'EXPLAIN (TYPE VALIDATE) SELECT id FROM t',
    'EXPLAIN SELECT id FROM t WHERE id > 1',
    'EXPLAIN (TYPE IO, FORMAT JSON) SELECT id FROM t',
    'SHOW TABLES FROM pg.public',
    'DESCRIBE t',
    "EXECUTE IMMEDIATE 'SELECT id, ? AS x FROM t WHERE id = ?' USING 'a', 2",
    'EXECUTE p USING 3',
    'DESCRIBE INPUT p',
    'DESCRIBE OUTPUT p',
    'PREPARE q FROM SELECT 1',
    'SELECT * FROM system.runtime.nodes WHERE false',
    'SELECT missing FROM t',
    'SELECT *\n FROM nowhere',
    'SELECT * FROM hidden',
    'SELECT * FROM a.b.c.d',
    'SELECT * FROM other.public.t',
    'SELECT id + name FROM t',
    'SELECT 1 +',
    "EXECUTE IMMEDIATE 'SELECT nothing'",
    'EXECUTE p',
    'GRANT a TO b',
  ])('answers as it does here: %s', async (statement) => {
    const prepared = { ...headers, 'x-trino-prepared-statement': 'p=SELECT+name+FROM+t+WHERE+id+%3D+%3F' }
    const [expected, actual] = [await ask(here.url, statement, prepared), await ask(there.url, statement, prepared)]
    const comparable = ({ columns: names, rows, error, updateType, updateCount }: typeof actual) => ({
      names,
      rows,
      error: error && { ...error, message: error.message, failureInfo: undefined },
      updateType,
      updateCount,
    })
    expect(comparable(actual)).toEqual(comparable(expected))
  })

  it('that is long is planned there without being told to, by its text or by what it grows to', async () => {
    const planner = createPlanner({ shortSteps: 50 })
    const long = await planner.parse(`SELECT 1${' '.repeat(5000)}`, alice)
    expect(long).toMatchObject({ query: { body: { k: 'elsewhere' } } })
    const wide = await planner.parse(`SELECT ${'1 + '.repeat(60)}1`, alice)
    expect(wide).toMatchObject({ query: { body: { k: 'select' } } })
    const session = {
      caller: alice,
      catalog: undefined,
      schema: undefined,
      now: new Date(),
      version: '1',
      timeZone: 'UTC',
    } as const
    for (const statement of [long, wide]) {
      const plan = await planner.analyse(queryIn(statement) as Query, session, new Map(), [])
      expect(plan.columns).toMatchObject([{ name: '_col0' }])
    }
    await planner.close()
  })

  it('that takes too long is refused by name, and the next one is planned', async () => {
    const planner = createPlanner({ timeLimitMs: 1, shortText: 100 })
    const long = `SELECT ${'(a + b) * (c - d) / (e + f), '.repeat(3_000)}1`
    await expect(planner.parse(long, alice)).rejects.toMatchObject({ code: 'sql.exceeded_time_limit' })
    await planner.close()
    const patient = createPlanner({ shortText: 100, timeLimitMs: 100_000 })
    const first = patient.parse(long, alice)
    const second = patient.parse(`SELECT 1${' '.repeat(200)}`, alice)
    expect(await first).toBeDefined()
    expect(await second).toBeDefined()
    await patient.close()
  }, 60_000)

  it('waits for those of the same person, not of another', async () => {
    const planner = createPlanner({ shortText: 100 })
    let done = 0
    const long = (i: number) => `SELECT ${'(a + b) * (c - d) / (e + f), '.repeat(3_000)}${i}`
    const all = Array.from({ length: 6 }, (_, i) => planner.parse(long(i), alice).then(() => ++done))
    await planner.parse(`SELECT 1${' '.repeat(200)}`, { ...alice, sub: 'b' })
    expect(done).toBeLessThan(4)
    expect(await Promise.all(all)).toEqual(Array.from({ length: 6 }, (_, i) => i + 1))
    await planner.close()
  }, 60_000)

  it('is told when the planner ends before it was planned', async () => {
    const planner = createPlanner({ shortText: 100 })
    const asked = [alice, alice, { ...alice, sub: 'b' }].map((caller) => planner.parse(`SELECT 1${' '.repeat(200)}`, caller))
    const answers = Promise.allSettled(asked)
    await planner.close()
    expect((await answers).map((a) => a.status)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  it('finds a thread that was begun when something short was asked, and that ends when nobody asks', async () => {
    const ended: Promise<unknown>[] = []
    const begun = (worker: Worker) => void ended.push(once(worker, 'exit'))
    process.on('worker', begun)
    const planner = createPlanner({ shortText: 100, idleMs: 1000 })
    await planner.parse('SELECT 1', alice)
    await expect.poll(() => ended.length).toBe(1)
    await planner.parse(`SELECT 1${' '.repeat(200)}`, alice)
    await planner.parse('SELECT 1', alice)
    await Promise.all(ended)
    expect(ended.length).toBe(1)
    await planner.close()
    process.off('worker', begun)
  })

  it('analyses the arguments of nested calls once', async () => {
    const planner = createPlanner({ shortSteps: 500 })
    const statement = await planner.parse(`SELECT ${'abs('.repeat(100)}1${')'.repeat(100)}`, alice)
    const lookup = () => {
      throw new Error('no tables')
    }
    const session = {
      caller: alice,
      catalog: undefined,
      schema: undefined,
      now: new Date(),
      version: '1',
      timeZone: 'UTC',
    } as const
    expect(analyseTree(queryIn(statement) as Query, session, lookup, [], 500).columns).toHaveLength(1)
    await planner.close()
  })

  it('whose answer would have too many columns is refused by name', async () => {
    const { error } = await ask(here.url, `SELECT ${'1, '.repeat(10_000)}1`)
    expect(error).toMatchObject({ errorName: 'QUERY_EXCEEDED_COMPILER_LIMIT', errorType: 'USER_ERROR' })
  })
})

it('stands behind the front in the order of the processors, also where the platform itself stands behind others', () => {
  const script = `
    import { readdirSync } from 'node:fs'
    import { getPriority } from 'node:os'
    import { createPlanner } from '#parts/sql/query/planner'
    const planner = createPlanner({ shortText: 1 })
    const { k } = await planner.parse('SELECT 1', { sub: 'ada' })
    console.log(k, getPriority(), Math.max(...readdirSync('/proc/self/task').map((thread) => getPriority(Number(thread)))))
    await planner.close()`
  const answer = (behind: number) =>
    execFileSync('nice', ['-n', String(behind), process.execPath, '--disable-warning=ExperimentalWarning', '-e', script], {
      encoding: 'utf8',
    }).trim()
  const own = getPriority()
  expect(answer(0)).toBe(`query ${own} ${Math.min(19, own + 10)}`)
  expect(answer(15)).toBe(`query ${Math.min(19, own + 15)} 19`)
})
