// Old events of the audit go, in small batches, and that they go is an event itself.
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { type Audit, auditEvent } from '#kit/audit'
import { AUDIT_KIND } from '#kit/audit-kind'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'

const DAY_MS = 24 * 3600 * 1000
const FIRST_MS = 60 * 1000
const EVERY_MS = 6 * 3600 * 1000

export interface Retention {
  readonly days: number
  /** Rows of one statement, and the pause behind it in milliseconds. */
  readonly batch?: number
  readonly pauseMs?: number
}

/** Removes what is older; answers how many events went. Nothing goes when that cannot be recorded. `owner` owns the table. */
export async function expireAudit(owner: pg.Pool, audit: Audit, { days, batch = 500, pauseMs = 100 }: Retention): Promise<number> {
  const before = new Date(Date.now() - days * DAY_MS)
  const { rows } = await owner.query<{ count: number }>('SELECT count(*)::int AS count FROM akko.audit WHERE time < $1', [before])
  const count = rows[0]?.count ?? 0
  if (count === 0) return 0
  await audit.record(
    auditEvent({
      who: { sub: 'akko', via: 'internal', roles: [] },
      what: { part: 'audit', action: 'drop', kind: AUDIT_KIND, path: [] },
      outcome: 'allowed',
      reason: `${count} events from before ${before.toISOString()}: they are kept for ${days} days`,
    }),
  )
  const sql = 'DELETE FROM akko.audit WHERE id IN (SELECT id FROM akko.audit WHERE time < $1 ORDER BY time LIMIT $2)'
  for (let removed = 0; ; await delay(pauseMs)) {
    const { rowCount } = await owner.query(sql, [before, batch])
    removed += rowCount ?? 0
    if ((rowCount ?? 0) < batch) return removed
  }
}

/** Looks a minute from now, then four times a day. */
export function startAuditRetention(
  options: Retention & { readonly audit: Audit; readonly log: Log; owner(): Promise<pg.Pool> },
): () => void {
  const { audit, log, owner } = options
  const look = async () => {
    const pool = await owner()
    try {
      const removed = await expireAudit(pool, audit, options)
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
