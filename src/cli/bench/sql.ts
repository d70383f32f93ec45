// SELECT 1: a whole statement over the protocol, beside DuckDB called in this process; statements made to be costly, and a second client meanwhile.
import { DuckDBInstance } from '@duckdb/node-api'
import { createFigure, inTurn, timed, toReading } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { COSTLY } from '#parts/sql/costly'
import { HOST, port } from '#runtime/machine'

const COUNT = 200
const STATEMENT = 'SELECT 1'
const AIM_MS = 5
const COSTLY_AIM_MS = 1000
const BESIDE_AIM_MS = 50

export const sqlSuite: Suite = async ({ machine, env, http }) => {
  const url = `http://${HOST}:${port(machine, 'sql')}/v1/statement`
  const headers = { authorization: `Bearer ${env.AKKO_SQL_TOKEN}`, 'x-trino-user': env.AKKO_SQL_USER as string }
  const page = async (method: string, at: string, body?: string) =>
    JSON.parse((await http.request(method, at, headers, body)).body.toString()) as { nextUri?: string; data?: unknown; error?: unknown }
  const all = async (text: string) => {
    let data: unknown
    let answer = await page('POST', url, text)
    for (;;) {
      data ??= answer.data
      if (!answer.nextUri) break
      answer = await page('GET', answer.nextUri)
    }
    return { data, answer }
  }
  const statement = async () => {
    const { data, answer } = await all(STATEMENT)
    if (JSON.stringify(data) !== '[[1]]') throw new Error(`SELECT 1 gave ${JSON.stringify(answer)}`)
  }
  const [ours, floor] = await withDuckDB((select) => inTurn(COUNT, statement, select))
  const difference = ours.value - floor.value
  const costly: number[] = []
  const beside: number[] = []
  let going = true
  const second = (async () => {
    while (going) beside.push(await timed(statement))
  })()
  for (const { sql } of COSTLY) costly.push(await timed(() => all(sql)))
  going = false
  await second
  const worst = (samples: readonly number[]) => ({ value: Math.max(...samples), samples: samples.length })
  const limit = (samples: readonly number[], ms: number) => ({ text: `within ${ms} ms`, met: Math.max(...samples) <= ms })
  return [
    createFigure({
      name: 'costly statement to its verdict, worst',
      unit: 'ms',
      ours: worst(costly),
      floor: toReading(costly),
      against: 'the median of the sixty',
      aim: limit(costly, COSTLY_AIM_MS),
    }),
    createFigure({ name: '`SELECT 1` beside them', unit: 'ms', ours: toReading(beside), floor: ours, against: '`SELECT 1` alone' }),
    createFigure({
      name: '`SELECT 1` beside them, worst',
      unit: 'ms',
      ours: worst(beside),
      floor: ours,
      against: '`SELECT 1` alone',
      aim: limit(beside, BESIDE_AIM_MS),
    }),
    createFigure({
      name: 'SELECT 1',
      unit: 'ms',
      ours,
      floor,
      against: 'DuckDB in process',
      aim: { text: `within ${AIM_MS} ms of the engine (is ${difference.toFixed(1)})`, met: difference <= AIM_MS },
    }),
  ]
}

/** Runs `SELECT 1`. */
export type DuckDB = () => Promise<unknown>

/** DuckDB in this process, for as long as `body` runs. */
export async function withDuckDB<T>(body: (select: DuckDB) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return await body(async () => (await connection.runAndReadAll(STATEMENT)).getRows())
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
