// Requests that may come again (REST protocol, Idempotency-Key): what is done under a key is on record in the transaction that does it.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool, PoolClient } from 'pg'
import { inTransaction } from '#kit/transaction'
import { Repeated } from '#parts/catalog/errors'

/** A request under a key; the digest is of all that makes it this request, and of who sends it. */
export interface Keyed {
  readonly key: string
  readonly digest: Buffer
}

/** An answer that was given; one that tells of what was done has no body, and is made again from what is there. */
export interface Answered {
  readonly digest: Buffer
  readonly status: number | null
  readonly body: string | null
}

export interface RepeatStore {
  /** Undefined where nothing was done under the key, or it is too long ago. */
  find(key: string): Promise<Answered | undefined>
  /** Whatever the body commits is on record under the key, or it throws Repeated and nothing of it was done. */
  keep<T>(request: Keyed, body: () => Promise<T>): Promise<T>
  /** The answer to a request that changed nothing. What stands under the key already stays. */
  refuse(request: Keyed, status: number, body: string): Promise<Answered>
  /** Forgets what is older than keys are kept. */
  sweep(): Promise<void>
}

/** Keys are known for longer than clients are told, as clocks and networks lag. */
const KEPT = "interval '90 minutes'"
/** ISO 8601, as clients are told. */
export const LIFETIME = 'PT60M'

/** What is known of the key stays, unless it is too old. */
const PUT = `insert into akko_catalog.repeats as r (key, digest, status, body) values ($1, $2, $3, $4)
  on conflict (key) do update set digest = excluded.digest, status = excluded.status, body = excluded.body, at = now()
  where r.at <= now() - ${KEPT}`

const current = new AsyncLocalStorage<Keyed & { isDone: boolean }>()

/** A transaction that changes what clients see; under a key it is on record with it. */
export async function inRecorded<T>(pool: Pool, body: (client: PoolClient) => Promise<T>): Promise<T> {
  const request = current.getStore()
  if (!request || request.isDone) return inTransaction(pool, body)
  const result = await inTransaction(pool, async (client) => {
    const made = await body(client)
    const { rowCount } = await client.query(PUT, [request.key, request.digest, null, null])
    if (rowCount === 0) throw Repeated()
    return made
  })
  request.isDone = true
  return result
}

export function createRepeatStore(pool: Pool): RepeatStore {
  const find: RepeatStore['find'] = async (key) =>
    (await pool.query<Answered>(`select digest, status, body from akko_catalog.repeats where key = $1 and at > now() - ${KEPT}`, [key]))
      .rows[0]
  return {
    find,
    keep: (request, body) => current.run({ ...request, isDone: false }, body),
    refuse: async ({ key, digest }, status, body) => {
      await pool.query(PUT, [key, digest, status, body])
      return (await find(key)) ?? { digest, status, body }
    },
    sweep: async () => {
      await pool.query(`delete from akko_catalog.repeats where at <= now() - ${KEPT}`)
    },
  }
}
