// The thread behind threads.ts: holds instances whose queries may keep it busy, and does what it is asked.
import { parentPort } from 'node:worker_threads'
import { AkkoError } from '#kit/errors'
import { stepBehind } from '#kit/step-behind'
import type { Ask, Calls, Failure, Reply } from '#parts/engine/calls'
import { type Database, openDatabase } from '#parts/engine/database'
import { toWire } from '#parts/engine/errors'
import { createKnown } from '#parts/engine/known'
import type { OwnSession } from '#parts/engine/session'

const known = createKnown()
const databases = new Map<number, Database<OwnSession>>()
const sessions = new Map<number, { readonly database: Database<OwnSession>; readonly session: OwnSession }>()

function found<T>(all: ReadonlyMap<number, T>, name: number): T {
  const one = all.get(name)
  if (!one) throw new Error('it is closed')
  return one
}
const sessionOf = (name: number): OwnSession => found(sessions, name).session

const calls: Calls = {
  open: async (database, options) => void databases.set(database, await openDatabase(options, known)),
  bound: (database, name, value) => found(databases, database).bound(name, value),
  async close(database) {
    const open = databases.get(database)
    databases.delete(database)
    open?.close()
  },
  async take(name, databaseName) {
    const database = found(databases, databaseName)
    sessions.set(name, { database, session: await database.take() })
  },
  async give(name, spent) {
    const { database, session } = found(sessions, name)
    sessions.delete(name)
    database.give(session, spent)
  },
  admit: (session, sql, spool) => sessionOf(session).admit(sql, spool),
  describe: (session, sql) => sessionOf(session).describe(sql),
  prepare: (session, copy) => sessionOf(session).prepare(copy),
  execute: (session) => sessionOf(session).execute(),
  interrupt: async (session) => sessionOf(session).interrupt(),
  percent: async (session) => sessionOf(session).percent(),
  end: async () => void setImmediate(() => parentPort?.close()),
}

const failureOf = (error: unknown): Failure =>
  error instanceof AkkoError ? { known: toWire(error) } : { text: error instanceof Error ? error.message : String(error) }

async function answer({ id, call, args }: Ask): Promise<Reply> {
  try {
    return { id, result: await (calls[call] as (...given: readonly unknown[]) => ReturnType<Calls[typeof call]>)(...args) }
  } catch (error) {
    return { id, failure: failureOf(error) }
  }
}

stepBehind(4)
parentPort?.on('message', async (ask: Ask) => parentPort?.postMessage(await answer(ask)))
