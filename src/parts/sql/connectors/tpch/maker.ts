// One thread that makes rows, for as long as there are some to make: it holds the text of all comments, so it ends soon after.
import { Worker } from 'node:worker_threads'
import { SourceFailed } from '#parts/sql/connectors/errors'
import { removePipe } from '#parts/sql/connectors/pipes'
import type { Order, Told } from '#parts/sql/connectors/tpch/thread'

const IDLE_MS = 20_000
/** Megabytes, beside the text, which is no part of it. */
const HEAP_MB = 128
const ENDED = 'the thread that makes the rows has ended'

export interface Maker {
  /** One at a time. Resolves when every row was written; rejects with SourceFailed, and at once when the signal says so. */
  make(order: Order, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export function createMaker(): Maker {
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let told: (answer: Told) => void = () => {}

  const end = async () => {
    clearTimeout(timer)
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }
  const start = (): Worker => {
    const made = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
    made.unref()
    const tell = (answer: Told) => {
      if (made === worker) told(answer)
    }
    made.on('message', tell)
    made.on('error', (error) => tell({ failed: error.message }))
    made.on('exit', () => tell({ failed: ENDED }))
    return made
  }

  return {
    async make(order, signal) {
      signal.throwIfAborted()
      clearTimeout(timer)
      worker ??= start()
      const asked = worker
      const stop = () => {
        removePipe(order.pipe)
        told({ failed: ENDED })
        void end()
      }
      signal.addEventListener('abort', stop, { once: true })
      const { failed } = await new Promise<Told>((resolve) => {
        told = resolve
        asked.postMessage(order)
      })
      signal.removeEventListener('abort', stop)
      if (failed !== undefined) {
        stop()
        throw SourceFailed({ table: order.table, text: failed })
      }
      timer = setTimeout(() => void end(), IDLE_MS).unref()
    },
    close: end,
  }
}
