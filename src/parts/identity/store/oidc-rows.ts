// The provider's own state (sessions, interactions, codes, refresh tokens, grants) as rows; clients come from their table.
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { isOfText } from '#kit/postgres-error'
import { isStorable } from '#kit/storable'
import type { ClientStore } from '#parts/identity/store/clients'
import type { Db } from '#parts/identity/store/db'
import type { ClientRepresentation } from '#wire/oidc/keycloak'

/** How a stored client looks to the provider; undefined for one that may not be used. */
export type ToPayload = (client: ClientRepresentation) => AdapterPayload | undefined

interface Row {
  payload: AdapterPayload
  consumed_at: string | null
  is_used: boolean
}

/**
 * How long a refresh token that was used works again; seconds. Several programs of one login use it at once, and a network loses answers;
 * after that it counts as stolen (RFC 9700, 4.14.2), and all that was issued from it ends. Other things are used once.
 */
const AGAIN_S = 10
const againSeconds = (model: string): number => (model === 'RefreshToken' ? AGAIN_S : 0)

/** The adapter of one realm for one of the provider's models. */
export function createOidcAdapter(db: Db, clients: ClientStore, realm: string, toPayload: ToPayload): (model: string) => Adapter {
  return (model) => (model === 'Client' ? createClientAdapter(clients, realm, toPayload) : createRowAdapter(db, realm, model))
}

/** Removes what has expired; returns how many rows. */
export async function removeExpired(db: Db): Promise<number> {
  const { t } = db
  const removed = await db.run(`DELETE FROM ${t.oidc_rows} WHERE expires_at < now()`)
  await db.run(
    `DELETE FROM ${t.seen_sessions} s WHERE seen_at < now() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM ${t.oidc_rows} o WHERE o.model = 'Session' AND o.uid = s.uid)`,
  )
  return removed
}

/** Removes a grant and everything that was issued under it. */
export async function revokeGrant(db: Db, realm: string, grantId: string): Promise<void> {
  await db.run(`DELETE FROM ${db.t.oidc_rows} WHERE realm = $1 AND (grant_id = $2 OR (model = 'Grant' AND id = $2))`, [realm, grantId])
}

/** Removes all that the provider keeps for a person and his one-time link, and ends the tokens of which it keeps nothing. */
export async function endSessions(db: Db, realm: string, userId: string): Promise<void> {
  await db.transaction(async ({ t, run }) => {
    await run(`DELETE FROM ${t.oidc_rows} WHERE realm = $1 AND payload->>'accountId' = $2`, [realm, userId])
    await run(`DELETE FROM ${t.action_links} WHERE user_id = $1`, [userId])
    await run(
      `UPDATE ${t.users} SET token_version = token_version + 1, not_before = extract(epoch FROM now())::bigint WHERE realm = $1 AND id = $2`,
      [realm, userId],
    )
  })
}

export interface OpenSession {
  readonly uid: string
  readonly userId: string
  /** Names of the clients that it has signed in to. */
  readonly clients: readonly string[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly usedAt: number
}

export interface OpenSessionStore {
  /** Of browsers, in which somebody is logged in. */
  list(realm: string): Promise<OpenSession[]>
  /** How many logins outlive their session, by client. */
  offline(realm: string): Promise<ReadonlyMap<string, number>>
}

export function createOpenSessionStore(db: Db): OpenSessionStore {
  const live = '(expires_at IS NULL OR expires_at > now())'
  return {
    list: async (realm) => {
      const rows = await db.query<{ payload: AdapterPayload }>(
        `SELECT payload FROM ${db.t.oidc_rows} WHERE realm = $1 AND model = 'Session' AND payload ? 'accountId' AND ${live}`,
        [realm],
      )
      return rows.map(({ payload: { uid = '', accountId = '', authorizations = {}, loginTs = 0, iat = loginTs } }) => ({
        ...{ uid, userId: accountId, clients: Object.keys(authorizations) },
        ...{ startedAt: Number(loginTs) * 1000, usedAt: Number(iat) * 1000 },
      }))
    },
    offline: async (realm) => {
      const rows = await db.query<{ client: string; count: number }>(
        `SELECT payload->>'clientId' AS client, count(DISTINCT grant_id)::int AS count FROM ${db.t.oidc_rows}
         WHERE realm = $1 AND model = 'RefreshToken' AND ${live} AND 'offline_access' = ANY(string_to_array(payload->>'scope', ' '))
         GROUP BY 1`,
        [realm],
      )
      return new Map(rows.map(({ client, count }) => [client, count]))
    },
  }
}

function createRowAdapter(db: Db, realm: string, model: string): Adapter {
  const rows = db.t.oidc_rows
  const find = async (condition: string, value: string) => {
    if (!isStorable(value)) return undefined
    const [row] = await db.query<Row>(
      `SELECT payload, consumed_at, $4::int = 0 OR consumed_at <= extract(epoch FROM now()) - $4::int AS is_used FROM ${rows}
       WHERE realm = $1 AND model = $2 AND ${condition} = $3 AND (expires_at IS NULL OR expires_at > now())`,
      [realm, model, value, againSeconds(model)],
    )
    return row ? { ...row.payload, ...(row.consumed_at !== null && row.is_used ? { consumed: Number(row.consumed_at) } : {}) } : undefined
  }
  return {
    upsert: async (id, payload, expiresIn) => {
      await refusing(
        db.run(
          `INSERT INTO ${rows} (realm, model, id, payload, grant_id, user_code, uid, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
         ON CONFLICT (realm, model, id) DO UPDATE
           SET payload = excluded.payload, grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
          [realm, model, id, payload, payload.grantId ?? null, payload.userCode ?? null, payload.uid ?? null, expiresIn ?? null],
        ),
      )
    },
    find: (id) => find('id', id),
    findByUid: (uid) => find('uid', uid),
    findByUserCode: (userCode) => find('user_code', userCode),
    consume: async (id) => {
      const consumed = await db.run(
        `UPDATE ${rows} SET consumed_at = coalesce(consumed_at, extract(epoch FROM now())::bigint)
         WHERE realm = $1 AND model = $2 AND id = $3 AND (consumed_at IS NULL OR $4::int > 0 AND consumed_at > extract(epoch FROM now()) - $4::int)`,
        [realm, model, id, againSeconds(model)],
      )
      if (consumed === 0) throw new errors.InvalidGrant('already used')
    },
    destroy: async (id) => {
      await db.run(`DELETE FROM ${rows} WHERE realm = $1 AND model = $2 AND id = $3`, [realm, model, id])
    },
    revokeByGrantId: async (grantId) => {
      await db.run(`DELETE FROM ${rows} WHERE realm = $1 AND model = $2 AND grant_id = $3`, [realm, model, grantId])
    },
  }
}

/** A login is kept with its parameters, whatever a client sent. */
async function refusing(stored: Promise<unknown>): Promise<void> {
  try {
    await stored
  } catch (error) {
    throw isOfText(error) ? new errors.InvalidRequest('a parameter holds the character U+0000') : error
  }
}

function createClientAdapter(clients: ClientStore, realm: string, toPayload: ToPayload): Adapter {
  const readOnly = async () => {
    throw new Error('clients are changed by the admin API only')
  }
  return {
    find: async (clientId) => {
      const client = await clients.find(realm, clientId)
      return client && toPayload(client)
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
  }
}
