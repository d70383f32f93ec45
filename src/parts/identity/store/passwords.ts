// The passwords that a person has and had, as hashes.
import type { Db } from '#parts/identity/store/db'

export interface NewHash {
  readonly hash: string
  /** How many of the earlier ones are kept. */
  readonly keep: number
  /** The person must choose another at his next login. */
  readonly temporary?: boolean
}

export interface PasswordStore {
  /** That of now first, then those before it, at most `count`. */
  hashes(userId: string, count: number): Promise<string[]>
  /** Whoever waits with a one-time link for setting one has it no more. */
  set(userId: string, password: NewHash): Promise<void>
}

export function createPasswordStore(db: Db): PasswordStore {
  const { t } = db
  return {
    hashes: async (userId, count) => {
      const rows = await db.query<{ hash: string }>(
        `SELECT hash FROM (
           SELECT password_hash AS hash, NULL::bigint AS "row" FROM ${t.users} WHERE id = $1 AND password_hash IS NOT NULL
           UNION ALL SELECT hash, "row" FROM ${t.password_history} WHERE user_id = $1
         ) AS h ORDER BY "row" DESC NULLS FIRST LIMIT $2`,
        [userId, count],
      )
      return rows.map(({ hash }) => hash)
    },
    set: (userId, { hash, keep, temporary = false }) =>
      db.transaction(async (tx) => {
        await tx.run(
          `INSERT INTO ${t.password_history} (user_id, hash)
           SELECT id, password_hash FROM ${t.users} WHERE id = $1 AND password_hash IS NOT NULL AND $2 > 0`,
          [userId, keep],
        )
        await tx.run(
          `DELETE FROM ${t.password_history} WHERE user_id = $1 AND "row" NOT IN (
             SELECT "row" FROM ${t.password_history} WHERE user_id = $1 ORDER BY "row" DESC LIMIT $2)`,
          [userId, keep],
        )
        await tx.run(
          `UPDATE ${t.users} SET password_hash = $2, required_actions = array_remove(required_actions, 'UPDATE_PASSWORD') || $3::text[]
           WHERE id = $1`,
          [userId, hash, temporary ? ['UPDATE_PASSWORD'] : []],
        )
        await tx.run(`DELETE FROM ${t.action_links} WHERE user_id = $1`, [userId])
      }),
  }
}
