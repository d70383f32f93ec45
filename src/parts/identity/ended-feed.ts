// Tells the other cells, over a private socket, what has ended and what people may do now: a request is held until there is something new, or
// for two seconds.
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { describeError } from '#kit/errors'
import { type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import { createPrivateApi, type PrivateHandler } from '#kit/private-api'
import { createPeopleList } from '#parts/identity/people-list'
import type { EndedRow } from '#parts/identity/store/ended'
import type { Store } from '#parts/identity/store/index'
import type { EndedEntry, EndedPage } from '#wire/oidc/ended'
import type { PeoplePage } from '#wire/oidc/people'

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

export interface EndedFeedDeps {
  readonly store: Pick<Store, 'ended' | 'users'>
  /** Whose people are told. */
  readonly realm: string
  readonly socket: string
  readonly log: Log
}

/** What one of its paths tells, from what the asker has already. */
interface Feed<T> {
  isNew(asked: URLSearchParams): boolean
  page(asked: URLSearchParams): T
}

export async function startEndedFeed({ store, realm, socket, log }: EndedFeedDeps): Promise<EndedFeed> {
  const people = createPeopleList(store.users, realm)
  const news = new EventEmitter().setMaxListeners(0)
  let epoch = ''
  let entries: EndedEntry[] = []
  let seen = new Set<string>()
  let kept = 0
  let closing = false

  const reload = async () => {
    const rows = await store.ended.list()
    await people.reload()
    epoch = randomUUID()
    entries = rows.filter(isEnd)
    kept = entries.length
    seen = new Set(rows.map(({ row }) => row))
    news.emit('news')
  }
  const readNews = async () => {
    if (entries.length > kept + Math.max(GROWN, kept)) return reload()
    const fresh = (await store.ended.list(OVERLAP)).filter(({ row }) => !seen.has(row))
    if (fresh.length === 0) return
    const changed = new Set(fresh.flatMap(({ kind, id }) => (kind === 'user' || kind === 'rights' ? [id] : [])))
    if (changed.size > 0) await people.refresh([...changed])
    for (const { row } of fresh) seen.add(row)
    entries.push(...fresh.filter(isEnd))
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

  const ended: Feed<EndedPage> = {
    isNew: (q) => q.get('epoch') !== epoch || Number(q.get('after')) !== entries.length,
    page: (q) => page(q.get('epoch') === epoch ? Number(q.get('after')) : 0),
  }
  const known: Feed<PeoplePage> = {
    isNew: (q) => q.get('version') !== people.version,
    page: (q) => people.page(q.get('version')),
  }
  const follow =
    <T>(feed: Feed<T>): PrivateHandler =>
    async ({ req }) => {
      const { searchParams: asked } = new URL(req.url ?? '/', 'http://feed')
      const held = AbortSignal.timeout(HOLD_MS)
      while (!feed.isNew(asked) && !closing && !held.aborted) await once(news, 'news', { signal: held }).catch(() => {})
      return feed.page(asked)
    }

  await reload()
  const served: Served = await serve({
    listen: { socket },
    log,
    probes: ['/ended', '/people'],
    handler: createPrivateApi({ log, routes: { 'GET /ended': follow(ended), 'GET /people': follow(known) } }),
  })
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return {
    look,
    close: async () => {
      clearInterval(timer)
      closing = true
      news.emit('news')
      await reading
      await served.close(500)
    },
  }
}

/** Rights that grew end nothing. */
function isEnd(row: EndedRow): row is Exclude<EndedRow, { readonly kind: 'rights' }> {
  return row.kind !== 'rights'
}
