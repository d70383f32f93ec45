// The engine alone: a query on a person's instance that is there, the first one of a person, and what instances hold.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createFigure, inTurn, type Reading, timed, toReading } from '#cli/bench/figure'
import { type DuckDB, withDuckDB } from '#cli/bench/sql'
import type { Suite } from '#cli/bench/suites'
import { createLog, type Log } from '#kit/log'
import { createEngineClient, type EngineClient } from '#parts/engine/client'
import { createEngine } from '#parts/engine/index'

const COUNT = 300
const MIB = 1024 * 1024
const STATEMENT = 'SELECT 1'
/** Instances whose memory is told. */
const STEPS = [1, 5, 20]

export const engineSuite: Suite = async ({ scratch }) => {
  const root = join(scratch, 'engine')
  const socket = join(root, 'e.sock')
  mkdirSync(root, { mode: 0o700 })
  const part = createEngine({
    ...{ name: 'engine', socket, log, spoolRoot: join(root, 'spool'), workDir: join(root, 'work') },
    ...{ memoryLimitBytes: 512 * MIB, threads: 2, maxConcurrent: 2, tempLimitBytes: 512 * MIB, keepInstances: 32 },
  })
  await part.start()
  const client = createEngineClient(socket)
  const spool = (tenant: string) => {
    const path = join(root, 'spool', tenant, 'q')
    mkdirSync(path, { recursive: true })
    return path
  }
  try {
    return await withDuckDB((select) => measure(client, spool, select))
  } finally {
    client.close()
    await part.stop()
  }
}

async function measure(client: EngineClient, spool: (tenant: string) => string, select: DuckDB) {
  const query = (at: string) => ask(client, at)
  const own = spool('own')
  const [shared, reused, floor] = await inTurn(
    COUNT,
    () => query(''),
    () => query(own),
    select,
  )
  const first: number[] = []
  const empty = rss()
  const held = new Map<number, Reading>()
  for (let n = 1; n <= Math.max(...STEPS); n++) {
    const at = spool(`t${n}`)
    first.push(await timed(() => query(at)))
    if (STEPS.includes(n)) held.set(n, { ...rss(), value: rss().value - empty.value })
  }
  const against = 'DuckDB in process'
  return [
    createFigure({ name: 'engine: query without files', unit: 'ms', ours: shared, floor, against }),
    createFigure({ name: "engine: query on a person's instance", unit: 'ms', ours: reused, floor, against }),
    createFigure({ name: 'engine: first query of a person', unit: 'ms', ours: toReading(first), floor: reused, against: 'the next ones' }),
    ...[...held].map(([n, ours]) =>
      createFigure({ name: `engine: memory of ${n} more`, unit: 'MiB', ours, floor: empty, against: 'the process before' }),
    ),
  ]
}

const full = createLog('engine')
/** Without the lines of requests. */
const log: Log = { debug: () => {}, info: () => {}, warn: full.warn.bind(full), error: full.error.bind(full) }

const rss = (): Reading => ({ value: process.memoryUsage.rss() / MIB, samples: 1 })

async function ask(client: EngineClient, spool: string): Promise<void> {
  const run = client.run({ queryId: 'bench', spool, sql: STATEMENT, output: 'rows', types: ['integer'] })
  let rows = 0
  for await (const batch of run.rows) rows += batch.length
  await run.done
  if (rows !== 1) throw new Error(`${STATEMENT} gave ${rows} rows`)
}
