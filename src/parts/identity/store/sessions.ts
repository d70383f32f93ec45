// The sign-on sessions of a person: from where each was last used, and its end.
import type { Db } from '#parts/identity/store/db'
import { revokeGrant } from '#parts/identity/store/oidc-rows'

export interface SeenSession {
  /** As tokens name it (`sid`). */
  readonly uid: string
  /** What the browser said of itself. */
  readonly agent: string
  readonly address: string
  /** Milliseconds since 1970. */
  readonly begun: number
  readonly lastSeen: number
}

export interface SessionStore {
  /** From where it is used: at each sign-in to an application. */
  seen(uid: string, agent: string, address: string): Promise<void>
  /** It is used by an application, wherever the person is: a token was renewed. */
  used(uid: string): Promise<void>
  /** Open ones, the last used first. */
  list(realm: string, userId: string): Promise<SeenSession[]>
  /** With every token of it; false for one that is none of this person's. */
  end(realm: string, userId: string, uid: string): Promise<boolean>
  /** Every other one with every token, those that outlive their session too; of the one that stays, its own tokens stay. */
  endOthers(realm: string, userId: string, uid: string | undefined): Promise<void>
}

interface Row {
  uid: string
  begun: number
  agent: string | null
  address: string | null
  seen_at: Date | null
}

interface Payload {
  authorizations?: Readonly<Record<string, { readonly grantId?: string; readonly persistsLogout?: boolean }>>
}

export function createSessionStore(db: Db): SessionStore {
  const { t } = db
  return {
    seen: async (uid, agent, address) => {
      await db.run(
        `INSERT INTO ${t.seen_sessions} (uid, agent, address) VALUES ($1, $2, $3)
         ON CONFLICT (uid) DO UPDATE SET agent = excluded.agent, address = excluded.address, seen_at = now()`,
        [uid, agent.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 400), address.slice(0, 100)],
      )
    },
    used: async (uid) => {
      await db.run(`UPDATE ${t.seen_sessions} SET seen_at = now() WHERE uid = $1 AND seen_at < now() - interval '10 seconds'`, [uid])
    },
    list: async (realm, userId) => {
      const rows = await db.query<Row>(
        `SELECT o.uid, (o.payload->>'loginTs')::float8 AS begun, s.agent, s.address, s.seen_at
         FROM ${t.oidc_rows} o LEFT JOIN ${t.seen_sessions} s USING (uid)
         WHERE o.realm = $1 AND o.model = 'Session' AND o.payload->>'accountId' = $2 AND o.expires_at > now()
         ORDER BY s.seen_at DESC NULLS LAST, o.uid LIMIT 100`,
        [realm, userId],
      )
      return rows.map(({ uid, begun, agent, address, seen_at }) => ({
        ...{ uid, agent: agent ?? '', address: address ?? '', begun: begun * 1000 },
        lastSeen: seen_at?.getTime() ?? begun * 1000,
      }))
    },
    end: (realm, userId, uid) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<{ payload: Payload }>(
          `DELETE FROM ${t.oidc_rows} WHERE realm = $1 AND model = 'Session' AND payload->>'accountId' = $2 AND uid = $3 RETURNING payload`,
          [realm, userId, uid],
        )
        if (!row) return false
        for (const { grantId, persistsLogout } of Object.values(row.payload.authorizations ?? {}))
          if (grantId !== undefined && !persistsLogout) await revokeGrant(tx, realm, grantId)
        await tx.run(`DELETE FROM ${t.seen_sessions} WHERE uid = $1`, [uid])
        await tx.run(`INSERT INTO ${t.ended} (kind, id) VALUES ('session', $1)`, [uid])
        return true
      }),
    endOthers: (realm, userId, uid) =>
      db.transaction(async (tx) => {
        const [kept] = await tx.query<{ payload: Payload }>(
          `SELECT payload FROM ${t.oidc_rows} WHERE realm = $1 AND model = 'Session' AND payload->>'accountId' = $2 AND uid = $3`,
          [realm, userId, uid],
        )
        const own = Object.values(kept?.payload.authorizations ?? {}).filter(({ persistsLogout }) => !persistsLogout)
        const rows = await tx.query<{ uid: string }>(
          `WITH gone AS (
             DELETE FROM ${t.oidc_rows} WHERE realm = $1 AND payload->>'accountId' = $2 AND (model <> 'Session' OR uid IS DISTINCT FROM $3)
               AND NOT coalesce(CASE model WHEN 'Grant' THEN id ELSE grant_id END = ANY($4::text[]), false)
             RETURNING model, uid
           ) SELECT uid FROM gone WHERE model = 'Session'`,
          [realm, userId, uid ?? null, own.flatMap(({ grantId }) => grantId ?? [])],
        )
        const uids = rows.map((row) => row.uid)
        await tx.run(`DELETE FROM ${t.seen_sessions} WHERE uid = ANY($1)`, [uids])
        await tx.run(`INSERT INTO ${t.ended} (kind, id) SELECT 'session', unnest($1::text[])`, [uids])
      }),
  }
}
