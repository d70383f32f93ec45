// Makes anchors of the audit: when a process starts and stops, and each hour in which something was recorded, at least once a day.

import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { type Anchor, keyFingerprint, signAnchor } from '#kit/audit-anchors'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Until the database is there after a start. */
const AGAIN_MS = 5000
/** What a stop may wait for its anchor; a bucket elsewhere may be slow. */
const STOP_MS = 3000

/** Where anchors are kept beside the database. */
export interface AnchorPlace {
  readonly name: string
  keep(document: string, anchor: Pick<Anchor, 'number' | 'time'>): Promise<void>
}

export interface AnchoringOptions {
  /** Ed25519; asked for each time, so that one that cannot be read keeps no process from starting. */
  key(): Promise<KeyObject>
  /** As the table's owner; ended after each use. */
  owner(): Promise<pg.Pool>
  readonly places: readonly AnchorPlace[]
  readonly log: Log
}

/** The document, kept in the database and in every place that takes it; undefined where nothing is recorded yet. */
export async function makeAnchor(why: Anchor['why'], { key: keyOf, owner, places, log }: AnchoringOptions): Promise<string | undefined> {
  const [privateKey, pool] = [await keyOf(), await owner()]
  try {
    const { rows } = await pool.query<{ number: string; hash: Buffer }>('SELECT number, hash FROM akko.audit ORDER BY number DESC LIMIT 1')
    const [head] = rows
    if (!head) return undefined
    const [number, time] = [Number(head.number), new Date().toISOString()]
    const key = keyFingerprint(createPublicKey(privateKey))
    const document = signAnchor({ number, hash: head.hash.toString('hex'), time, why, key }, privateKey)
    // One place that is away keeps it from none of the others.
    const kept = await Promise.allSettled([
      pool.query('INSERT INTO akko.audit_anchors (number, document) VALUES ($1, $2)', [number, document]),
      ...places.map((place) => place.keep(document, { number, time })),
    ])
    kept.forEach((one, n) => {
      const place = n === 0 ? 'the database' : places[n - 1]?.name
      if (one.status === 'rejected') log.warn({ place, error: describeError(one.reason) }, 'an anchor of the audit was not kept there')
    })
    return document
  } finally {
    await pool.end()
  }
}

export interface Anchoring {
  /** Makes the last one. */
  stop(): Promise<void>
}

export function startAnchoring(options: AnchoringOptions): Anchoring {
  const ended = new AbortController()
  let last = { number: 0, at: 0 }
  const make = async (why: Anchor['why']) => {
    const document = await makeAnchor(why, options)
    if (document !== undefined) last = { number: (JSON.parse(document) as Anchor).number, at: Date.now() }
    return document !== undefined
  }
  const warn = (error: unknown) => options.log.warn({ error: describeError(error) }, 'an anchor of the audit was not made')
  const wait = (ms: number) => delay(ms, undefined, { signal: ended.signal, ref: false }).catch(() => undefined)

  async function run(): Promise<void> {
    for (let why: Anchor['why'] = 'start'; !ended.signal.aborted; ) {
      try {
        const due = why === 'start' || Date.now() - last.at >= DAY_MS - HOUR_MS || (await head(options)) !== last.number
        // Of a platform that has recorded nothing yet there is nothing to anchor: the first event is not to wait an hour for it.
        const none = due && !(await make(why)) && why === 'start'
        if (!none) why = 'hour'
        await wait(none ? AGAIN_MS : HOUR_MS)
      } catch (error) {
        if (why === 'hour') warn(error)
        await wait(why === 'start' ? AGAIN_MS : HOUR_MS)
      }
    }
  }
  const running = run()
  return {
    stop: async () => {
      ended.abort()
      await Promise.race([running.then(() => make('stop')).then(() => undefined, warn), delay(STOP_MS, undefined, { ref: false })])
    },
  }
}

async function head({ owner }: AnchoringOptions): Promise<number> {
  const pool = await owner()
  try {
    const { rows } = await pool.query<{ number: string | null }>('SELECT max(number) AS number FROM akko.audit')
    return Number(rows[0]?.number ?? 0)
  } finally {
    await pool.end()
  }
}
