// The parts of one process: started again when told, asked for their health, stopped in reverse, each within its time.
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'

export interface CellPartsOptions {
  readonly log: Log
  /** Ends the process: a part does not stop, so that neither its port nor its files are free. */
  readonly giveUp: () => void
  /** How long a part may finish what it accepted; milliseconds. Default 10 s. */
  readonly stopMs?: number
  /** How long a part may think about its health; milliseconds. Below what the supervisor waits for all. Default 4 s. */
  readonly healthMs?: number
}

export interface CellParts {
  /** Makes and starts it; one that runs by this name is stopped first. */
  start(name: string, make: () => Promise<Part>): Promise<Health>
  /** Of each that was started. */
  health(): Promise<Record<string, Health>>
  stop(): Promise<void>
}

export function createCellParts({ log, giveUp, stopMs = 10_000, healthMs = 4000 }: CellPartsOptions): CellParts {
  const started = new Map<string, Part>()

  const end = async (part: Part): Promise<void> => {
    const timer = setTimeout(() => {
      log.error({ stopping: part.name, ms: stopMs }, 'a part did not end in time; the process goes')
      giveUp()
    }, stopMs)
    await part
      .stop()
      .catch((error: unknown) => log.error({ stopping: part.name, error: describeError(error) }, 'a part did not stop cleanly'))
    clearTimeout(timer)
  }
  const healthOf = (part: Part): Promise<Health> => {
    const late = Promise.withResolvers<Health>()
    const timer = setTimeout(() => late.resolve({ healthy: false, detail: `it says nothing of its health for ${healthMs} ms` }), healthMs)
    const own = part.health().catch((error: unknown): Health => ({ healthy: false, detail: describeError(error) }))
    return Promise.race([own, late.promise]).finally(() => clearTimeout(timer))
  }

  return {
    async start(name, make) {
      const earlier = started.get(name)
      started.delete(name)
      if (earlier) await end(earlier)
      const part = await make()
      await part.start()
      started.set(name, part)
      return part.health()
    },
    async health() {
      return Object.fromEntries(await Promise.all([...started].map(async ([name, part]) => [name, await healthOf(part)] as const)))
    },
    async stop() {
      for (const part of [...started.values()].reverse()) await end(part)
    },
  }
}
