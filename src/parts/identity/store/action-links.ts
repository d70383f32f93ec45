// One-time links with which a person sets his password: of each person one, known here by the hash of its token only.
import { createHash, randomBytes } from 'node:crypto'
import { isStorable } from '#kit/storable'
import type { Db } from '#parts/identity/store/db'

export interface ActionLink {
  readonly userId: string
  /** It went to this address: who has it reads what is sent there. */
  readonly mailedTo: string | undefined
}

export interface ActionLinkStore {
  /** Its token; an earlier one opens nothing any more. */
  create(userId: string, seconds: number, mailedTo: string | undefined): Promise<string>
  /** Undefined for one that has ended. */
  find(realm: string, token: string): Promise<ActionLink | undefined>
  /** The same, and it has ended: of two who come at once, one has it. */
  take(realm: string, token: string): Promise<ActionLink | undefined>
  removeExpired(): Promise<number>
}

interface Row {
  user_id: string
  mailed_to: string | null
}

export function createActionLinkStore(db: Db): ActionLinkStore {
  const { t } = db
  const hashOf = (token: string) => createHash('sha256').update(token).digest()
  const open = 'l.token_hash = $2 AND l.expires_at > now() AND u.id = l.user_id AND u.realm = $1 AND u.enabled'
  const one = async (text: string, realm: string, token: string) => {
    if (!isStorable(token)) return undefined
    const [row] = await db.query<Row>(text, [realm, hashOf(token)])
    return row && { userId: row.user_id, mailedTo: row.mailed_to ?? undefined }
  }
  return {
    create: async (userId, seconds, mailedTo) => {
      const token = randomBytes(32).toString('base64url')
      await db.run(
        `INSERT INTO ${t.action_links} (user_id, token_hash, mailed_to, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, mailed_to = excluded.mailed_to, expires_at = excluded.expires_at`,
        [userId, hashOf(token), mailedTo ?? null, seconds],
      )
      return token
    },
    find: (realm, token) => one(`SELECT l.user_id, l.mailed_to FROM ${t.action_links} l, ${t.users} u WHERE ${open}`, realm, token),
    take: (realm, token) =>
      one(`DELETE FROM ${t.action_links} l USING ${t.users} u WHERE ${open} RETURNING l.user_id, l.mailed_to`, realm, token),
    removeExpired: () => db.run(`DELETE FROM ${t.action_links} WHERE expires_at < now()`),
  }
}
