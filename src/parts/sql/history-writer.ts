// What the history is to be told, gathered for a moment: a quick query is one row of one statement, not two statements of its own.
import { isOfData } from '#kit/postgres-error'
import type { Query } from '#parts/sql/query/query'

const GATHER_MS = 100

export interface HistoryWriter {
  /** Resolves when it is written as it is then; rejects when this one could not be. */
  write(query: Query): Promise<void>
  /** Writes what waits. Never rejects. */
  flush(): Promise<void>
}

interface Waiting {
  readonly queries: Map<string, Query>
  readonly written: Promise<Map<string, unknown>>
  readonly go: () => void
}

/** `save` takes all or none; `gatherMs` is how long the first of a batch waits for others. */
export function createHistoryWriter(save: (queries: readonly Query[]) => Promise<void>, gatherMs = GATHER_MS): HistoryWriter {
  let waiting: Waiting | undefined
  let last: Promise<unknown> = Promise.resolve()

  const open = (): Waiting => {
    const queries = new Map<string, Query>()
    const { promise: due, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, gatherMs)
    // In their order: what ended must not be overtaken by its beginning.
    const written = Promise.all([due, last]).then(() => {
      clearTimeout(timer)
      if (waiting === opened) waiting = undefined
      return failures(save, [...queries.values()])
    })
    last = written
    const opened = { queries, written, go: resolve }
    return opened
  }

  return {
    async write(query) {
      waiting ??= open()
      waiting.queries.set(query.id, query)
      const error = (await waiting.written).get(query.id)
      if (error !== undefined) throw error
    },
    async flush() {
      waiting?.go()
      await last
    },
  }
}

/** By id, those that could not be written. One that the database cannot hold must not keep the others from it. */
async function failures(save: (queries: readonly Query[]) => Promise<void>, queries: readonly Query[]): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>()
  const attempt = async (some: readonly Query[]): Promise<void> => {
    try {
      await save(some)
    } catch (error) {
      if (some.length > 1 && isOfData(error)) for (const one of some) await attempt([one])
      else for (const { id } of some) failed.set(id, error)
    }
  }
  await attempt(queries)
  return failed
}
