// The rows of TPC-H as files: made when they are first read, kept for the next query, the longest unused taken away where they are too many.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { linkInto } from '#parts/sql/connectors/kept'
import { makePipe, removePipe } from '#parts/sql/connectors/pipes'
import { runInto } from '#parts/sql/connectors/runs'
import { createMaker } from '#parts/sql/connectors/tpch/maker'
import { DELIMITER } from '#parts/sql/connectors/tpch/rows'
import { COLUMNS, ROW_NUMBER, type TpchTable } from '#parts/sql/connectors/tpch/tables'
import { duckType } from '#parts/sql/dialect/types'
import { type Engine, type LakeFiles, MAX_STATEMENT, type QueryContext } from '#parts/sql/ports'
import { join as joinSql, literal, print, type Sql, sql } from '#wire/duckdb/sql'
import { parseType } from '#wire/trino/type'

export interface TpchFilesDeps {
  /** Its own, on the file system of the queries' folders. */
  readonly folder: string
  readonly files: Pick<LakeFiles, 'open' | 'release'>
  readonly engine: Pick<Engine, 'run'>
  /** Bytes that may lie in the folder beside the table that was made last. */
  readonly keepBytes: number
}

export interface TpchFiles {
  /** The path of the table's rows in the folder of the query. Throws SourceFailed, and the signal's reason. */
  of(context: QueryContext, table: TpchTable, scale: number): Promise<string>
  close(): Promise<void>
}

interface Making {
  readonly done: Promise<void>
  readonly abort: AbortController
  waiting: number
}

export function createTpchFiles({ folder, files, engine, keepBytes }: TpchFilesDeps): TpchFiles {
  const maker = createMaker()
  const makings = new Map<string, Making>()
  /** Tables are made one after the other. */
  let last: Promise<unknown> = Promise.resolve()

  async function make({ caller }: QueryContext, table: TpchTable, scale: number, name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const queryId = `tpch-${randomUUID()}`
    const { spool } = await files.open(caller, queryId)
    const pipe = await makePipe(spool, 'rows')
    try {
      const output = { folder: 'rows', fieldIds: columnsOf(table).map((c, i) => ({ name: c.name, id: i + 1 })) }
      const context = { queryId, caller, spool, signal, over: signal }
      const [made, written] = await Promise.allSettled([
        maker.make({ table, scale, pipe }, signal),
        runInto(engine, context, linesOf(pipe, table), output).finally(() => removePipe(pipe)),
      ])
      for (const one of [written, made]) if (one.status === 'rejected') throw one.reason
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await rename(join(spool, 'out', output.folder, '0.parquet'), join(folder, name))
      await removeUnused(folder, keepBytes, name)
    } finally {
      await files.release(caller, queryId)
    }
  }

  function begin(...[context, table, scale, name]: [QueryContext, TpchTable, number, string]): Making {
    const abort = new AbortController()
    const done = last.then(() => make(context, table, scale, name, abort.signal))
    last = done.catch(() => {})
    const making: Making = { done, abort, waiting: 0 }
    makings.set(name, making)
    void last.then(() => {
      if (makings.get(name) === making) makings.delete(name)
    })
    return making
  }

  return {
    async of(context, table, scale) {
      const name = `${scale}-${table}.parquet`
      for (;;) {
        const path = await linkInto(context.spool, join(folder, name))
        if (path !== undefined) {
          await utimes(path, new Date(), new Date())
          return path
        }
        await waitFor(makings.get(name) ?? begin(context, table, scale, name), context.signal, () => makings.delete(name))
      }
    },
    close: async () => {
      for (const { abort } of makings.values()) abort.abort()
      await maker.close()
    },
  }
}

/** Who needs it no more leaves; nobody makes it for nobody. */
async function waitFor(making: Making, signal: AbortSignal, given: () => void): Promise<void> {
  making.waiting++
  let leave = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      leave = () => reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
      making.done.then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', leave)
    if (--making.waiting === 0) {
      given()
      making.abort.abort()
    }
  }
}

const columnsOf = (table: TpchTable) => [ROW_NUMBER, ...COLUMNS[table]]

function linesOf(pipe: string, table: TpchTable): Sql {
  const columns = columnsOf(table).map(
    ({ name, type }) => sql`${literal(name)}: ${literal(print(duckType(parseType(type)), { maxLength: MAX_STATEMENT }))}`,
  )
  return sql`SELECT * FROM read_csv(${literal(pipe)}, columns = {${joinSql(columns)}}, header = false, auto_detect = false, delim = ${literal(DELIMITER)}, quote = '', escape = '', new_line = '\\n')`
}

async function removeUnused(folder: string, keepBytes: number, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== newest)
  const found = await Promise.all(names.map(async (name) => ({ name, ...(await stat(join(folder, name))) })))
  let left = keepBytes
  for (const { name, size } of found.toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
    left -= size
    if (left < 0) await rm(join(folder, name), { force: true })
  }
}
