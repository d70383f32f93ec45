// Principals and their credentials in PostgreSQL. A secret is shown once; here lies only its hash.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { hash as argon2, verify as argon2Verify } from '@node-rs/argon2'
import type { Pool } from 'pg'
import { Secret } from '#kit/secret'
import { EntityExists, EntityNotFound, EntityVersionConflict } from '#parts/catalog/errors'
import { isUniqueViolation } from '#parts/catalog/store/sql'

export interface PrincipalRow {
  readonly id: string
  readonly name: string
  readonly clientId: string
  readonly credentialVersion: number
  /** Its first credentials open nothing but the rotation. */
  readonly rotationRequired: boolean
  readonly properties: Readonly<Record<string, string>>
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
}

export interface WithSecret {
  readonly principal: PrincipalRow
  readonly secret: Secret
}

export interface PrincipalStore {
  list(roleName?: string): Promise<readonly PrincipalRow[]>
  /** Throws EntityNotFound. */
  get(name: string): Promise<PrincipalRow>
  /** The principal whose secret this is; undefined for a wrong one. */
  verify(clientId: string, secret: string): Promise<PrincipalRow | undefined>
  create(principal: {
    readonly name: string
    readonly properties: Readonly<Record<string, string>>
    readonly rotationRequired: boolean
  }): Promise<WithSecret>
  update(name: string, expected: number, properties: Readonly<Record<string, string>>): Promise<PrincipalRow>
  drop(name: string): Promise<void>
  /** New credentials; the old ones and every token made with them end at once. */
  renew(name: string, chosen?: { readonly clientId?: string; readonly secret?: Secret }): Promise<WithSecret>
}

const KIND = 'principal'
const COLUMNS = `p.id, p.name, p.client_id as "clientId", p.credential_version as "credentialVersion", p.rotation_required as "rotationRequired",
  p.properties, p.created_at as "createdAt", p.updated_at as "updatedAt", p.version`

export function createPrincipalStore(pool: Pool): PrincipalStore {
  const get = async (name: string): Promise<PrincipalRow> => {
    const { rows } = await pool.query<PrincipalRow>(`select ${COLUMNS} from akko_catalog.principals p where name = $1`, [name])
    if (!rows[0]) throw EntityNotFound({ kind: KIND, name })
    return rows[0]
  }
  return {
    get,
    list: async (roleName) => {
      const { rows } = await pool.query<PrincipalRow>(
        `select ${COLUMNS} from akko_catalog.principals p
         where $1::text is null or p.id in (
           select m.principal_id from akko_catalog.principal_role_members m
           join akko_catalog.principal_roles r on r.id = m.principal_role_id where r.name = $1)
         order by p.name`,
        [roleName ?? null],
      )
      return rows
    },
    verify: async (clientId, secret) => {
      const { rows } = await pool.query<PrincipalRow & { hash: string }>(
        `select ${COLUMNS}, p.secret_hash as hash from akko_catalog.principals p where client_id = $1`,
        [clientId],
      )
      const row = rows[0]
      if (!row || !(await matches(row.hash, secret))) return undefined
      const { hash: _hash, ...principal } = row
      return principal
    },
    create: async ({ name, properties, rotationRequired }) => {
      const secret = freshSecret()
      try {
        const { rows } = await pool.query<PrincipalRow>(
          `insert into akko_catalog.principals as p (name, client_id, secret_hash, rotation_required, properties)
           values ($1, $2, $3, $4, $5) returning ${COLUMNS}`,
          [name, freshClientId(), hashGenerated(secret), rotationRequired, JSON.stringify(properties)],
        )
        return { principal: rows[0] as PrincipalRow, secret }
      } catch (error) {
        throw isUniqueViolation(error) ? EntityExists({ kind: KIND, name }, error) : error
      }
    },
    update: async (name, expected, properties) => {
      const { rows } = await pool.query<PrincipalRow>(
        `update akko_catalog.principals p set properties = $3, updated_at = now(), version = version + 1
         where name = $1 and version = $2 returning ${COLUMNS}`,
        [name, expected, JSON.stringify(properties)],
      )
      if (rows[0]) return rows[0]
      throw EntityVersionConflict({ kind: KIND, name, actual: (await get(name)).version, expected })
    },
    drop: async (name) => {
      const { rowCount } = await pool.query('delete from akko_catalog.principals where name = $1', [name])
      if (rowCount === 0) throw EntityNotFound({ kind: KIND, name })
    },
    renew: async (name, chosen = {}) => {
      const secret = chosen.secret ?? freshSecret()
      const stored = chosen.secret ? await argon2(chosen.secret.reveal()) : hashGenerated(secret)
      try {
        const { rows } = await pool.query<PrincipalRow>(
          `update akko_catalog.principals p set client_id = coalesce($2, client_id), secret_hash = $3, rotation_required = false,
             credential_version = credential_version + 1, updated_at = now(), version = version + 1
           where name = $1 returning ${COLUMNS}`,
          [name, chosen.clientId ?? null, stored],
        )
        if (!rows[0]) throw EntityNotFound({ kind: KIND, name })
        return { principal: rows[0], secret }
      } catch (error) {
        throw isUniqueViolation(error) ? EntityExists({ kind: 'client id', name: chosen.clientId }, error) : error
      }
    },
  }
}

const freshClientId = (): string => randomBytes(8).toString('hex')
const freshSecret = (): Secret => new Secret(randomBytes(16).toString('hex'))

// 128 random bits need no slow hash; a secret that a person chose does.
function hashGenerated(secret: Secret): string {
  return `sha256$${createHash('sha256').update(secret.reveal()).digest('hex')}`
}

async function matches(stored: string, candidate: string): Promise<boolean> {
  if (!stored.startsWith('sha256$')) return argon2Verify(stored, candidate)
  return timingSafeEqual(Buffer.from(stored), Buffer.from(hashGenerated(new Secret(candidate))))
}
