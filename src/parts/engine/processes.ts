// Processes that hold an instance for one owner each: what keeps one busy keeps nobody else waiting, and one that does not end is killed. ADR-017.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ask, Calls, Failure, Reply } from '#parts/engine/calls'
import type { Database, DatabaseOptions } from '#parts/engine/database'
import { EngineLost, fromWire } from '#parts/engine/errors'
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

/** Until a process has begun and is open; a busy machine takes seconds. */
const OPEN_MS = 30_000
/** Processes that wait to become one. */
const SEEDS = 4

type AskFor = <K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>) => ReturnType<Calls[K]>

interface Running {
  readonly pid: number | undefined
  readonly ask: AskFor
  kill(): void
  readonly ended: Promise<void>
}

/**
 * Beginning one takes half a second, and making a child of this process, which holds much memory, holds its thread for 10 to 100 ms. So one that
 * has no owner yet is kept for as long as anybody asks, `idleMs` longer, and made of a small child that was made while nothing ran.
 */
export function createProcesses({ idleMs }: { readonly idleMs: number }): Processes {
  const owned = new Set<Running>()
  const seeds = new Set<Seed>()
  let spare: Running | undefined
  let timer: NodeJS.Timeout | undefined
  const sow = () => {
    const seed = plant()
    seeds.add(seed)
    void seed.ended.then(() => seeds.delete(seed))
  }
  const begin = () => {
    const [seed = plant()] = seeds
    seeds.delete(seed)
    return seed.grow()
  }
  const endSpare = () => {
    spare?.kill()
    spare = undefined
  }
  const prepare = () => {
    if (seeds.size < SEEDS) sow() // One at a time: each holds this thread.
    if (!spare) {
      const begun = begin()
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
      const running = spare ?? begin()
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
      const all = [...owned, ...(spare ? [spare] : []), ...seeds]
      await Promise.all(
        all.map(({ kill, ended }) => {
          kill()
          return ended
        }),
      )
    },
  }
}

function databaseOf({ ask, kill, pid }: Running): ApartDatabase {
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
    used: () => ({ residentBytes: anonymousBytes(pid), cpuMs: cpuMs(pid) }),
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

/** How far it steps behind the engine where processors are short, from its first instruction on. */
const NICENESS = 4

/** A shell that waits for a line, and becomes a process of an owner's with it. */
interface Seed extends Pick<Running, 'kill' | 'ended'> {
  grow(): Running
}

/** It has the engine's environment, user and caps, and ends when the engine does. */
function plant(): Seed {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'apart-process.ts')]
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'sh', '-c', 'read -r _ && exec "$@"', 'sh', 'nice', '-n', String(NICENESS), ...node],
    {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    },
  )
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let ids = 0
  child.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('failure' in reply) asked?.reject(errorOf(reply.failure))
    else asked?.resolve(reply.result)
  })
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const end = (why?: unknown) => {
    for (const { reject } of waiting.values()) reject(EngineLost({}, why))
    waiting.clear()
    resolve()
  }
  child.on('error', end)
  child.stdin?.on('error', () => {}) // It has ended, which is told.
  child.once('exit', () => end())
  const ask = (call: keyof Calls, ...args: unknown[]) => {
    const id = ids++
    const asked = Promise.withResolvers<unknown>()
    if (!child.connected) return Promise.reject(EngineLost())
    waiting.set(id, asked)
    child.send({ id, call, args } as Ask, (error) => {
      if (error) asked.reject(EngineLost({}, error))
    })
    return asked.promise
  }
  const kill = () => void child.kill('SIGKILL')
  return {
    kill,
    ended,
    grow() {
      child.stdin?.end('\n')
      return { pid: child.pid, ask: ask as AskFor, kill, ended }
    },
  }
}

const errorOf = (failure: Failure): Error => ('known' in failure ? fromWire(failure.known) : new Error(failure.text))

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
