// Every statement of the corpus answers as Trino 476 answered when it was recorded: values, types, names, errors and their places.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

interface Recorded {
  readonly sql: string
  readonly error?: string
  readonly type?: string
  readonly at?: { readonly lineNumber: number; readonly columnNumber: number }
  readonly names?: readonly string[]
  readonly types?: readonly string[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly updateType?: string
}

const corpus = readFileSync(new URL('./dialect/corpus.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

describe('as Trino 476 answered', () => {
  it.each(corpus.map((c) => [c.sql, c] as const))('%s', async (_, recorded) => {
    const answer = await ask(sql.url, recorded.sql, { 'x-trino-client-capabilities': 'PARAMETRIC_DATETIME', 'x-trino-time-zone': 'UTC' })
    const { sql: __, ...expected } = recorded
    const actual = answer.error
      ? { error: answer.error.errorName, at: answer.error.errorLocation, type: answer.error.errorType }
      : {
          names: answer.columns.map((c) => c.name),
          types: answer.columns.map((c) => c.type),
          rows: answer.rows,
          updateType: answer.updateType,
        }
    expect(JSON.parse(JSON.stringify(actual)), answer.error?.message).toEqual(expected)
  })
})
