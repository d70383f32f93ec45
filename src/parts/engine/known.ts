// What was found of statements that open no file: it follows from their text alone, so that clients which repeat one are answered sooner.
import type { EngineColumn } from '#parts/engine/protocol'

const MOST = 500
const LONGEST = 4096

export interface Known {
  /** The door has let this very text through. */
  admitted(sql: string): boolean
  admit(sql: string): void
  /** Names and types as DuckDB told them. */
  columns(sql: string): readonly EngineColumn[] | undefined
  describe(sql: string, columns: readonly EngineColumn[]): void
}

/** Of one process: all its instances are made alike. Refusals are never remembered. */
export function createKnown(): Known {
  const found = new Map<string, readonly EngineColumn[] | undefined>()
  const keep = (sql: string, columns: readonly EngineColumn[] | undefined) => {
    if (sql.length > LONGEST) return
    found.delete(sql)
    found.set(sql, columns)
    for (const [oldest] of found) {
      if (found.size <= MOST) break
      found.delete(oldest)
    }
  }
  return {
    admitted: (sql) => found.has(sql),
    admit: (sql) => keep(sql, undefined),
    columns: (sql) => found.get(sql),
    describe: keep,
  }
}
