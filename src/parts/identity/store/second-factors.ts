// The second factor of people: the secret of their authenticator app, encrypted with a key that is not in the database.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Secret } from '#kit/secret'
import type { Db } from '#parts/identity/store/db'

export interface SecondFactorStore {
  /** Bytes of RFC 4226's secret; undefined where the person has none. */
  secret(userId: string): Promise<Uint8Array | undefined>
  /** In the place of another. The step is that of the code with which it was shown: no code is taken twice. */
  set(userId: string, secret: Uint8Array, step: number): Promise<void>
  /** False when a code of this step, or of a later one, was taken already. */
  spend(userId: string, step: number): Promise<boolean>
  /** Milliseconds since 1970. */
  since(userId: string): Promise<number | undefined>
  remove(userId: string): Promise<boolean>
}

const NONCE = 12
const TAG = 16

export function createSecondFactorStore(db: Db, key: Secret): SecondFactorStore {
  const { t } = db
  const wrapping = Buffer.from(hkdfSync('sha256', key.reveal(), '', 'akko identity second factors', 32))
  // The account is part of what is sealed: a row that is moved to another opens nothing.
  const seal = (userId: string, secret: Uint8Array): Buffer => {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', wrapping, nonce).setAAD(Buffer.from(userId))
    return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  }
  const open = (userId: string, sealed: Buffer): Uint8Array => {
    const cipher = createDecipheriv('aes-256-gcm', wrapping, sealed.subarray(0, NONCE), { authTagLength: TAG })
    cipher.setAAD(Buffer.from(userId)).setAuthTag(sealed.subarray(-TAG))
    return Buffer.concat([cipher.update(sealed.subarray(NONCE, -TAG)), cipher.final()])
  }
  return {
    secret: async (userId) => {
      const [row] = await db.query<{ secret: Buffer }>(`SELECT secret FROM ${t.second_factors} WHERE user_id = $1`, [userId])
      return row && open(userId, row.secret)
    },
    set: (userId, secret, step) =>
      db.transaction(async (tx) => {
        await tx.run(
          `INSERT INTO ${t.second_factors} (user_id, secret, last_step) VALUES ($1, $2, $3)
           ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step, created_at = now()`,
          [userId, seal(userId, secret), step],
        )
        await tx.run(`UPDATE ${t.users} SET required_actions = array_remove(required_actions, 'CONFIGURE_TOTP') WHERE id = $1`, [userId])
      }),
    spend: async (userId, step) =>
      (await db.run(`UPDATE ${t.second_factors} SET last_step = $2 WHERE user_id = $1 AND last_step < $2`, [userId, step])) > 0,
    since: async (userId) =>
      (
        await db.query<{ created_at: Date }>(`SELECT created_at FROM ${t.second_factors} WHERE user_id = $1`, [userId])
      )[0]?.created_at.getTime(),
    remove: async (userId) => (await db.run(`DELETE FROM ${t.second_factors} WHERE user_id = $1`, [userId])) > 0,
  }
}
