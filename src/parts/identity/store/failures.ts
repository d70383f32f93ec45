// Failed logins per user and address, and how long the next attempt has to wait.
import type { Db } from '#parts/identity/store/db'

export interface Failures {
  readonly failures: number
  readonly lastAt: number
  /** Where the last one came from. */
  readonly address?: string
  /** Whether the next attempt has to wait. */
  readonly waits: boolean
}

export interface FailureStore {
  /** Seconds until the next attempt is looked at; 0 = now. */
  wait(realm: string, username: string, address: string): Promise<number>
  record(realm: string, username: string, address: string): Promise<void>
  /** The person has logged in from there. */
  forget(realm: string, username: string, address: string): Promise<void>
  /** What counts no longer; how many rows. */
  removeExpired(): Promise<number>
  /** Those of late under any of these names; `lastAt` in milliseconds since 1970. */
  of(realm: string, names: readonly string[]): Promise<Failures>
  /** From everywhere; of everybody without names. */
  forgetAll(realm: string, names?: readonly string[]): Promise<void>
}

/**
 * Per user and address: five free attempts. Per user from anywhere: fifty, so that nobody locks another out with five. Per address, whatever the names:
 * thirty, but for who has logged in from there within a month: one who guesses in an office, or on this machine, is slow, and its people are not.
 */
const FREE_ATTEMPTS = 5
const FREE_ATTEMPTS_ANYWHERE = 50
const FREE_ATTEMPTS_ADDRESS = 30
/** Seconds for which an address is known as a person's. */
const KNOWN = 30 * 24 * 3600
const LONGEST_WAIT = 60
/** Failures older than this no longer count; seconds. */
const MEMORY = 900
/** In the place of an address or of a name. */
const ANYWHERE = '*'
const ANYBODY = '*'

/** 0 for the free attempts, then 1, 2, 4 ... seconds. */
export function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(LONGEST_WAIT, 2 ** (failures - free))
}

/** Seconds that are left of it. A row of another login of this moment may be younger than the question: where nothing is to be waited, its age counts for nothing. */
function waitOf({ failures, age }: { readonly failures: number; readonly age: number }, free: number): number {
  const delay = age > MEMORY ? 0 : delayAfter(failures, free)
  return delay === 0 ? 0 : delay - age
}

export function createFailureStore(db: Db): FailureStore {
  const table = db.t.login_failures
  const add = (realm: string, username: string, address: string) =>
    db.run(
      `INSERT INTO ${table} AS f (realm, username, address, failures, last_at) VALUES ($1, $2, $3, 1, now())
       ON CONFLICT (realm, username, address) DO UPDATE
         SET failures = CASE WHEN f.last_at < now() - make_interval(secs => $4) THEN 1 ELSE f.failures + 1 END, last_at = now()`,
      [realm, username, address, MEMORY],
    )
  return {
    wait: async (realm, username, address) => {
      const rows = await db.query<{ username: string; address: string; failures: number; age: number; known: boolean }>(
        `SELECT username, address, failures, extract(epoch FROM now() - last_at)::float8 AS age,
                coalesce(good_at > now() - make_interval(secs => $5), false) AS known
         FROM ${table}
         WHERE realm = $1 AND (username = $2 AND address = ANY($3::text[]) OR username = $4 AND address = $6)`,
        [realm, username, [address, ANYWHERE], ANYBODY, KNOWN, address],
      )
      const isKnown = rows.some((row) => row.username === username && row.known)
      const freeOf = (row: { username: string; address: string }) => {
        if (row.address === ANYWHERE) return FREE_ATTEMPTS_ANYWHERE
        if (row.username !== username) return isKnown ? Number.POSITIVE_INFINITY : FREE_ATTEMPTS_ADDRESS
        return FREE_ATTEMPTS
      }
      return Math.max(0, ...rows.map((row) => waitOf(row, freeOf(row))))
    },
    record: async (realm, username, address) => {
      await add(realm, username, address)
      await add(realm, username, ANYWHERE)
      if (username !== ANYBODY) await add(realm, ANYBODY, address)
    },
    of: async (realm, names) => {
      const rows = await db.query<{ address: string; failures: number; at: number; age: number }>(
        `SELECT address, failures, (extract(epoch FROM last_at) * 1000)::float8 AS at, extract(epoch FROM now() - last_at)::float8 AS age
         FROM ${table} WHERE realm = $1 AND username = ANY($2::text[]) AND failures > 0 AND last_at > now() - make_interval(secs => $3) ORDER BY last_at DESC`,
        [realm, names, MEMORY],
      )
      const from = rows.filter(({ address }) => address !== ANYWHERE)
      const [last] = from
      const free = (address: string) => (address === ANYWHERE ? FREE_ATTEMPTS_ANYWHERE : FREE_ATTEMPTS)
      return {
        failures: from.reduce((sum, { failures }) => sum + failures, 0),
        lastAt: Math.round(last?.at ?? 0),
        ...(last ? { address: last.address } : {}),
        waits: rows.some((row) => waitOf(row, free(row.address)) > 0),
      }
    },
    forgetAll: async (realm, names) => {
      await db.run(`UPDATE ${table} SET failures = 0 WHERE realm = $1 AND ($2::text[] IS NULL OR username = ANY($2))`, [
        realm,
        names ?? null,
      ])
    },
    forget: async (realm, username, address) => {
      await db.run(
        `INSERT INTO ${table} AS f (realm, username, address, failures, last_at, good_at) VALUES ($1, $2, $3, 0, now(), now())
         ON CONFLICT (realm, username, address) DO UPDATE SET failures = 0, last_at = now(), good_at = now()`,
        [realm, username, address],
      )
      await db.run(`DELETE FROM ${table} WHERE realm = $1 AND username = $2 AND address = $3`, [realm, username, ANYWHERE])
    },
    removeExpired: () =>
      db.run(
        `DELETE FROM ${table}
         WHERE last_at < now() - make_interval(secs => $1) AND coalesce(good_at < now() - make_interval(secs => $2), true)`,
        [MEMORY, KNOWN],
      ),
  }
}
