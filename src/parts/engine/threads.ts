// Threads that hold instances whose queries may keep a thread busy: what runs there keeps nobody else waiting. ADR-017.
import { Worker } from 'node:worker_threads'
import type { Ask, Calls, Failure, Reply } from '#parts/engine/calls'
import type { Database, DatabaseOptions } from '#parts/engine/database'
import { EngineFault, fromWire } from '#parts/engine/errors'
import type { Session } from '#parts/engine/session'

export interface ThreadsOptions {
  /** Above that, instances share a thread. */
  readonly most: number
  /** A thread without an instance ends after so long; the last one stays, since starting one takes half a second. */
  readonly idleMs: number
  /** A thread ended by itself: what DuckDB still runs in it waits for it for ever, and the process has to go. */
  readonly lost: (error: unknown) => void
}

export interface Threads {
  open(options: DatabaseOptions): Promise<Database>
  readonly size: number
  close(): Promise<void>
}

/** Addresses for compiled code, which count against the cap of the process; V8 would reserve 512. */
const CODE_MIB = 32

type AskFor = <K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>) => ReturnType<Calls[K]>

interface Thread {
  readonly ask: AskFor
  readonly databases: Set<number>
  end(): Promise<void>
  timer?: NodeJS.Timeout
}

export function createThreads({ most, idleMs, lost }: ThreadsOptions): Threads {
  const threads = new Set<Thread>()
  let names = 0

  const leaveOff = async (thread: Thread) => {
    if (threads.size > 1) await end(thread)
  }
  const end = async (thread: Thread) => {
    threads.delete(thread)
    await thread.end()
  }
  const start = (): Thread => {
    const { ask, end } = startWorker((error) => {
      if (!threads.delete(thread)) return
      lost(error)
    })
    const thread: Thread = { ask, end, databases: new Set() }
    threads.add(thread)
    return thread
  }
  const choose = (): Thread => {
    const [least] = [...threads].sort((a, b) => a.databases.size - b.databases.size)
    return least && (least.databases.size === 0 || threads.size >= most) ? least : start()
  }

  return {
    async open(options) {
      const thread = choose()
      const database = names++
      clearTimeout(thread.timer)
      thread.databases.add(database)
      const leave = () => {
        thread.databases.delete(database)
        if (thread.databases.size === 0) thread.timer = setTimeout(() => void leaveOff(thread), idleMs).unref()
      }
      try {
        await thread.ask('open', database, options)
      } catch (error) {
        leave()
        throw error
      }
      const sessions = new Map<Session, number>()
      return {
        async take() {
          const name = names++
          await thread.ask('take', name, database)
          const session = sessionOf(thread.ask, name)
          sessions.set(session, name)
          return session
        },
        give(session, spent) {
          thread.ask('give', sessions.get(session) as number, spent).catch(() => {})
          sessions.delete(session)
        },
        bound: (name, value) => thread.ask('bound', database, name, value),
        close() {
          thread.ask('close', database).catch(() => {})
          leave()
        },
      }
    },
    get size() {
      return threads.size
    },
    close: async () => void (await Promise.all([...threads].map(end))),
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

/** A thread that is busy is not asked again before it has answered. */
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

/** `failed` is called when the thread ends, asked to or not. */
function startWorker(failed: (error: unknown) => void): Pick<Thread, 'ask' | 'end'> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: { codeRangeSizeMb: CODE_MIB } })
  worker.unref()
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let ids = 0
  let why: unknown = EngineFault({ text: 'a thread of the engine ended' })
  worker.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('failure' in reply) asked?.reject(errorOf(reply.failure))
    else asked?.resolve(reply.result)
  })
  worker.once('error', (error) => {
    why = error
  })
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      for (const { reject } of waiting.values()) reject(why)
      waiting.clear()
      failed(why)
      resolve()
    })
  })
  const ask = (call: keyof Calls, ...args: unknown[]) => {
    const id = ids++
    const asked = Promise.withResolvers<unknown>()
    waiting.set(id, asked)
    worker.postMessage({ id, call, args } as Ask)
    return asked.promise
  }
  return {
    ask: ask as AskFor,
    end() {
      worker.ref()
      ask('end').catch(() => {})
      return ended
    },
  }
}

const errorOf = (failure: Failure): Error => ('known' in failure ? fromWire(failure.known) : new Error(failure.text))
