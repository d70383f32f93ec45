// One DuckDB instance of the engine with its connections, pipes and temporary folder.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Changing, Database, DatabaseOptions } from '#parts/engine/database'
import type { Bounds } from '#parts/engine/duckdb'
import { createFifoPool, type FifoPool } from '#parts/engine/fifos'
import type { ApartDatabase, ProcessUse } from '#parts/engine/processes'
import type { Session } from '#parts/engine/session'

export interface InstanceOptions extends Bounds {
  /** Above the instance's own folders. */
  readonly workDir: string
  /** Of this instance alone. */
  readonly name: string
  /** Folder that SQL may open beside the instance's own pipes. */
  readonly folder: string | undefined
  /** Sessions and pipes that are kept. */
  readonly slots: number
  readonly functions: boolean
  /** In this process or another. */
  readonly open: (options: DatabaseOptions) => Promise<Database & Partial<Pick<ApartDatabase, 'kill' | 'used'>>>
}

/** What queries of one tenant share, and nobody else. */
export interface Tenant extends Pick<Database, 'take' | 'give'> {
  readonly fifos: FifoPool
  /** Ends the process that it runs in, which is its owner's alone; absent where it is everybody's. */
  readonly kill?: () => void
  /** What that process has used; absent where it is everybody's. */
  readonly used?: () => ProcessUse
  /** What DuckDB is bounded by now. */
  memoryLimitBytes(): number
}

export interface Instance extends Tenant {
  /** Changes a bound. Never rejects: memory that is held and cannot be spilled is left, and asked for again at the next call. */
  bound(name: keyof Changing, value: number): Promise<void>
  /** Memory of the process that it runs in, where that is its own. */
  residentBytes(): number
  close(): void
}

export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const { workDir, name, folder, open, ...rest } = options
  const [pipes, tempDir] = [join(workDir, 'pipes', name), join(workDir, 'tmp', name)]
  for (const path of [pipes, tempDir]) mkdirSync(path, { recursive: true, mode: 0o700 })
  const removeFolders = () => {
    for (const path of [pipes, tempDir]) rmSync(path, { recursive: true, force: true })
  }
  const opening = open({ ...rest, tempDir, allowed: folder === undefined ? [pipes] : [folder, pipes] })
  const [database, fifos] = await Promise.all([opening, createFifoPool(pipes)]).catch((error: unknown) => {
    opening.then((opened) => opened.close()).catch(() => {}) // Its own failure is told.
    removeFolders()
    throw error
  })
  const now = { memoryLimitBytes: options.memoryLimitBytes, threads: options.threads }
  let settled = Promise.resolve()
  return {
    bound(bound, value) {
      settled = settled.then(async () => {
        if (now[bound] === value) return
        const changed = await database.bound(bound, value).then(
          () => true,
          () => false,
        )
        if (changed) now[bound] = value
      })
      return settled
    },
    take: () => database.take(),
    give: (session: Session, spent: boolean) => database.give(session, spent),
    fifos,
    memoryLimitBytes: () => now.memoryLimitBytes,
    residentBytes: () => database.used?.().residentBytes ?? 0,
    ...(database.kill && database.used ? { kill: database.kill, used: database.used } : {}),
    close() {
      database.close()
      removeFolders()
    },
  }
}
