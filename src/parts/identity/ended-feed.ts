// Tells the other cells, over a private socket, what has ended: a request is held until there is something new, or for two seconds.
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { describeError } from '#kit/errors'
import { type Served, sendJson, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { EndedStore } from '#parts/identity/store/ended'
import type { EndedEntry, EndedPage } from '#wire/oidc/ended'

/** Changes of others than this process (a statement by hand) are seen this late. */
const LOOK_MS = 1000
const HOLD_MS = 2000
/** A row is looked for again for this long: it carries the time at which its transaction began, which may be seen only at its end. Seconds. */
const OVERLAP = 3600
/** A list that grew by more than this, and to twice its size, is read anew, without what has run out. */
const GROWN = 10_000

export interface EndedFeed {
  /** Something may have ended just now: looks at once. */
  look(): void
  close(): Promise<void>
}

export async function startEndedFeed({ store, socket, log }: { store: EndedStore; socket: string; log: Log }): Promise<EndedFeed> {
  const news = new EventEmitter().setMaxListeners(0)
  let epoch = ''
  let entries: EndedEntry[] = []
  let seen = new Set<string>()
  let kept = 0

  const reload = async () => {
    const rows = await store.list()
    epoch = randomUUID()
    entries = rows
    kept = rows.length
    seen = new Set(rows.map(({ row }) => row))
    news.emit('news')
  }
  const readNews = async () => {
    if (entries.length > kept + Math.max(GROWN, kept)) return reload()
    const fresh = (await store.list(OVERLAP)).filter(({ row }) => !seen.has(row))
    if (fresh.length === 0) return
    for (const { row } of fresh) seen.add(row)
    entries.push(...fresh)
    news.emit('news')
  }

  let reading: Promise<void> | undefined
  let again = false
  const look = (): void => {
    again = true
    reading ??= (async () => {
      while (again) {
        again = false
        await readNews().catch((error: unknown) => log.warn({ error: describeError(error) }, 'what has ended could not be read'))
      }
      reading = undefined
    })()
  }

  const page = (after: number): EndedPage => ({
    epoch,
    position: entries.length,
    entries: entries.slice(after).map(({ kind, id, below }) => ({ kind, id, ...(below === undefined ? {} : { below }) })),
  })

  await reload()
  const served: Served = await serve({
    listen: { socket },
    log,
    handler: async (req, res) => {
      const query = new URL(req.url ?? '/', 'http://feed').searchParams
      const known = () => (query.get('epoch') === epoch ? Number(query.get('after')) : 0)
      if (query.get('epoch') === epoch && known() === entries.length)
        await once(news, 'news', { signal: AbortSignal.timeout(HOLD_MS) }).catch(() => {})
      sendJson(res, 200, page(known()))
    },
  })
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return {
    look,
    close: async () => {
      clearInterval(timer)
      news.emit('news')
      await reading
      await served.close(500)
    },
  }
}
