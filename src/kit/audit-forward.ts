// Sends the audit on: to each target in the order of the chain, at least once, from where the database has that it was taken.
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { AUDIT_TIME, type ChainRow } from '#kit/audit-chain'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { gauge } from '#kit/metrics'

/** A step of the migrations: the number of the last row that each target has taken. */
export const FORWARD_STEP = 'CREATE TABLE akko.audit_forwarded (target text PRIMARY KEY, number bigint NOT NULL)'

export interface ForwardTarget {
  /** Its address; what it has taken is kept under it. */
  readonly name: string
  /** Resolves when the target has taken all of them. */
  send(rows: readonly ChainRow[], signal: AbortSignal): Promise<void>
}

export interface ForwardOptions {
  readonly targets: readonly ForwardTarget[]
  /** As the table's owner; held until the end. */
  owner(): Promise<pg.Pool>
  readonly log: Log
  /** How often it is looked whether there is something; milliseconds. A failure waits as long, then twice as long each time. */
  readonly everyMs?: number
}

/** Lists are flat here and hold texts only, whatever somebody put into the table: no row may stop those behind it. */
const list = (name: string) => `ARRAY(SELECT coalesce(element, '') FROM unnest(${name}) element) AS ${name}`
const COLUMNS = `number, hash, id, ${AUDIT_TIME} AS time, request_id, sub, via, ${list('roles')}, part, action, kind, ${list('path')},
  outcome, reason, address`
/** Rows of one delivery. */
const BATCH = 500
const LONGEST_PAUSE_MS = 60_000

/** A target that is away delays nobody: what it has not taken is in the table, and a delivery holds one batch. */
export function startForwarding({ targets, owner, log, everyMs = 1000 }: ForwardOptions): { stop(): Promise<void> } {
  const ending = new AbortController()
  const { signal } = ending
  const away = new Map(targets.map(({ name }) => [name, 0]))
  gauge({ name: 'akko_audit_forward_failing', help: '1 while a target of audit.forward takes nothing', labels: ['target'] }, () =>
    [...away].map(([target, value]) => ({ labels: { target }, value })),
  )
  const pause = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined)

  async function bring(target: ForwardTarget, pool: pg.Pool): Promise<void> {
    const of = { target: target.name }
    for (let failures = 0; !signal.aborted; ) {
      try {
        const more = await bringBatch(target, pool, signal)
        if (failures > 0) log.info(of, 'the audit is sent on again')
        failures = 0
        away.set(target.name, 0)
        if (!more) await pause(everyMs)
      } catch (error) {
        if (signal.aborted) return
        if (failures === 0) log.warn({ ...of, error: describeError(error) }, 'the audit is not sent on: events wait in the database')
        away.set(target.name, 1)
        await pause(Math.min(everyMs * 2 ** failures++, LONGEST_PAUSE_MS))
      }
    }
  }

  async function run(): Promise<void> {
    if (targets.length === 0) return
    const pool = await owner()
    await Promise.all(targets.map((target) => bring(target, pool)))
    await pool.end()
  }

  const running = run()
  running.catch((error: unknown) => log.error({ error: describeError(error) }, 'the audit is not sent on any more'))
  return {
    stop: async () => {
      ending.abort()
      await running.catch(() => undefined)
    },
  }
}

/** Whether there may be more. A target that is new begins with what comes from now on. */
async function bringBatch(target: ForwardTarget, pool: pg.Pool, signal: AbortSignal): Promise<boolean> {
  await pool.query(
    `INSERT INTO akko.audit_forwarded (target, number) SELECT $1, coalesce(max(number), 0) FROM akko.audit ON CONFLICT (target) DO NOTHING`,
    [target.name],
  )
  const { rows } = await pool.query<ChainRow>(
    `SELECT ${COLUMNS} FROM akko.audit
     WHERE number > (SELECT number FROM akko.audit_forwarded WHERE target = $1) ORDER BY number LIMIT ${BATCH}`,
    [target.name],
  )
  const last = rows.at(-1)
  if (!last) return false
  await target.send(rows, signal)
  await pool.query('UPDATE akko.audit_forwarded SET number = $2 WHERE target = $1', [target.name, last.number])
  return rows.length === BATCH
}
