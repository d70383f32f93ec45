// Waits until every part of a starting platform is healthy.
import { lostPort } from '#cli/ports'
import { defineError } from '#kit/errors'
import { followEvents, supervisorStatus } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import type { NodeState } from '#runtime/plan'

const READY_DEADLINE_MS = 120_000

const NotReady = defineError('up.not_ready', 500, 'not everything became healthy within {seconds} s:\n{parts}', {
  blame: 'operator',
  hint: 'see `akko logs PART`, and `akko doctor` for the machine',
})

/** Follows the supervisor until all is healthy, however often its stream ends; `onHealthy` sees each node once with its own time. */
export async function awaitReady(
  machine: Machine,
  failed: () => Error | undefined,
  onHealthy?: (name: string, ms: number) => void,
  deadlineMs = READY_DEADLINE_MS,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), deadlineMs)
  const seen = new Set<string>()
  try {
    while (Date.now() < deadline) {
      const failure = failed()
      if (failure) throw failure
      if ((await supervisorStatus(machine)) && (await follow())) return
      await new Promise((r) => setTimeout(r, 25)) // until the supervisor's socket is there
    }
  } finally {
    clearTimeout(timer)
  }
  throw await notReady(machine, deadlineMs)

  /** A part whose port somebody took after it was free does not come up by waiting. */
  async function assertPort(part: string, state: NodeState): Promise<void> {
    const lost = state === 'failed' || state === 'down' ? await lostPort(machine, part) : undefined
    if (lost) throw lost
  }

  /** False: the stream ended before all was healthy. */
  async function follow(): Promise<boolean> {
    const pending = new Set<string>()
    const settle = (name: string, ms: number | undefined) => {
      pending.delete(name)
      if (!seen.has(name)) onHealthy?.(name, ms ?? 0)
      seen.add(name)
    }
    try {
      for await (const event of followEvents(machine, abort.signal)) {
        if ('nodes' in event) {
          for (const node of event.nodes)
            if (node.healthy) settle(node.name, node.startMs)
            else {
              pending.add(node.name)
              await assertPort(node.name, node.state)
            }
        } else if (event.state === 'healthy') settle(event.node, event.startMs)
        else {
          if (event.state === 'down' || event.state === 'degraded') pending.add(event.node)
          await assertPort(event.node, event.state)
        }
        if (pending.size === 0) return true
      }
    } catch (error) {
      if (!isEnded(error)) throw error
    }
    return false
  }
}

/** A connection that was cut, or refused since its server has gone: `failed` and the deadline say what follows. */
function isEnded(error: unknown): boolean {
  const { name, code = '' } = error as NodeJS.ErrnoException
  return name === 'AbortError' || ['ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'EPIPE'].includes(code)
}

async function notReady(machine: Machine, deadlineMs: number): Promise<Error> {
  const status = await supervisorStatus(machine)
  const parts = (status?.nodes ?? []).filter((n) => !n.healthy).map((n) => `  ${n.name}: ${n.state}${n.detail ? `: ${n.detail}` : ''}`)
  return NotReady({ seconds: deadlineMs / 1000, parts: parts.join('\n') || '  the supervisor does not answer' })
}
