// Whether the chain of the audit is whole: recomputed from its rows (ADR-030), row by row, in the memory of one batch.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { AUDIT_KIND } from '#kit/audit-kind'
import { inTransaction } from '#kit/transaction'

/** A row as the chain has it: as text what a number or a date of JavaScript would round. */
export interface ChainRow {
  readonly number: string
  readonly hash: Buffer
  readonly id: string
  /** To the microsecond, in UTC. */
  readonly time: string
  readonly request_id: string
  readonly sub: string
  readonly via: string
  readonly roles: readonly string[]
  readonly part: string
  readonly action: string
  readonly kind: string
  readonly path: readonly string[]
  readonly outcome: string
  readonly reason: string | null
  readonly address: string | null
}

export interface Finding {
  readonly kind: 'changed' | 'missing' | 'twice' | 'outside' | 'beginning' | 'anchor' | 'rewritten' | 'end' | 'early'
  /** Numbers of the first and the last row of it. */
  readonly from: number
  readonly to: number
  /** When the first of them, or the one after a gap, is said to have happened, or the anchor was made; ISO 8601. */
  readonly time?: string
  /** Of a row without a number; of an anchor, what stands there. */
  readonly id?: string
}

export interface Verified {
  readonly rows: number
  /** Of the first row and the last one that were looked at; 0 without any. */
  readonly first: number
  readonly last: number
  /** SHA-256 of the last row, in hexadecimal digits; empty without any. */
  readonly head: string
  /** The number up to which the retention has removed rows, where it has. */
  readonly removedThrough?: number
  /** When that was recorded, as the record says; ISO 8601. */
  readonly removedAt?: string
  /** The number of that record. */
  readonly removedBy?: number
  /** The first of them. */
  readonly findings: readonly Finding[]
  /** How many more there are. */
  readonly more: number
}

export interface VerifyOptions {
  /** From the first row of then on, which is taken to follow what is there. */
  readonly since?: Date
  /** Told after each batch: rows that were looked at, and about how many there are. */
  readonly progress?: (done: number, all: number) => void
  /** Each row that was looked at. */
  readonly seen?: (row: ChainRow) => void
}

const BATCH = 1000
const MOST_FINDINGS = 100
/** To the microsecond, in UTC. */
export const AUDIT_TIME = `to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
/** Of what prints alike, that which no writer writes is told apart: years before ours, and lists whose first element is not number 1. */
const list = (name: string) => `CASE WHEN array_lower(${name}, 1) <> 1 THEN NULL ELSE ${name} END AS ${name}`
const COLUMNS = `number, hash, id, CASE WHEN extract(year FROM time) < 1 THEN '-' ELSE '' END || ${AUDIT_TIME} AS time,
  request_id, sub, via, ${list('roles')}, part, action, kind, ${list('path')}, outcome, reason, address`

/** SHA-256 over RFC 8785 of the row and the hash before it: the members are written in their order, and JSON.stringify escapes as it says. */
export function chainHash(row: Omit<ChainRow, 'hash'>, previous: Buffer): Buffer {
  const canonical = JSON.stringify({
    action: row.action,
    address: row.address,
    id: row.id,
    kind: row.kind,
    number: Number(row.number),
    outcome: row.outcome,
    part: row.part,
    path: row.path,
    previous: previous.toString('hex'),
    reason: row.reason,
    requestId: row.request_id,
    roles: row.roles,
    sub: row.sub,
    time: row.time,
    via: row.via,
  })
  return createHash('sha256').update(canonical).digest()
}

/** Of one moment: what comes or goes meanwhile makes no difference. */
export async function verifyChain(pool: pg.Pool, { since, progress, seen }: VerifyOptions = {}): Promise<Verified> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { from, previous, all, ...said } = await beginning(client, since)
    const walk = createWalk(from, previous)
    for (const { id, time } of await outside(client)) walk.find({ kind: 'outside', from: 0, to: 0, time, id })
    if (from > 1 && !previous) walk.find({ kind: 'beginning', from: 1, to: from - 1 })
    const rows = `SELECT ${COLUMNS} FROM akko.audit WHERE number >= ${from} AND hash IS NOT NULL ORDER BY number`
    await client.query(`DECLARE audit NO SCROLL CURSOR FOR ${rows}`)
    for (let last = false; !last; ) {
      const { rows: batch } = await client.query<ChainRow>(`FETCH ${BATCH} FROM audit`)
      for (const row of batch) {
        walk.step(row)
        seen?.(row)
      }
      last = batch.length < BATCH
      progress?.(walk.rows(), all)
    }
    return { ...said, ...walk.result() }
  })
}

function createWalk(from: number, before: Buffer | undefined) {
  const findings: Finding[] = []
  let [rows, first, last, more] = [0, 0, from - 1, 0]
  let previous = before
  /** Neighbours of one kind are one finding: everything behind a row that was pushed in differs. */
  const find = (finding: Finding) => {
    const latest = findings.at(-1)
    if (finding.kind === 'changed' && latest?.kind === 'changed' && latest.to === finding.from - 1)
      findings[findings.length - 1] = { ...latest, to: finding.to }
    else if (findings.length < MOST_FINDINGS) findings.push(finding)
    else more++
  }
  return {
    find,
    rows: () => rows,
    step: (row: ChainRow) => {
      const [number, { hash, time }] = [Number(row.number), row]
      if (number === last) find({ kind: 'twice', from: number, to: number, time })
      else if (number > last + 1) find({ kind: 'missing', from: last + 1, to: number - 1, time })
      // Behind a gap the hash before is not known; that there is one is found already.
      else if (previous && !chainHash(row, previous).equals(hash)) find({ kind: 'changed', from: number, to: number, time })
      first ||= number
      last = number
      previous = hash
      rows++
    },
    result: () => ({
      rows,
      first,
      last: rows === 0 ? 0 : last,
      head: rows === 0 ? '' : (previous as Buffer).toString('hex'),
      findings,
      more,
    }),
  }
}

/** Where to begin, with the hash before it: of the row before, or as the retention left it; none where neither says it. */
async function beginning(client: pg.PoolClient, since: Date | undefined) {
  const { rows } = await client.query<{ first: string | null; start: string | null; end: string | null }>(
    `SELECT (SELECT min(number) FROM akko.audit WHERE number > 0) AS first, (SELECT max(number) FROM akko.audit) AS end,
       (SELECT number FROM akko.audit WHERE time >= $1 AND number > 0 ORDER BY number LIMIT 1) AS start`,
    [since ?? '-infinity'],
  )
  const [first, end] = [Number(rows[0]?.first ?? 1), Number(rows[0]?.end ?? 0)]
  // Nothing since then: the last row is looked at.
  const from = Number(rows[0]?.start ?? Math.max(end, 1))
  const all = end - from + 1
  if (from > first) {
    const before = await client.query<{ hash: Buffer }>('SELECT hash FROM akko.audit WHERE number < $1 ORDER BY number DESC LIMIT 1', [
      from,
    ])
    return { from, previous: before.rows[0]?.hash, all }
  }
  if (from === 1) return { from, previous: Buffer.alloc(0), all }
  const left = await client.query<{ hash: string; time: string; number: string }>(
    `SELECT path[2] AS hash, ${AUDIT_TIME} AS time, number FROM akko.audit WHERE part = 'audit' AND action = 'drop' AND kind = '${AUDIT_KIND}' AND path[1] = $1 ORDER BY number LIMIT 1`,
    [String(from - 1)],
  )
  const [checkpoint] = left.rows
  if (!checkpoint) return { from, previous: undefined, all }
  const said = { removedThrough: from - 1, removedAt: checkpoint.time, removedBy: Number(checkpoint.number) }
  return { from, previous: Buffer.from(checkpoint.hash, 'hex'), all, ...said }
}

/** Rows that no number leads to: read by everybody, and in no chain. */
async function outside(client: pg.PoolClient): Promise<{ id: string; time: string }[]> {
  const { rows } = await client.query<{ id: string; time: string }>(
    `SELECT id, ${AUDIT_TIME} AS time FROM akko.audit WHERE number IS NULL OR hash IS NULL OR number < 1 LIMIT ${MOST_FINDINGS}`,
  )
  return rows
}
