// Looks whether the policy's files in the home have changed, and has them put in force: by a command, so that this process reads none of them.
import { spawn } from 'node:child_process'
import { marksIn } from '#kit/folder-marks'
import type { Log } from '#kit/log'
import { gauge } from '#kit/metrics'
import type { RunPlan } from '#runtime/plan'

const LOOK_MS = 500
/** A command that takes longer is ended, and its change tried again with the next one. */
const PUT_MS = 60_000

export interface PolicyWatch {
  start(): void
  stop(): void
}

export function createPolicyWatch({ folder, command, args }: RunPlan['policy'], log: Log): PolicyWatch {
  let timer: NodeJS.Timeout | undefined
  let known = marksIn(folder)
  let seen = known
  let refused = false
  let putting: Promise<void> | undefined
  gauge({ name: 'akko_policy_refused', help: 'Whether the files of the policy cannot be put in force' }, () => [{ value: Number(refused) }])

  /** An editor may be at it: what was the same at two looks is taken. */
  const look = (): void => {
    const found = marksIn(folder)
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
    if (refused) log.error({ folder, code }, `the policy is not put in force: ${said.trim()}`)
    else log.info({ folder }, `policy: ${said.trim()}`)
  }

  return {
    start: () => {
      timer = setInterval(look, LOOK_MS)
    },
    stop: () => clearInterval(timer),
  }
}
