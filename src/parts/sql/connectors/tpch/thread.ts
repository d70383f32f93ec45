// The thread that makes rows of TPC-H: a table at a time into a pipe, whose other end the engine reads.
import { closeSync, openSync, writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { stepBehind } from '#kit/step-behind'
import { rowsOf } from '#parts/sql/connectors/tpch/rows'
import type { TpchTable } from '#parts/sql/connectors/tpch/tables'
import { createTextPool } from '#parts/sql/connectors/tpch/text'

export interface Order {
  readonly table: TpchTable
  readonly scale: number
  readonly pipe: string
}

/** Undefined: every row is written. */
export type Told = { readonly failed?: string }

/** Characters that are written at once. */
const CHUNK = 256 * 1024

let pool: Buffer | undefined

/** Waits in open(2) and write(2): nothing else is to be done here. */
function make({ table, scale, pipe }: Order): void {
  const out = openSync(pipe, 'w')
  try {
    pool ??= createTextPool()
    let waiting = ''
    const flush = () => {
      const bytes = Buffer.from(waiting, 'latin1')
      for (let at = 0; at < bytes.length; ) at += writeSync(out, bytes, at)
      waiting = ''
    }
    for (const lines of rowsOf(table, { pool, scale })) {
      waiting += lines
      if (waiting.length >= CHUNK) flush()
    }
    flush()
  } finally {
    closeSync(out)
  }
}

function answer(order: Order): Told {
  try {
    make(order)
    return {}
  } catch (error) {
    return { failed: (error as Error).message }
  }
}

stepBehind(10)
parentPort?.on('message', (order: Order) => parentPort?.postMessage(answer(order)))
