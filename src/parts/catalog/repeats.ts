// Requests under an Idempotency-Key (REST protocol): done once, however often they come; the answer is the same, of the state that is there now.
import { createHash } from 'node:crypto'
import type { Context, Handler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AkkoError, describeError, toAkkoError } from '#kit/errors'
import type { Log } from '#kit/log'
import { BadRequest, KeyReused, Repeated } from '#parts/catalog/errors'
import { bodyText, type Env } from '#parts/catalog/http'
import type { Answered, Keyed, RepeatStore } from '#parts/catalog/store/repeats'
import { toIcebergAnswer } from '#parts/catalog/wire-errors'

type C = Context<Env>
type Handle = (c: C) => Promise<Response>

const HEADER = 'idempotency-key'
/** RFC 9562, version 7. */
const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
/** Who asks again may have other rights by then, or find the server less busy. */
const PASSING = [401, 403, 408, 429]
/** Characters of the answer to a refusal. */
const LONGEST = 16_384

export interface Repeats {
  /** `again` answers a request that was done before, from the state of now. */
  once(handle: Handle, again: Handle): Handler<Env>
}

export function createRepeats(store: RepeatStore, log: Log): Repeats {
  let swept = 0
  const sweep = () => {
    if (Date.now() - swept < 60_000) return
    swept = Date.now()
    void store.sweep().catch((error: unknown) => log.warn({ error: describeError(error) }, 'old idempotency keys were not removed'))
  }
  return {
    once: (handle, again) => async (c) => {
      const given = c.req.header(HEADER)
      if (given === undefined) return handle(c)
      if (!KEY.test(given)) throw BadRequest({ reason: 'the Idempotency-Key must be a UUID of version 7' })
      const request = { key: given.toLowerCase(), digest: await digestOf(c) }
      const known = await store.find(request.key)
      if (known) return repeated(c, request, known, again)
      sweep()
      try {
        return await store.keep(request, () => handle(c))
      } catch (thrown) {
        const then = Repeated.is(thrown) ? await store.find(request.key) : await refused(store, request, thrown)
        if (!then) throw thrown
        return repeated(c, request, then, again)
      }
    },
  }
}

/** Of a refusal that stands; another, also one while the same request is being done, is one to ask again after. */
async function refused(store: RepeatStore, request: Keyed, thrown: unknown): Promise<Answered | undefined> {
  const { status, body } = toIcebergAnswer(toAkkoError(thrown))
  const text = JSON.stringify(body)
  const isFinal = thrown instanceof AkkoError && status < 500 && !PASSING.includes(status) && text.length <= LONGEST
  return isFinal ? store.refuse(request, status, text) : undefined
}

function repeated(c: C, { digest }: Keyed, { digest: before, status, body }: Answered, again: Handle): Response | Promise<Response> {
  if (!before.equals(digest)) throw KeyReused()
  if (status === null || body === null) return again(c)
  return c.body(body, status as ContentfulStatusCode, { 'content-type': 'application/json' })
}

async function digestOf(c: C): Promise<Buffer> {
  const { sub, account = null } = c.get('caller')
  const parts = [c.req.method, c.req.path, new URL(c.req.url).search, sub, account, await bodyText(c)]
  return createHash('sha256').update(JSON.stringify(parts)).digest()
}
