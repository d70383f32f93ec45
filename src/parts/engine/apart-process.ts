// The process behind processes.ts: holds one instance whose queries may keep it busy, and does what it is asked. It ends with the engine.
import { execFile } from 'node:child_process'
import { flushCompileCache } from 'node:module'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { AkkoError } from '#kit/errors'
import type { Ask, Calls, Failure, Hello, Reply } from '#parts/engine/calls'
import { type Database, openDatabase } from '#parts/engine/database'
import { toWire } from '#parts/engine/errors'
import { framed } from '#parts/engine/frames'
import { createKnown } from '#parts/engine/known'
import type { OwnSession } from '#parts/engine/session'

const run = promisify(execFile)

let database: Database<OwnSession> | undefined
const sessions = new Map<number, OwnSession>()

function opened(): Database<OwnSession> {
  if (!database) throw new Error('nothing is open')
  return database
}
function sessionOf(name: number): OwnSession {
  const session = sessions.get(name)
  if (!session) throw new Error('the session is closed')
  return session
}

const calls: Calls = {
  async open(options) {
    database = await openDatabase(options, createKnown())
  },
  async giveWay() {
    await run('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process.pid)])
  },
  bound: (name, value) => opened().bound(name, value),
  take: async (name) => void sessions.set(name, await opened().take()),
  async give(name, spent) {
    const session = sessionOf(name)
    sessions.delete(name)
    opened().give(session, spent)
  },
  admit: (session, sql, spool) => sessionOf(session).admit(sql, spool),
  describe: (session, sql) => sessionOf(session).describe(sql),
  prepare: (session, copy) => sessionOf(session).prepare(copy),
  execute: (session) => sessionOf(session).execute(),
  interrupt: async (session) => sessionOf(session).interrupt(),
  percent: async (session) => sessionOf(session).percent(),
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

flushCompileCache() // It is always killed, and an exit alone would keep for the next what was compiled.

const [socketPath = '', name = ''] = process.argv.slice(2)
const socket = connect(socketPath)
const send = framed<Ask, Hello | Reply>(socket, async (ask) => send(await answer(ask)))
socket.on('error', () => {}) // It closes.
socket.once('close', () => process.exit())
send({ hello: name, pid: process.pid })
