// Realms with their settings, signing keys and cookie keys. Keys live here so that tokens survive a restart.
import { randomBytes, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Db } from '#parts/identity/store/db'

export interface Realm {
  readonly id: string
  readonly name: string
  /** RealmRepresentation without id and realm. */
  readonly settings: RealmSettings
  readonly cookieKey: string
}

export interface RealmSettings {
  readonly enabled: boolean
  readonly displayName?: string
  /** Seconds. */
  readonly accessTokenLifespan: number
  readonly ssoSessionMaxLifespan: number
  readonly ssoSessionIdleTimeout: number
  /** Refresh tokens of the scope offline_access. */
  readonly offlineSessionIdleTimeout: number
  readonly [field: string]: unknown
}

export interface RealmStore {
  find(name: string): Promise<Realm | undefined>
  list(): Promise<Realm[]>
  /** With its first signing key; undefined when the name is taken. */
  create(name: string, settings: RealmSettings): Promise<Realm | undefined>
  update(name: string, settings: RealmSettings): Promise<void>
  remove(name: string): Promise<boolean>
  /** Until the end of the transaction nobody else holds it. */
  hold(name: string): Promise<void>
  /** Private keys, newest first: the first signs, all verify. */
  keys(name: string): Promise<JWK[]>
}

interface Row {
  id: string
  name: string
  representation: RealmSettings
  cookie_key: string
}

const toRealm = (row: Row): Realm => ({ id: row.id, name: row.name, settings: row.representation, cookieKey: row.cookie_key })

export function createRealmStore(db: Db): RealmStore {
  const { t } = db
  return {
    find: async (name) => (await db.query<Row>(`SELECT * FROM ${t.realms} WHERE name = $1`, [name])).map(toRealm)[0],
    list: async () => (await db.query<Row>(`SELECT * FROM ${t.realms} ORDER BY name`)).map(toRealm),
    create: async (name, settings) => {
      const jwk = await createSigningKey()
      return db.transaction(async (tx) => {
        const [row] = await tx.query<Row>(
          `INSERT INTO ${t.realms} (name, id, representation, cookie_key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING *`,
          [name, randomUUID(), settings, randomBytes(32).toString('base64url')],
        )
        if (!row) return undefined
        await tx.run(`INSERT INTO ${t.keys} (kid, realm, jwk) VALUES ($1, $2, $3)`, [jwk.kid, name, jwk])
        return toRealm(row)
      })
    },
    update: async (name, settings) => {
      await db.run(`UPDATE ${t.realms} SET representation = $2 WHERE name = $1`, [name, settings])
    },
    remove: async (name) => (await db.run(`DELETE FROM ${t.realms} WHERE name = $1`, [name])) > 0,
    hold: async (name) => {
      await db.run(`SELECT FROM ${t.realms} WHERE name = $1 FOR NO KEY UPDATE`, [name])
    },
    keys: async (name) =>
      (await db.query<{ jwk: JWK }>(`SELECT jwk FROM ${t.keys} WHERE realm = $1 ORDER BY created_at DESC, kid`, [name])).map((r) => r.jwk),
  }
}

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' }
}
