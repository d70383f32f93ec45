// SELECT 1: a whole statement over the protocol, beside DuckDB called in this process; statements made to be costly, and a second client meanwhile.
import { setTimeout } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { createFigure, inTurn, timed, toReading } from '#cli/bench/figure'
import { askStatement, besideSecondClient, epochMs, STATEMENT, type Waited } from '#cli/bench/second-client'
import { sqlRunner } from '#cli/bench/sql-runner'
import type { Suite } from '#cli/bench/suites'
import { COSTLY } from '#parts/sql/costly'
import { INFO_PATH } from '#parts/sql/routes'
import { QueryError } from '#wire/trino/statement'

const COUNT = 200
const AIM_MS = 5
/** What the second client waits before the costly ones begin is what it waits alone. */
const ALONE_MS = 10_000
const COSTLY_AIM_MS = 1000
const BESIDE_AIM_MS = 50

export const sqlSuite: Suite = async (context) => {
  const all = sqlRunner(context)
  /** Answered or refused. */
  const verdict = (sql: string) =>
    all(sql).catch((error: unknown) => {
      if (!(error instanceof QueryError)) throw error
    })
  const [ours, floor] = await withDuckDB((select) => inTurn(COUNT, () => askStatement(all), select))
  const difference = ours.value - floor.value
  const costly: Sample[] = []
  const waited = await besideSecondClient(context, async () => {
    await setTimeout(ALONE_MS)
    for (const { sql, name } of COSTLY) costly.push({ name, at: epochMs(), ms: await timed(() => verdict(sql)) })
  })
  const statements = apart(waited.statement, costly)
  const info = apart(waited.info, costly)
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
      ours: toReading(statements.beside.map(({ ms }) => ms)),
      floor: toReading(statements.alone.map(({ ms }) => ms)),
      against: 'alone, before them',
    }),
    createFigure({
      name: '`SELECT 1` beside them, worst',
      unit: 'ms',
      ours: readingOf(worst(statements.beside)),
      floor: readingOf(worst(statements.alone)),
      against: 'alone, before them, worst',
      aim: aimOf(worst(statements.beside), BESIDE_AIM_MS),
    }),
    createFigure({
      name: `${INFO_PATH} beside them, worst`,
      unit: 'ms',
      ours: readingOf(worst(info.beside)),
      floor: readingOf(worst(info.alone)),
      against: 'alone, before them, worst',
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
interface Sample extends Waited {
  readonly name: string
}

/** What the second client waited before the costly ones began, and beside which of them. */
function apart(waited: readonly Waited[], costly: readonly Sample[]) {
  const alone: Sample[] = []
  const beside: Sample[] = []
  for (const one of waited) {
    const during = costly.findLast(({ at }) => at <= one.at)
    if (during) beside.push({ ...one, name: during.name })
    else alone.push({ ...one, name: 'none' })
  }
  return { alone, beside }
}

const worst = (samples: readonly Sample[]): Sample => samples.reduce((most, sample) => (sample.ms > most.ms ? sample : most))
const readingOf = ({ ms }: Sample) => ({ value: ms, samples: 1 })
const aimOf = ({ name, ms }: Sample, most: number) => ({ text: `within ${most} ms (worst: ${name})`, met: ms <= most })

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
