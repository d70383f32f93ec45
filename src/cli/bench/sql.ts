// SELECT 1: a whole statement over the protocol, beside DuckDB called in this process; statements made to be costly, and a second client meanwhile.
import { DuckDBInstance } from '@duckdb/node-api'
import { createFigure, inTurn, timed, toReading } from '#cli/bench/figure'
import type { HttpClient } from '#cli/bench/http'
import type { Suite, SuiteContext } from '#cli/bench/suites'
import { COSTLY } from '#parts/sql/costly'
import { INFO_PATH } from '#parts/sql/routes'
import { HOST, port } from '#runtime/machine'
import { printClientHeaders } from '#wire/trino/headers'
import type { Row } from '#wire/trino/protocol'
import { QueryError, type Reply, runStatement, type Send } from '#wire/trino/statement'

const COUNT = 200
const STATEMENT = 'SELECT 1'
const AIM_MS = 5
const COSTLY_AIM_MS = 1000
const BESIDE_AIM_MS = 50

export interface RunnerOptions extends Pick<SuiteContext, 'machine' | 'env' | 'http'> {
  readonly catalog?: string
  readonly schema?: string
}

/** Runs a statement to its end and gives its rows. The function throws QueryError. */
export function sqlRunner({ machine, env, http, catalog, schema }: RunnerOptions): (sql: string) => Promise<Row[]> {
  const context = printClientHeaders({ ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) })
  const server = {
    url: `http://${HOST}:${port(machine, 'sql')}`,
    user: env.AKKO_SQL_USER as string,
    headers: { ...context, authorization: `Bearer ${env.AKKO_SQL_TOKEN}` },
    send: sendOver(http),
    refusal: async (reply: Reply) => new Error(`the SQL server answered ${reply.status}`),
  }
  return async (sql) => {
    const rows: Row[] = []
    await runStatement({ ...server, sql, onUpdate: (update) => void rows.push(...update.rows) })
    return rows
  }
}

export const sqlSuite: Suite = async (context) => {
  const all = sqlRunner(context)
  /** Answered or refused. */
  const verdict = (sql: string) =>
    all(sql).catch((error: unknown) => {
      if (!(error instanceof QueryError)) throw error
    })
  const statement = async () => {
    const rows = await all(STATEMENT)
    if (JSON.stringify(rows) !== '[[1]]') throw new Error(`SELECT 1 gave ${JSON.stringify(rows)}`)
  }
  const [ours, floor] = await withDuckDB((select) => inTurn(COUNT, statement, select))
  const difference = ours.value - floor.value
  const costly: Sample[] = []
  const beside: Sample[] = []
  const info: Sample[] = []
  let name = ''
  let going = true
  const second = (async () => {
    while (going) {
      beside.push({ name, ms: await timed(statement) })
      info.push({ name, ms: await timed(() => context.http.request('GET', `http://${HOST}:${port(context.machine, 'sql')}${INFO_PATH}`)) })
    }
  })()
  for (const { sql, ...one } of COSTLY) {
    name = one.name
    costly.push({ name, ms: await timed(() => verdict(sql)) })
  }
  going = false
  await second
  return [
    createFigure({
      name: 'costly statement to its verdict, worst',
      unit: 'ms',
      ours: readingOf(worst(costly)),
      floor: toReading(costly.map(({ ms }) => ms)),
      against: 'the median of all',
      aim: aimOf(worst(costly), COSTLY_AIM_MS),
    }),
    createFigure({
      name: '`SELECT 1` beside them',
      unit: 'ms',
      ours: toReading(beside.map(({ ms }) => ms)),
      floor: ours,
      against: '`SELECT 1` alone',
    }),
    createFigure({
      name: '`SELECT 1` beside them, worst',
      unit: 'ms',
      ours: readingOf(worst(beside)),
      floor: readingOf(worst(info)),
      against: `${INFO_PATH} beside them, worst`,
      aim: aimOf(worst(beside), BESIDE_AIM_MS),
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

/** What was asked while a costly statement ran, or that itself. */
interface Sample {
  readonly name: string
  readonly ms: number
}

const worst = (samples: readonly Sample[]): Sample => samples.reduce((most, sample) => (sample.ms > most.ms ? sample : most))
const readingOf = ({ ms }: Sample) => ({ value: ms, samples: 1 })
const aimOf = ({ name, ms }: Sample, most: number) => ({ text: `within ${most} ms (worst: ${name})`, met: ms <= most })

function sendOver(http: HttpClient): Send {
  return async (url, { method, headers, body }) => {
    const answer = await http.request(method, url, headers, body)
    return { ok: true, status: answer.status, headers: { get: () => null }, text: async () => answer.body.toString() }
  }
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
