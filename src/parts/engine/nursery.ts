// A shell that lives on and begins processes: making a child of the engine, which holds much memory, holds its thread for 10 to 100 ms.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Ask, Calls, Failure, Hello, Reply } from '#parts/engine/calls'
import { EngineLost, fromWire } from '#parts/engine/errors'
import { framed } from '#parts/engine/frames'

export type AskFor = <K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>) => ReturnType<Calls[K]>

export interface Running {
  /** Undefined until it has said that it is there. */
  readonly pid: number | undefined
  /** What is asked before it is there waits for it. */
  readonly ask: AskFor
  kill(): void
  readonly ended: Promise<void>
}

export interface Nursery {
  begin(): Running
  close(): void
}

interface Begun extends Running {
  came(pid: number, send: (ask: Ask) => void): void
  heard(reply: Reply): void
  end(why?: unknown): void
}

/** How far they step behind the engine where processors are short, from their first instruction on. */
const NICENESS = 4
/** Each line names a process to begin; an empty one asks only that what has ended leaves the system's table of processes. */
const PROGRAM = 'while read -r name; do jobs >/dev/null; if [ -n "$name" ]; then "$@" "$name" & fi; done'

/** After the end of a connection, until the shell is asked to let go of what has ended. */
const REAPED_MS = [0, 200, 2000]

/** `folder` is private, and made where it is not there: who reaches the socket in it is believed. They have the engine's environment, user and caps, and end when the engine does. */
export function createNursery(folder: string): Nursery {
  const path = join(folder, 'apart.sock')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const all = new Map<string, Begun>()
  const server = createServer((socket) => {
    let begun: Begun | undefined
    const send = framed<Hello | Reply, Ask>(socket, (said) => {
      if (!('hello' in said)) return begun?.heard(said)
      const awaited = all.get(said.hello)
      if (awaited?.pid !== undefined || !awaited) return void socket.destroy() // It was given up: without a connection it ends.
      begun = awaited
      begun.came(said.pid, send)
    })
    socket.on('error', () => {}) // It closes, which is told.
    socket.once('close', () => begun?.end())
  })
  server.listen(path).unref()
  let shell = startShell(path)
  const tell = (line: string) => void shell.stdin?.write(`${line}\n`)
  let names = 0
  return {
    begin() {
      const name = String(names++)
      const begun = createBegun(() => {
        all.delete(name)
        // Its connection ends before it does.
        for (const ms of REAPED_MS) setTimeout(() => tell(''), ms).unref()
      })
      all.set(name, begun)
      if (shell.exitCode !== null || shell.signalCode !== null) shell = startShell(path)
      tell(name)
      return begun
    },
    close() {
      server.close()
      shell.kill('SIGKILL')
    },
  }
}

function startShell(path: string): ChildProcess {
  const diesWith = ['setpriv', '--pdeathsig', 'KILL']
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'apart-process.ts'), path]
  const words = [...diesWith, 'sh', '-c', PROGRAM, 'sh', ...diesWith, 'nice', '-n', String(NICENESS), ...node]
  const shell = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'inherit', 'inherit'] })
  shell.on('error', () => {}) // What it was to begin is not there in time, which is told.
  shell.stdin?.on('error', () => {})
  return shell
}

function createBegun(ended: () => void): Begun {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const there = Promise.withResolvers<(ask: Ask) => void>()
  const over = Promise.withResolvers<void>()
  let isOver = false
  let pid: number | undefined
  let ids = 0
  const end = (why?: unknown) => {
    if (isOver) return
    isOver = true
    for (const { reject } of waiting.values()) reject(EngineLost({}, why))
    waiting.clear()
    over.resolve()
    ended()
  }
  const ask = (call: keyof Calls, ...args: unknown[]) => {
    if (isOver) return Promise.reject(EngineLost())
    const id = ids++
    const asked = Promise.withResolvers<unknown>()
    waiting.set(id, asked)
    void there.promise.then((send) => send({ id, call, args } as Ask))
    return asked.promise
  }
  return {
    get pid() {
      return pid
    },
    ask: ask as AskFor,
    came(hisPid, send) {
      pid = hisPid
      there.resolve(send)
    },
    heard(reply) {
      const asked = waiting.get(reply.id)
      waiting.delete(reply.id)
      if ('failure' in reply) asked?.reject(errorOf(reply.failure))
      else asked?.resolve(reply.result)
    },
    kill() {
      if (isOver) return
      if (pid === undefined) return end()
      try {
        process.kill(pid, 'SIGKILL') // It is its own while its connection lasts.
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
        // It has ended by itself: the end of its connection is on its way.
      }
    },
    end,
    ended: over.promise,
  }
}

const errorOf = (failure: Failure): Error => ('known' in failure ? fromWire(failure.known) : new Error(failure.text))
