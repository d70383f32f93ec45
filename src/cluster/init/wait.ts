// Waits until everything that a pod needs really answers, in any order; says what it still waits for, and never gives up.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Readiness, readinessOf } from '#cluster/init/readiness'
import { describeError } from '#kit/errors'

const FIRST_PAUSE = 300
const LONGEST_PAUSE = 5_000
const SAY_EVERY = 10_000

export interface WaitOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
  readonly sayEvery?: number
}

export async function waitFor(urls: readonly string[], { env, say, sayEvery = SAY_EVERY }: WaitOptions): Promise<void> {
  const waited = [...new Set(urls)].map((url) => ({ ...readinessOf(url, env), last: 'not asked yet' }))
  const open = new Set(waited)
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
  const ticker = setInterval(() => {
    say(`still waiting after ${seconds()} for ${[...open].map((w) => `${w.name} (${w.last})`).join(', ')}`)
  }, sayEvery)
  try {
    await Promise.all(
      waited.map(async (one) => {
        await until(one, (why) => {
          one.last = why
        })
        open.delete(one)
        say(`ready after ${seconds()}: ${one.name}`)
      }),
    )
  } finally {
    clearInterval(ticker)
  }
}

/** Asks again and again, more gently each time, with a little chance so that many pods do not ask in step. */
async function until(one: Readiness, failed: (why: string) => void): Promise<void> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    try {
      await one.check()
      return
    } catch (error) {
      failed(brief(error))
    }
    await sleep(pause * (0.75 + Math.random() / 2))
  }
}

function brief(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(brief).join(', ')
  return describeError(error)
    .replace(/^fetch failed <- /, '')
    .replace(/\s+/g, ' ')
    .slice(0, 200)
}
