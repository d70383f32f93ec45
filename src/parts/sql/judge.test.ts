// The judge: thousands of statements, answered as the real Trino 476 answered when they were recorded, or refused by name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, startSql } from '#parts/sql/testing'
import { answers } from '#test/sql-judge/answers'
import { type Judged, namesWhatItRefuses, refusals, refusalsOf, replay, shares } from '#test/sql-judge/replay'
import { statements } from '#test/sql-judge/statements'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
let judged: Judged[]

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
  judged = await replay({ url: sql.url, user: 'judge' }, answers())
  process.stdout.write(`${shares(judged)}\n`)
}, 900_000)
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

describe('beside the real Trino', () => {
  it('has recorded answers to the statements of today, and to enough of them', () => {
    const today = new Set(statements())
    expect(judged.length).toBeGreaterThan(6000)
    expect(judged.filter(({ theirs }) => !today.has(theirs.sql)).map(({ theirs }) => theirs.sql)).toEqual([])
  })

  it('gives no other value, and a value nowhere where Trino complains', () => {
    expect(judged.filter((j) => j.verdict === 'different').map(({ theirs }) => theirs.sql)).toEqual([])
  })

  it('fails as Trino does, or refuses by name', () => {
    expect(judged.filter((j) => j.verdict === 'error').map(({ theirs }) => theirs.sql)).toEqual([])
  })

  it('refuses what the page of differences tells (after a change: ./akko run test/sql-judge/show.ts, npm run generate)', () => {
    expect(refusalsOf(judged)).toEqual(refusals())
  })

  it('says which function, type or clause it refuses', () => {
    const refused = judged.filter((j) => j.verdict === 'refused')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.filter((j) => !namesWhatItRefuses(j)).map(({ theirs }) => theirs.sql)).toEqual([])
  })
})
