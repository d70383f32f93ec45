// Browser sessions that outlive the gateway: the port, and its implementation in PostgreSQL with sealed tokens.
import type pg from 'pg'
import { migrate } from '#kit/migrate'
import type { Secret } from '#kit/secret'
import { createSealer } from '#parts/gateway/seal'

export interface Tokens {
  readonly accessToken: string
  /** Milliseconds since 1970. */
  readonly accessExpires: number
  /** When the provider gave them, milliseconds since 1970. */
  readonly obtained: number
  readonly refreshToken?: string
  readonly idToken?: string
}

export type ClientName = 'cockpit' | 'gateway'

export interface Session {
  readonly id: string
  /** Host label for which it was made; '' is the apex. */
  readonly host: string
  readonly client: ClientName
  readonly user: string
  /** The provider's session, shared by all hosts of one login. */
  readonly providerSession?: string
  readonly tokens: Tokens
  readonly version: number
  readonly expires: Date
}

export type NewSession = Omit<Session, 'version'>

export interface SessionStore {
  /** Makes what it needs; safe to call from two processes at once. */
  migrate(): Promise<void>
  /** `secretHash`: SHA-256 of the cookie's value, or of a one-time code when `binding` says which browser may redeem it. */
  create(session: NewSession, secretHash: Buffer, binding?: Buffer): Promise<void>
  find(secretHash: Buffer): Promise<Session | undefined>
  /** Turns a one-time code into a session, once, within `maxAgeMs`. */
  redeem(code: { hash: Buffer; host: string; binding: Buffer; newHash: Buffer; maxAgeMs: number }): Promise<Session | undefined>
  /** False when somebody else changed it since `version`. */
  updateTokens(id: string, version: number, tokens: Tokens): Promise<boolean>
  end(id: string): Promise<void>
  /** Ends every host's session of one login; answers their ids. */
  endLogin(providerSession: string): Promise<string[]>
  removeExpired(): Promise<number>
}

interface Row {
  id: string
  host: string
  client: ClientName
  username: string
  provider_session: string | null
  sealed: string
  version: number
  expires_at: Date
}

const COLUMNS = 'id, host, client, username, provider_session, sealed, version, expires_at'

/** Over the platform's own database; the tokens are readable only with the key. */
export function createSessionStore({ pool, schema, key }: { pool: pg.Pool; schema: string; key: Secret }): SessionStore {
  if (!/^[a-z_][a-z0-9_]*$/.test(schema)) throw new Error(`${schema} is not a schema name`)
  const table = `"${schema}".session`
  const sealer = createSealer(key)

  const toSession = async (row: Row | undefined): Promise<Session | undefined> => {
    if (!row) return undefined
    let tokens: Tokens
    try {
      tokens = await sealer.open<Tokens>(row.sealed, row.id)
    } catch {
      return undefined
    }
    return {
      id: row.id,
      host: row.host,
      client: row.client,
      user: row.username,
      ...(row.provider_session === null ? {} : { providerSession: row.provider_session }),
      tokens,
      version: row.version,
      expires: row.expires_at,
    }
  }

  return {
    migrate: () => migrate(pool, { schema, steps: steps(schema) }),
    create: async (session, secretHash, binding) => {
      await pool.query(
        `INSERT INTO ${table} (id, secret_hash, binding, host, client, username, provider_session, sealed, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          session.id,
          secretHash,
          binding ?? null,
          session.host,
          session.client,
          session.user,
          session.providerSession ?? null,
          await sealer.seal(session.tokens, session.id),
          session.expires,
        ],
      )
    },
    find: async (secretHash) => {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM ${table} WHERE secret_hash = $1 AND binding IS NULL AND expires_at > now()`,
        [secretHash],
      )
      return toSession(rows[0])
    },
    redeem: async ({ hash, host, binding, newHash, maxAgeMs }) => {
      const { rows } = await pool.query<Row>(
        `UPDATE ${table} SET secret_hash = $4, binding = NULL
         WHERE secret_hash = $1 AND host = $2 AND binding = $3 AND created_at > now() - $5 * interval '1 millisecond'
         RETURNING ${COLUMNS}`,
        [hash, host, binding, newHash, maxAgeMs],
      )
      return toSession(rows[0])
    },
    updateTokens: async (id, version, tokens) => {
      const { rowCount } = await pool.query(`UPDATE ${table} SET sealed = $3, version = version + 1 WHERE id = $1 AND version = $2`, [
        id,
        version,
        await sealer.seal(tokens, id),
      ])
      return rowCount === 1
    },
    end: async (id) => {
      await pool.query(`DELETE FROM ${table} WHERE id = $1`, [id])
    },
    endLogin: async (providerSession) => {
      const { rows } = await pool.query<{ id: string }>(`DELETE FROM ${table} WHERE provider_session = $1 RETURNING id`, [providerSession])
      return rows.map((row) => row.id)
    },
    removeExpired: async () => {
      const { rowCount } = await pool.query(
        `DELETE FROM ${table} WHERE expires_at <= now() OR (binding IS NOT NULL AND created_at < now() - interval '1 hour')`,
      )
      return rowCount ?? 0
    },
  }
}

/** Homes had the table before its steps were counted. */
function steps(schema: string): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.session (
       id uuid PRIMARY KEY,
       secret_hash bytea NOT NULL UNIQUE,
       binding bytea,
       host text NOT NULL,
       client text NOT NULL,
       username text NOT NULL,
       provider_session text,
       sealed text NOT NULL,
       version integer NOT NULL DEFAULT 1,
       created_at timestamptz NOT NULL DEFAULT now(),
       expires_at timestamptz NOT NULL
     );
     CREATE INDEX IF NOT EXISTS session_provider ON ${schema}.session (provider_session);
     CREATE INDEX IF NOT EXISTS session_expires ON ${schema}.session (expires_at)`,
  ]
}
