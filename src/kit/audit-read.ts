// Reads the audit: the latest events that match, or what has come since.
import type pg from 'pg'
import type { AuditEvent } from '#kit/audit'

export interface AuditQuery {
  readonly since?: Date
  readonly sub?: string
  readonly part?: string
  readonly requestId?: string
  /** How many of the latest; all without it. */
  readonly last?: number
}

interface Row {
  id: string
  time: Date
  request_id: string
  sub: string
  via: string
  roles: string[]
  part: string
  action: string
  kind: string
  path: string[]
  outcome: AuditEvent['outcome']
  reason: string | null
  address: string | null
}

/** Oldest first. */
export async function readAudit(pool: pg.Pool, { since, sub, part, requestId, last }: AuditQuery): Promise<AuditEvent[]> {
  const { rows } = await pool.query<Row>(
    `SELECT * FROM akko.audit
     WHERE ($1::timestamptz IS NULL OR time >= $1) AND ($2::text IS NULL OR sub = $2) AND ($3::text IS NULL OR part = $3)
       AND ($4::text IS NULL OR request_id = $4)
     ORDER BY time DESC, id DESC LIMIT $5`,
    [since ?? null, sub ?? null, part ?? null, requestId ?? null, last ?? null],
  )
  return rows.reverse().map(toEvent)
}

function toEvent({ id, time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address }: Row): AuditEvent {
  return {
    ...{ id, time, requestId: request_id, who: { sub, via, roles }, what: { part, action, kind, path }, outcome },
    ...(reason === null ? {} : { reason }),
    ...(address === null ? {} : { address }),
  }
}
