// The 22 queries of TPC-H over Iceberg tables of the platform's lake, beside DuckDB in this process on the Parquet files that they were loaded from.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { createFigure, type Figure, timed } from '#cli/bench/figure'
import { sqlRunner } from '#cli/bench/sql-runner'
import type { SuiteContext } from '#cli/bench/suites'
import { judgePython, tpchPython } from '#test/support/judges'

const SCALE = 0.1
const PASSES = 3
const NAMESPACE = 'tpch'
const AIM = 1.25

interface Generated {
  readonly tables: readonly string[]
  readonly queries: readonly string[]
}

export async function tpchSuite({ machine, env, http, scratch }: SuiteContext, say: (line: string) => void): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(scratch, 'tpch-'))
  const script = (name: string) => join(import.meta.dirname, name)
  const python = (path: string, args: readonly string[]) =>
    execFileSync(path, args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      maxBuffer: 1 << 24,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  say(`tpch: tables of scale ${SCALE} ...`)
  const { tables, queries } = JSON.parse(python(tpchPython(), [script('generate.py'), folder, String(SCALE)])) as Generated
  python(judgePython(), [script('load.py'), folder, NAMESPACE, ...tables])

  const all = sqlRunner({ machine, env, http, catalog: 'iceberg', schema: NAMESPACE })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    for (const name of tables) await connection.run(`CREATE VIEW ${name} AS FROM '${folder}/${name}.parquet'`)
    const ours: number[][] = queries.map(() => [])
    const floor: number[][] = queries.map(() => [])
    for (let pass = 0; pass <= PASSES; pass++) {
      say(pass === 0 ? 'tpch: a pass that is not counted ...' : `tpch: pass ${pass} of ${PASSES} ...`)
      for (const [i, text] of queries.entries()) {
        let expected = 0
        let rows = 0
        const floorMs = await timed(async () => {
          expected = (await connection.runAndReadAll(text)).getRows().length
        })
        const oursMs = await timed(async () => {
          rows = (await all(standard(text))).length
        })
        if (rows !== expected) throw new Error(`query ${i + 1} of TPC-H gave ${rows} rows, DuckDB ${expected}`)
        if (pass === 0) continue
        floor[i]?.push(floorMs)
        ours[i]?.push(oursMs)
      }
    }
    const [mine, peers] = [ours.map(median), floor.map(median)]
    const [total, peer] = [sum(mine), sum(peers)]
    const ratios = mine.map((ms, i) => ms / (peers[i] as number))
    const worst = ratios.indexOf(Math.max(...ratios))
    const reading = (value: number) => ({ value, samples: PASSES })
    return [
      createFigure({
        name: `TPC-H of scale ${SCALE}, 22 queries`,
        unit: 'ms',
        ours: reading(total),
        floor: reading(peer),
        against: 'DuckDB in process on the files',
        aim: { text: `at most ${AIM}x`, met: total <= AIM * peer },
      }),
      createFigure({
        name: `its worst query, Q${worst + 1}`,
        unit: 'ms',
        ours: reading(mine[worst] as number),
        floor: reading(peers[worst] as number),
        against: 'DuckDB in process on the files',
      }),
    ]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Q15 groups by an output's name, which standard SQL does not know; the semicolon is DuckDB's. */
const standard = (text: string) =>
  text
    .trim()
    .replace(/;$/, '')
    .replace(/GROUP BY\s+supplier_no/i, 'GROUP BY l_suppkey')

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
