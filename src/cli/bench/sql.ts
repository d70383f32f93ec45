// SELECT 1: a whole statement over the protocol, beside DuckDB called in this process.
import { DuckDBInstance } from '@duckdb/node-api'
import { createFigure, inTurn } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { HOST, port } from '#runtime/machine'

const COUNT = 200
const STATEMENT = 'SELECT 1'
const AIM_MS = 5

export const sqlSuite: Suite = async ({ machine, env, http }) => {
  const url = `http://${HOST}:${port(machine, 'sql')}/v1/statement`
  const headers = { authorization: `Bearer ${env.AKKO_SQL_TOKEN}`, 'x-trino-user': env.AKKO_SQL_USER as string }
  const page = async (method: string, at: string, body?: string) =>
    JSON.parse((await http.request(method, at, headers, body)).body.toString()) as { nextUri?: string; data?: unknown; error?: unknown }
  const statement = async () => {
    let data: unknown
    let answer = await page('POST', url, STATEMENT)
    for (;;) {
      data ??= answer.data
      if (!answer.nextUri) break
      answer = await page('GET', answer.nextUri)
    }
    if (JSON.stringify(data) !== '[[1]]') throw new Error(`SELECT 1 gave ${JSON.stringify(answer)}`)
  }
  const [ours, floor] = await withDuckDB((select) => inTurn(COUNT, statement, select))
  const difference = ours.value - floor.value
  return [
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

/** DuckDB in this process, for as long as `body` runs. */
async function withDuckDB<T>(body: (select: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return await body(async () => (await connection.runAndReadAll(STATEMENT)).getRows())
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
