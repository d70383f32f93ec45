// Reads the audit: the latest events that match, or what has come since.
import type pg from 'pg'
import type { AuditEvent } from '#kit/audit'

export interface AuditQuery {
  readonly since?: Date
  /** Who did something, and to whose account something was done. */
  readonly user?: string
  /** Who did something. */
  readonly who?: string
  /** Each an action, a kind, or a name in the path; all of them. */
  readonly what?: readonly string[]
  readonly outcome?: string
  readonly part?: string
  readonly requestId?: string
  /** Not what this one was allowed to do as somebody else. */
  readonly withoutActor?: string
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

/** `user`: names of people stand in the paths of these kinds, and in no other's for themselves. */
const MATCHES = `($1::timestamptz IS NULL OR time >= $1)
       AND ($2::text IS NULL OR sub = $2 OR (part = 'identity' AND kind IN ('user', 'realm', 'token') AND $2 = ANY (path)))
       AND ($3::text IS NULL OR part = $3) AND ($4::text IS NULL OR request_id = $4)
       AND ($5::text IS NULL OR NOT (sub = $5 AND action = 'impersonate' AND outcome = 'allowed'))
       AND ($6::text IS NULL OR sub = $6) AND ($7::text[] IS NULL OR $7 <@ (path || ARRAY[action, kind, array_to_string(path, '.')]))
       AND ($8::text IS NULL OR outcome = $8)`

const valuesOf = ({ since, user, part, requestId, withoutActor, who, what, outcome }: AuditQuery) => [
  since ?? null,
  user ?? null,
  part ?? null,
  requestId ?? null,
  withoutActor ?? null,
  who ?? null,
  what ?? null,
  outcome ?? null,
]

/** Oldest first. */
export async function readAudit(pool: pg.Pool, query: AuditQuery): Promise<AuditEvent[]> {
  const { rows } = await pool.query<Row>(`SELECT * FROM akko.audit WHERE ${MATCHES} ORDER BY time DESC, id DESC LIMIT $9`, [
    ...valuesOf(query),
    query.last ?? null,
  ])
  return rows.reverse().map(toEvent)
}

/** How many match, whatever `last` says. */
export async function countAudit(pool: pg.Pool, query: AuditQuery): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM akko.audit WHERE ${MATCHES}`, valuesOf(query))
  return Number(rows[0]?.count)
}

function toEvent({ id, time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address }: Row): AuditEvent {
  return {
    ...{ id, time, requestId: request_id, who: { sub, via, roles }, what: { part, action, kind, path }, outcome },
    ...(reason === null ? {} : { reason }),
    ...(address === null ? {} : { address }),
  }
}
