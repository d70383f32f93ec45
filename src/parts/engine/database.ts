// An open instance of DuckDB as the engine uses it: sessions and bounds. In this process here; `processes.ts` has those of another.
import { type Bounds, changeBound, type DuckDBOptions, openDuckDB } from '#parts/engine/duckdb'
import type { Known } from '#parts/engine/known'
import { createSession, type OwnSession, type Session } from '#parts/engine/session'

export interface Database<S extends Session = Session> {
  take(): Promise<S>
  /** Keeps it for the next query; one that failed or was interrupted is `spent` and closed. */
  give(session: S, spent: boolean): void
  /** Rejects while it holds more memory than that and cannot spill it. */
  bound(name: keyof Changing, value: number): Promise<void>
  close(): void
}

export type Changing = Pick<Bounds, 'memoryLimitBytes' | 'threads'>

export interface DatabaseOptions extends DuckDBOptions {
  /** Sessions that are kept while idle. */
  readonly slots: number
}

export async function openDatabase(options: DatabaseOptions, known: Known): Promise<Database<OwnSession>> {
  const instance = await openDuckDB(options)
  const idle: OwnSession[] = []
  return {
    take: async () => idle.pop() ?? createSession(await instance.connect(), known),
    give(session, spent) {
      session.clear()
      if (spent || idle.length >= options.slots) session.close()
      else idle.push(session)
    },
    bound: (name, value) => changeBound(instance, name, value),
    close() {
      for (const session of idle.splice(0)) session.close()
      instance.closeSync()
    },
  }
}
