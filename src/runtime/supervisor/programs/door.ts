// The verb `run` on its socket: a process that declared programs has one of them started for a person, and reads what it prints to its end.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { readText } from '#kit/body'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import type { PrivateHandler } from '#kit/private-api'
import { CELL_KEY_HEADER, type RunEnd } from '#kit/programs'
import { randomSecret, type Secret } from '#kit/secret'
import type { ProgramsPlan } from '#runtime/plan'
import { CallerRefused, TooManyRuns } from '#runtime/supervisor/programs/errors'
import { canSeparate, launch } from '#runtime/supervisor/programs/launch'
import { type CheckedRun, LARGEST_REQUEST, readRequest } from '#runtime/supervisor/programs/request'
import { follow, type Run } from '#runtime/supervisor/programs/run'
import { createPeopleUsers, endAllOf } from '#runtime/supervisor/programs/users'

const MOST = { ofOnePerson: 8, ofAll: 64 }

export interface ProgramsDoor {
  readonly run: PrivateHandler
  /** For a new life of a cell, where it declares programs: what it shows here. */
  admit(cell: string): Secret | undefined
  /** Ends all that runs. */
  stop(): void
}

export function createProgramsDoor(plan: ProgramsPlan, log: Log): ProgramsDoor {
  const users = createPeopleUsers(plan)
  const separate = canSeparate()
  const keys = new Map<string, Secret>()
  const running = new Map<Run, string>()
  // Of a supervisor that was killed.
  for (const uid of users.all()) endAllOf(uid)

  const callerOf = (req: IncomingMessage): string => {
    const shown = req.headers[CELL_KEY_HEADER]
    const caller = typeof shown === 'string' ? [...keys].find(([, key]) => key.matches(shown)) : undefined
    if (!caller) throw CallerRefused()
    return caller[0]
  }
  const countOf = (account: string) => [...running.values()].filter((other) => other === account).length

  const start = ({ person, args, env, cwd, declared }: CheckedRun, print: Parameters<typeof follow>[2]): { run: Run; uid?: number } => {
    const { account } = person
    if (countOf(account) >= MOST.ofOnePerson) throw TooManyRuns({ count: MOST.ofOnePerson, who: 'for this person' })
    if (running.size >= MOST.ofAll) throw TooManyRuns({ count: MOST.ofAll, who: 'for people' })
    const { uid, folder } = users.userOf(person)
    const { limits } = declared
    const child = launch({
      ...{ command: [...declared.command, ...args], env, cwd: join(folder, cwd), limits, separate: separate && uid !== undefined },
      ...(uid === undefined ? {} : { uid }),
    })
    const run = follow(child, limits, print)
    running.set(run, account)
    void run.gone.then(() => {
      running.delete(run)
      // Whoever left his group, or this one's space could not be made: not beyond the person's last run.
      if (uid !== undefined && countOf(account) === 0) endAllOf(uid)
    })
    return { run, ...(uid === undefined ? {} : { uid }) }
  }

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const caller = callerOf(req)
    const asked = readRequest(await readText(req, LARGEST_REQUEST), plan.cells[caller] ?? {})
    if (res.destroyed) return
    const tell = (line: object) => void res.write(`${JSON.stringify(line)}\n`)
    const { run, uid } = start(asked, ({ stream, bytes }) => tell({ stream, data: bytes.toString('base64') }))
    const facts = { caller, program: asked.program, account: asked.person.account, uid }
    log.info(facts, 'a program of a person began')
    res.on('error', (error) => log.warn({ ...facts, error: describeError(error) }, 'a caller does not hear its program'))
    res.once('close', () => run.end('caller'))
    res.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
    const end: RunEnd = await run.over
    log.info({ ...facts, ...end }, 'a program of a person ended')
    tell({ end })
    res.end()
  }

  return {
    run: ({ req, res }) => handle(req, res),
    admit: (cell) => {
      if (plan.cells[cell] === undefined) return undefined
      const key = randomSecret()
      keys.set(cell, key)
      return key
    },
    stop: () => {
      for (const run of running.keys()) run.end('platform')
    },
  }
}
