// Queries that may keep a thread: each owner's on one of its own, so that nobody else waits for them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mayHold } from '#parts/engine/apart'
import { Cancelled, QueryFailed, StatementRefused } from '#parts/engine/errors'
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

it('computes for one owner, and meanwhile answers all others at once, and that owner what needs no thread', async () => {
  expect(await rows('bob', REVERSE)).toEqual([[3]]) // His thread has started.
  let over = false
  const long = rows('ana', LONG).finally(() => {
    over = true
  })
  await wait(200)
  for (let i = 0; i < 10; i++) {
    expect(await rows('ana', 'select 1')).toEqual([[1]])
    expect(await rows('bob', REVERSE)).toEqual([[3]])
  }
  expect(over).toBe(false)
  expect(await long).toEqual([[12000]])
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

it('is cancelled in its chunk, and its thread serves the next', async () => {
  const run = begin('ana', LONG)
  const done = caught(run.done)
  await wait(300)
  await run.cancel()
  expect(Cancelled.is(await done)).toBe(true)
  expect(await rows('ana', REVERSE)).toEqual([[3]])
})

it('five owners share four threads; idle ones end but for one, and begin again', async () => {
  const names = ['ana', 'bob', 'cleo', 'dan', 'eve']
  const all = () => Promise.all(names.map((name) => rows(name, REVERSE)))
  const health = () => engine.client.health()
  let most = 0
  const looking = setInterval(() => void health().then(({ threads }) => (most = Math.max(most, threads))), 20)
  expect(await all()).toEqual(names.map(() => [[3]]))
  clearInterval(looking)
  expect(most).toBe(4)
  await expect.poll(async () => (await health()).threads, { timeout: 10_000 }).toBe(1)
  expect(await all()).toEqual(names.map(() => [[3]]))
})
