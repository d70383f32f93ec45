// Processes that hold an instance for one owner each: what keeps one busy keeps nobody else waiting, and one that does not end is killed. ADR-017.
import { readFileSync } from 'node:fs'
import type { Database, DatabaseOptions } from '#parts/engine/database'
import { type AskFor, createNursery, type Running } from '#parts/engine/nursery'
import type { Session } from '#parts/engine/session'

export interface ApartDatabase extends Database {
  /** Ends the process, whatever it does: what runs in it is lost. */
  kill(): void
  used(): ProcessUse
}

/** Of a process, so far. */
export interface ProcessUse {
  /** Memory of its own. */
  readonly residentBytes: number
  /** Of processors, all its threads together. */
  readonly cpuMs: number
}

export interface Processes {
  /** `lost` is called when the process ends. */
  open(options: DatabaseOptions, givesWay: boolean, lost: () => void): Promise<ApartDatabase>
  /** Nothing runs: what the next to be opened needs is made ready meanwhile. */
  prepare(): void
  /** Of owners. */
  readonly size: number
  /** Memory of their own, all together. */
  residentBytes(): number
  close(): Promise<void>
}

export interface ProcessesOptions {
  readonly idleMs: number
  /** A private folder. */
  readonly workDir: string
}

/** Until a process has begun and is open; a busy machine takes seconds. */
const OPEN_MS = 30_000

/**
 * Beginning one takes half a second. So one that has no owner yet is kept for as long as anybody asks, `idleMs` longer. Made early: what begins
 * them is made of this process, which has not much memory yet.
 */
export function createProcesses({ idleMs, workDir }: ProcessesOptions): Processes {
  const nursery = createNursery(workDir)
  const owned = new Set<Running>()
  let spare: Running | undefined
  let timer: NodeJS.Timeout | undefined
  const endSpare = () => {
    spare?.kill()
    spare = undefined
  }
  const prepare = () => {
    if (!spare) {
      const begun = nursery.begin()
      spare = begun
      void begun.ended.then(() => {
        if (spare === begun) spare = undefined
      })
    }
    clearTimeout(timer)
    timer = setTimeout(endSpare, idleMs).unref()
  }
  return {
    async open(options, givesWay, lost) {
      const running = spare ?? nursery.begin()
      spare = undefined
      owned.add(running)
      void running.ended.then(() => {
        owned.delete(running)
        lost()
      })
      const late = setTimeout(running.kill, OPEN_MS)
      await running
        .ask('open', options)
        .then(() => (givesWay ? running.ask('giveWay') : undefined)) // Its threads are there: it began like any other.
        .catch((error: unknown) => {
          running.kill()
          throw error
        })
        .finally(() => clearTimeout(late))
      return databaseOf(running)
    },
    prepare,
    get size() {
      return owned.size
    },
    residentBytes: () => [...owned].reduce((sum, { pid }) => sum + anonymousBytes(pid), 0),
    async close() {
      clearTimeout(timer)
      const all = [...owned, ...(spare ? [spare] : [])]
      await Promise.all(
        all.map(({ kill, ended }) => {
          kill()
          return ended
        }),
      )
      nursery.close()
    },
  }
}

function databaseOf(running: Running): ApartDatabase {
  const { ask, kill } = running
  const sessions = new Map<Session, number>()
  let names = 0
  return {
    async take() {
      const name = names++
      await ask('take', name)
      const session = sessionOf(ask, name)
      sessions.set(session, name)
      return session
    },
    give(session, spent) {
      ask('give', sessions.get(session) as number, spent).catch(() => {})
      sessions.delete(session)
    },
    bound: (name, value) => ask('bound', name, value),
    close: kill,
    kill,
    used: () => ({ residentBytes: anonymousBytes(running.pid), cpuMs: cpuMs(running.pid) }),
  }
}

function sessionOf(ask: AskFor, name: number): Session {
  let percent: number | undefined
  const look = oneAtATime(async () => {
    percent = await ask('percent', name)
  })
  return {
    admit: (sql, spool) => ask('admit', name, sql, spool),
    describe: (sql) => ask('describe', name, sql),
    prepare: (copy) => ask('prepare', name, copy),
    execute: () => ask('execute', name),
    interrupt: oneAtATime(() => ask('interrupt', name)),
    percent() {
      look()
      return percent
    },
  }
}

/** A process that is busy is not asked again before it has answered. */
function oneAtATime(action: () => Promise<void>): () => void {
  let running = false
  return () => {
    if (running) return
    running = true
    action()
      .catch(() => {}) // The session is closed: there is nothing to interrupt or to know.
      .finally(() => {
        running = false
      })
  }
}

/** Of a tick of Linux' accounts, which programs are shown (USER_HZ). */
const TICK_MS = 10

function cpuMs(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Behind the program's name, which may hold anything, the first field is the third: proc(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return TICK_MS * (Number(fields[11]) + Number(fields[12]))
  } catch {
    return 0 // It ended just now.
  }
}

/** Without the pages of programs, which processes share. */
function anonymousBytes(pid: number | undefined): number {
  try {
    return 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // It ended just now.
  }
}
