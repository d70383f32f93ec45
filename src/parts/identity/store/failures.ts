// Failed logins per user and address, and how long the next attempt has to wait.
import type { Db } from '#parts/identity/store/db'

export interface FailureStore {
  /** Seconds until the next attempt is looked at; 0 = now. */
  wait(realm: string, username: string, address: string): Promise<number>
  record(realm: string, username: string, address: string): Promise<void>
  forget(realm: string, username: string, address: string): Promise<void>
}

/** Per user and address: five free attempts. Per user from anywhere: fifty, so that nobody locks another out with five. */
const FREE_ATTEMPTS = 5
const FREE_ATTEMPTS_ANYWHERE = 50
const LONGEST_WAIT = 60
/** Failures older than this no longer count; seconds. */
const MEMORY = 900
const ANYWHERE = '*'

/** 0 for the free attempts, then 1, 2, 4 ... seconds. */
export function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(LONGEST_WAIT, 2 ** (failures - free))
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
      const rows = await db.query<{ address: string; failures: number; age: number }>(
        `SELECT address, failures, extract(epoch FROM now() - last_at)::float8 AS age FROM ${table}
         WHERE realm = $1 AND username = $2 AND address = ANY($3::text[])`,
        [realm, username, [address, ANYWHERE]],
      )
      const waits = rows.map((row) =>
        row.age > MEMORY ? 0 : delayAfter(row.failures, row.address === ANYWHERE ? FREE_ATTEMPTS_ANYWHERE : FREE_ATTEMPTS) - row.age,
      )
      return Math.max(0, ...waits)
    },
    record: async (realm, username, address) => {
      await add(realm, username, address)
      await add(realm, username, ANYWHERE)
    },
    forget: async (realm, username, address) => {
      await db.run(`DELETE FROM ${table} WHERE realm = $1 AND username = $2 AND address = ANY($3::text[])`, [
        realm,
        username,
        [address, ANYWHERE],
      ])
    },
  }
}
