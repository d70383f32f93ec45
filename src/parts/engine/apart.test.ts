// Queries that may keep a process busy: each owner has one, so that nobody else waits for them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mayHold } from '#parts/engine/apart'
import type { Ask } from '#parts/engine/calls'
import { Cancelled, EngineLost, QueryFailed, StatementRefused } from '#parts/engine/errors'
import { framed } from '#parts/engine/frames'
import { OUR_FUNCTIONS } from '#parts/engine/functions'
import { startTempEngine, type TempEngine } from '#test/support/engine'

let engine: TempEngine
beforeAll(async () => {
  engine = await startTempEngine({ instanceIdleMs: 300, maxConcurrent: 6 })
})
afterAll(() => engine.stop())

const begin = (owner: string, sql: string, spool = '') => engine.client.run({ queryId: owner, spool, owner, sql, output: 'rows' })
async function rows(owner: string, sql: string, spool = ''): Promise<unknown[][]> {
  const run = begin(owner, sql, spool)
  const found: unknown[][] = []
  for await (const batch of run.rows) for (const row of batch) found.push(JSON.parse(row) as unknown[])
  await run.done
  return found
}
/** Some seconds of the thread that computes it. */
const LONG = `select count(trino_levenshtein(repeat('é', 60 + range % 2), repeat('ü', 60))) from range(12000)`
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it('a query of ours or a long one is found by its text; names of ours begin alike', () => {
  expect(OUR_FUNCTIONS.filter((name) => !mayHold(`select ${name.toUpperCase()}(x)`))).toEqual([])
  expect(mayHold('select "trino_reverse"(x)')).toBe(true)
  expect(mayHold("select 1, 'trino', trinos(x)")).toBe(false)
  expect(mayHold(`select '${'x'.repeat(100_000)}'`)).toBe(true)
})

const REVERSE = "select trino_strpos('abc', 'c', 1)"

it('computes for one owner, and meanwhile answers all others at once, and that owner what needs no process', async () => {
  expect(await rows('bob', REVERSE)).toEqual([[3]]) // His process has started.
  let over = false
  const long = begin('ana', LONG.replace('12000', '1000000'))
  const done = caught(long.done).finally(() => {
    over = true
  })
  await wait(200)
  for (let i = 0; i < 10; i++) {
    expect(await rows('ana', 'select 1')).toEqual([[1]])
    expect(await rows('bob', REVERSE)).toEqual([[3]])
  }
  expect(over).toBe(false)
  await long.cancel()
  expect(Cancelled.is(await done)).toBe(true)
})

it('has the files of its spool and no other', async () => {
  const [own, other] = [engine.spool('q', 'ana'), engine.spool('q', 'bob')]
  for (const spool of [own, other]) writeFileSync(join(spool, 'x.csv'), 'a\n1\n')
  const read = (path: string) =>
    `select trino_strpos('a', 'a', 1), a from read_csv('${path}', header = true, auto_detect = false, columns = {'a': 'BIGINT'})`
  expect(await rows('ana', read(`${own}/x.csv`), own)).toEqual([[1, 1]])
  for (const [path, spool] of [
    [`${other}/x.csv`, own],
    [`${own}/x.csv`, ''],
  ] as const)
    expect(StatementRefused.is(await caught(rows('ana', read(path), spool)))).toBe(true)
})

it('gives errors as they are: of the binder with their place, of a function, of the door in a long text', async () => {
  const odd = await caught(rows('ana', "select trino_strpos('a', 'a', 1), x"))
  expect(QueryFailed.is(odd) && odd.values).toMatchObject({ type: 'Binder', position: 34 })
  const argument = await caught(rows('ana', "select trino_strpos('a', 'a', 0)"))
  expect(QueryFailed.is(argument) && argument.values.text).toMatch(/^AKKO:INVALID_FUNCTION_ARGUMENT:/)
  const refused = await caught(rows('ana', `select getenv('HOME'), '${'x'.repeat(100_000)}'`))
  expect(StatementRefused.is(refused) && refused.message).toMatch(/the function getenv/)
})

const health = () => engine.client.health()

it('is cancelled in its chunk, and its process serves the next', async () => {
  const run = begin('ana', LONG)
  const done = caught(run.done)
  await wait(300)
  await run.cancel()
  expect(Cancelled.is(await done)).toBe(true)
  expect(await rows('ana', REVERSE)).toEqual([[3]])
})

it('is ended with its process where it does not end by itself, and costs nobody else anything', async () => {
  const leg = LONG.replace('12000', '200000').replace('count(', 'sum(').replace(' from', ' x from')
  const beside = rows('bob', 'select count(*) from range(1000000) a, range(300) b where a.range % 7 = b.range % 5')
  const own = rows('ana', LONG)
  const run = begin('ana', `select sum(x) from (${leg} union all ${leg})`)
  const done = caught(run.done)
  await wait(1500)
  const pid = engine.process.pid
  await run.cancel()
  expect(Cancelled.is(await done)).toBe(true)
  expect((await health()).running).toBeLessThanOrEqual(2)
  expect(await own).toEqual([[12000]])
  expect((await beside).length).toBe(1)
  expect([engine.process.pid, engine.process.exitCode]).toEqual([pid, null])
})

it('many that are cancelled at once hold no place of others', async () => {
  const runs = Array.from({ length: 12 }, () => begin('ana', LONG))
  const over = runs.map((run) => caught(run.done))
  await wait(300)
  await Promise.all(runs.map((run) => run.cancel()))
  expect((await health()).running).toBe(0)
  expect((await Promise.all(over)).every((error) => Cancelled.is(error))).toBe(true)
  expect(await rows('bob', 'select 1')).toEqual([[1]])
})

it('each has a process while it runs; idle ones stay for a while, two at most', async () => {
  const names = ['ana', 'bob', 'cleo', 'ana', 'bob']
  let most = 0
  const looking = setInterval(
    () =>
      void health().then(({ processes }) => {
        most = Math.max(most, processes)
      }),
    20,
  )
  const all = () => Promise.all(names.map((name) => rows(name, LONG.replace('12000', '4000'))))
  expect(await all()).toEqual(names.map(() => [[4000]]))
  clearInterval(looking)
  expect(most).toBeGreaterThanOrEqual(5)
  await expect.poll(async () => (await health()).processes, { timeout: 10_000 }).toBe(0)
  expect(await rows('ana', REVERSE)).toEqual([[3]])
})

it('does not stay with what its query held', async () => {
  await expect.poll(async () => (await health()).processes, { timeout: 10_000 }).toBe(0)
  const fat = "select count(*) from (select repeat('x', 200000) || range s from range(2000)) where trino_strpos(s, 'y', 1) = 0"
  const other = await startTempEngine({ instanceIdleMs: 60_000 })
  const run = other.client.run({ queryId: 'q', spool: '', owner: 'ana', sql: fat, output: 'rows' })
  await run.done
  await expect.poll(async () => (await other.client.health()).processes, { timeout: 30_000 }).toBe(0)
  await other.stop()
})

it('has a process that was begun while nothing ran, and one that nobody asks for ends', async () => {
  const other = await startTempEngine({ instanceIdleMs: 2000 })
  const pid = other.process.pid as number
  const begun = () => childrenOf(pid).filter((child) => textOf(child, 'cmdline').includes('apart-process.ts\0') && isNode(child))
  const ask = (sql: string) => other.client.run({ queryId: 'q', spool: '', owner: 'ana', sql, output: 'rows' })
  expect(begun()).toEqual([])
  await ask('select 1').done
  await expect.poll(begun, { timeout: 10_000 }).toHaveLength(1)
  const [spare] = begun()
  const run = ask(LONG)
  const done = caught(run.done)
  await expect.poll(async () => (await other.client.health()).processes).toBe(1)
  await wait(500)
  expect(begun()).toEqual([spare])
  await run.cancel()
  await done
  await expect.poll(begun, { timeout: 10_000 }).toHaveLength(2) // His, and the next.
  await expect.poll(begun, { timeout: 20_000 }).toEqual([])
  await other.stop()
})

it('is begun by a child that was there before, which keeps nothing of those that ended; pipes are made by another', async () => {
  const other = await startTempEngine({ instanceIdleMs: 3000 })
  const before = childrenOf(other.process.pid as number)
  expect(before).toHaveLength(2)
  const ask = (owner: string, sql: string) => other.client.run({ queryId: owner, spool: '', owner, sql, output: 'rows' }).done
  await ask('ana', 'select 1')
  await Promise.all(['ana', 'bob', 'cleo'].map((owner) => ask(owner, REVERSE)))
  expect(childrenOf(other.process.pid as number).length).toBeGreaterThan(3)
  await expect.poll(() => childrenOf(other.process.pid as number), { timeout: 60_000 }).toEqual(before)
  await other.stop()
})

it('ends with the engine, whatever it does', async () => {
  const other = await startTempEngine()
  for (let i = 0; i < 3; i++) await other.client.run({ queryId: 'q', spool: '', owner: 'ana', sql: 'select 1', output: 'rows' }).done
  const run = other.client.run({ queryId: 'q', spool: '', owner: 'ana', sql: LONG.replace('12000', '400000'), output: 'rows' })
  const done = caught(run.done)
  await expect.poll(async () => (await other.client.health()).processes).toBe(1)
  await wait(1000)
  const children = childrenOf(other.process.pid as number)
  expect(children.length).toBeGreaterThan(1) // Those that wait, too.
  other.process.kill('SIGKILL')
  expect(EngineLost.is(await done)).toBe(true)
  await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([])
  await other.stop()
})

/** Children of all its threads, and theirs. */
function childrenOf(pid: number | string): string[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const own = tasks.flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean))
  return [...own, ...own.flatMap(childrenOf)]
}

const textOf = (pid: string, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
/** Not the shell that becomes one. */
const isNode = (pid: string): boolean => !/^Name:\s+(sh|dash|bash|nice|setpriv)$/m.test(textOf(pid, 'status'))

/** One that has ended may wait for whoever reaps it. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

it('leaves to the next what was compiled for it, though it is killed', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'akko-apart-'))
  try {
    const path = join(cache, 'apart.sock')
    const server = createServer().listen(path)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'apart-process.ts'), path, 'it'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(cache, 'compiled') },
    })
    const [socket] = (await once(server, 'connection')) as [Socket]
    const heard = Promise.withResolvers<unknown>()
    const send = framed<object, Ask>(socket, (said) => ('hello' in said ? send({ id: 0, call: 'take', args: [0] }) : heard.resolve(said)))
    expect(await heard.promise).toEqual({ id: 0, failure: { text: 'nothing is open' } })
    child.kill('SIGKILL')
    await once(child, 'exit')
    server.close()
    expect(readdirSync(join(cache, 'compiled'), { recursive: true }).length).toBeGreaterThan(20)
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
})

it('measures what runs alone, and ends it at its own limit of memory', async () => {
  const alone = (sql: string, memoryLimitBytes?: number) =>
    engine.client.run({ queryId: 'q', spool: '', owner: 'eve', alone: memoryLimitBytes ? { memoryLimitBytes } : {}, sql, output: 'rows' })
  const counted = alone('select count(*) from range(100000000) t(x) where x % 7 = 3')
  await counted.done
  expect(counted.progress().cpuMs).toBeGreaterThan(50)
  expect(counted.progress().memoryBytes).toBeLessThan(200 * 1024 * 1024)
  const short = alone('select 1')
  await short.done
  expect(short.progress().cpuMs).toBeLessThan(counted.progress().cpuMs as number) // not what the process had used before
  const big = "select len(list(repeat('x', 100) || range)) from range(1000000)"
  await alone(big).done
  const error = await caught(alone(big, 60 * 1024 * 1024).done)
  expect(error).toMatchObject({ code: 'engine.exceeded_memory', values: { own: true } })
  const other = await caught(alone(big).done)
  expect(other).toBeUndefined() // the limit was of that query only
})

it('is not told to hold what the engine does while it waits for its turn', async () => {
  const other = await startTempEngine({ maxConcurrent: 1 })
  const ask = (sql: string, alone?: object) =>
    other.client.run({ queryId: 'q', spool: '', owner: 'ana', sql, output: 'rows', ...(alone ? { alone } : {}) })
  const before = ask(LONG.replace('12000', '1000000'))
  const waits = ask('select 1', {})
  const ends = [before, waits].map((run) => caught(run.done))
  await expect.poll(() => before.progress().memoryBytes).toBeGreaterThan(0)
  await wait(200) // Twice as long as figures take to come.
  expect(waits.progress().memoryBytes).toBe(0)
  await Promise.all([waits.cancel(), before.cancel(), ...ends])
  await other.stop()
})

it('gives way in all its threads where it is asked to, in a process for that', async () => {
  /** Of each thread of each process below the engine's, its policy: proc(5), sched(7). */
  const policies = () =>
    childrenOf(engine.process.pid as number).map((pid) =>
      readdirSync(`/proc/${pid}/task`).map((task) => policyOf(`/proc/${pid}/task/${task}/stat`)),
    )
  const [OTHER, IDLE] = [0, 5]
  const those = (policy: number) => policies().filter((threads) => threads.length > 4 && threads.every((one) => one === policy)).length
  const alone = async (givesWay: boolean) => {
    const sql = 'select count(*) from range(1000000) t(x) where x % 7 = 3'
    await engine.client.run({ queryId: 'q', spool: '', owner: 'fay', alone: { givesWay }, sql, output: 'rows' }).done
  }
  expect(those(IDLE)).toBe(0)
  await alone(true)
  expect(those(IDLE)).toBe(1)
  expect(
    policies()
      .flat()
      .filter((policy) => policy !== OTHER && policy !== IDLE),
  ).toEqual([])
  await alone(false)
  expect(those(OTHER)).toBeGreaterThan(0)
  expect(those(IDLE)).toBeLessThan(2) // It may have ended meanwhile.
})

function policyOf(path: string): number {
  const text = readFileSync(path, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[38])
}
