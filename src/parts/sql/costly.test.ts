// Statements that would keep a planner busy: each is answered or refused by name, and a second client goes on being answered.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COSTLY } from '#parts/sql/costly'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

/** Many times what `SELECT 1` takes. */
const LASTS_MS = 1000

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
let going = true
let answered = 0
let second: Promise<void>
let failed: unknown

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
  second = (async () => {
    while (going) {
      const { rows } = await ask(sql.url, 'SELECT 1', { 'x-trino-user': 'second' })
      expect(rows).toEqual([[1]])
      answered++
    }
  })().catch((error: unknown) => {
    failed = error
  })
})
afterAll(async () => {
  going = false
  await second
  await sql.stop()
  await bench.close()
})

describe('a costly statement', () => {
  it.each(COSTLY.map((h) => [h.name, h] as const))(
    '%s',
    async (_, { sql: statement, error }) => {
      const before = answered
      const began = performance.now()
      const answer = await ask(sql.url, statement)
      const [tookMs, during] = [performance.now() - began, answered - before]
      expect(answer.error?.errorName, answer.error?.message.slice(0, 300)).toBe(error)
      if (error === undefined) expect(answer.columns.length).toBeGreaterThan(0)
      // The second client is not stuck behind it: of what lasts, it does not wait for the end.
      if (tookMs > LASTS_MS) expect(during).toBeGreaterThan(0)
      await expect.poll(() => failed !== undefined || answered > before, { timeout: 20_000, interval: 2 }).toBe(true)
      expect(failed).toBeUndefined()
    },
    60_000,
  )

  it('is one of many, each another', () => {
    expect(COSTLY.length).toBeGreaterThan(60)
    expect(new Set(COSTLY.map((h) => h.sql)).size).toBe(COSTLY.length)
  })
})
