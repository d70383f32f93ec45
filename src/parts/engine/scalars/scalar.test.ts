// A function of ours as DuckDB calls it.
import { BOOLEAN, type DuckDBConnection, DuckDBInstance, VARCHAR } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { BadArgument, type Scalar, toDuckDB } from '#parts/engine/scalars/scalar'

let connection: DuckDBConnection
let calls: string[]
/** Is refused for what begins with x, and for a second row of a chunk. */
let rows = 0
const scalar: Scalar = {
  name: 'is_fine',
  parameters: [VARCHAR],
  result: BOOLEAN,
  begin: () => {
    rows = 0
  },
  of: (text: string) => {
    calls.push(text)
    rows++
    if (text.startsWith('x')) throw new BadArgument(`no ${text}`)
    if (rows > 1) throw new BadArgument('no more rows')
    return true
  },
}

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (const registered of toDuckDB(scalar)) connection.registerScalarFunction(registered)
})
afterAll(() => connection.closeSync())
beforeEach(() => {
  calls = []
})

const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()

it.each([
  "SELECT is_fine('x1')",
  "SELECT count(*) FROM range(10) WHERE is_fine('x2')",
  "SELECT * FROM (SELECT CASE WHEN is_fine('x3') THEN 1 END AS y) WHERE y > 0",
])('computes what fails once, however often the optimiser tries: %s', async (sql) => {
  const value = /x\d/.exec(sql)?.[0] as string
  await expect(ask(sql)).rejects.toThrow(`no ${value}`)
  expect(calls).toEqual([value])
})

it('remembers no failure of a row that others came before', async () => {
  await expect(ask("SELECT is_fine(t.a) FROM (VALUES ('a'), ('b')) AS t(a)")).rejects.toThrow('no more rows')
  expect(await ask("SELECT is_fine(t.a) FROM (VALUES ('b')) AS t(a)")).toEqual([[true]])
})

it('remembers a failure for no other argument', async () => {
  await expect(ask("SELECT is_fine('x4')")).rejects.toThrow('no x4')
  await expect(ask("SELECT is_fine('x5')")).rejects.toThrow('no x5')
  expect(await ask("SELECT is_fine('a')")).toEqual([[true]])
  expect(calls).toEqual(['x4', 'x5', 'a'])
})
