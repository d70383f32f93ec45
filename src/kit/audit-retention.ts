// Old events of the audit go, and that they go is an event itself, from which the rest of the chain begins.
import type pg from 'pg'
import { auditEvent } from '#kit/audit'
import { AUDIT_KIND } from '#kit/audit-kind'
import { insertEvents } from '#kit/audit-postgres'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { inTransaction } from '#kit/transaction'

const DAY_MS = 24 * 3600 * 1000
const FIRST_MS = 60 * 1000
const EVERY_MS = 6 * 3600 * 1000

export interface Retention {
  readonly days: number
  /** Rows of one statement. */
  readonly batch?: number
}

/**
 * Removes the chain's beginning, up to the first event that is younger; answers how many events went. They go together, once it is on record at
 * which number and hash the chain then begins: that record lies in the chain itself. `owner` owns the table.
 */
export async function expireAudit(owner: pg.Pool, { days, batch = 500 }: Retention): Promise<number> {
  const before = new Date(Date.now() - days * DAY_MS)
  const { rows } = await owner.query<{ number: string; hash: string; count: string }>(
    `SELECT number, encode(hash, 'hex') AS hash, number + 1 - (SELECT min(number) FROM akko.audit) AS count FROM akko.audit
     WHERE number < coalesce((SELECT number FROM akko.audit WHERE time >= $1 ORDER BY number LIMIT 1), 9223372036854775807)
     ORDER BY number DESC LIMIT 1`,
    [before],
  )
  const [last] = rows
  if (!last) return 0
  await insertEvents(owner, [
    auditEvent({
      who: { sub: 'akko', via: 'internal', roles: [] },
      what: { part: 'audit', action: 'drop', kind: AUDIT_KIND, path: [last.number, last.hash] },
      outcome: 'allowed',
      reason: `${last.count} events from before ${before.toISOString()}: they are kept for ${days} days`,
    }),
  ])
  const sql = 'DELETE FROM akko.audit WHERE number IN (SELECT number FROM akko.audit WHERE number <= $1 ORDER BY number LIMIT $2)'
  return inTransaction(owner, async (client) => {
    for (let removed = 0; ; ) {
      const { rowCount } = await client.query(sql, [last.number, batch])
      removed += rowCount ?? 0
      if ((rowCount ?? 0) < batch) return removed
    }
  })
}

/** Looks a minute from now, then four times a day. */
export function startAuditRetention(options: Retention & { readonly log: Log; owner(): Promise<pg.Pool> }): () => void {
  const { log, owner } = options
  const look = async () => {
    const pool = await owner()
    try {
      const removed = await expireAudit(pool, options)
      if (removed > 0) log.info({ removed, days: options.days }, 'old events of the audit were removed')
    } finally {
      await pool.end()
    }
  }
  const run = () => void look().catch((error: unknown) => log.warn({ error: describeError(error) }, 'old events of the audit stay for now'))
  const first = setTimeout(run, FIRST_MS).unref()
  const timer = setInterval(run, EVERY_MS).unref()
  return () => {
    clearTimeout(first)
    clearInterval(timer)
  }
}
