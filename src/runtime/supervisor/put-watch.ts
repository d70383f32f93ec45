// Looks whether files of the operator's have changed, and has them put in force: by a command, so that this process reads none of them.
import { spawn } from 'node:child_process'
import type { Log } from '#kit/log'
import { gauge } from '#kit/metrics'
import type { PutPlan } from '#runtime/plan'

const LOOK_MS = 500
/** A command that takes longer is ended, and its change tried again with the next one. */
const PUT_MS = 60_000

export interface PutWatch {
  start(): void
  stop(): void
}

export interface Watched {
  /** What lies there, for people: `policy`. */
  readonly what: string
  /** Another text when a file has changed. */
  readonly marks: () => string
  readonly put: PutPlan
  /** 1 while what lies there cannot be put in force. */
  readonly refusals: { readonly name: string; readonly help: string }
}

export function createPutWatch({ what, marks, put: { command, args }, refusals }: Watched, log: Log): PutWatch {
  let timer: NodeJS.Timeout | undefined
  let known = marks()
  let seen = known
  let refused = false
  let putting: Promise<void> | undefined
  gauge(refusals, () => [{ value: Number(refused) }])

  /** An editor may be at it: what was the same at two looks is taken. */
  const look = (): void => {
    const found = marks()
    const isStill = found === seen
    seen = found
    if (!isStill || found === known || putting) return
    known = found
    putting = put().finally(() => {
      putting = undefined
    })
  }

  async function put(): Promise<void> {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: PUT_MS })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4000)
    })
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null))
      child.once('close', resolve)
    })
    refused = code !== 0
    if (refused) log.error({ code }, `the ${what} is not put in force: ${said.trim()}`)
    else log.info({}, `${what}: ${said.trim()}`)
  }

  return {
    start: () => {
      timer = setInterval(look, LOOK_MS)
    },
    stop: () => clearInterval(timer),
  }
}
