// People and service accounts, with their roles and groups.
import { randomUUID } from 'node:crypto'
import type { RequiredAction } from '#parts/identity/required-actions'
import { type Db, isUniqueViolation } from '#parts/identity/store/db'
import type { UserFacts } from '#wire/oidc/claims'
import type { Person } from '#wire/oidc/people'

export interface User extends UserFacts {
  readonly enabled: boolean
  /** How often his rights were narrowed: tokens made before the last time are dead. */
  readonly tokenVersion: number
  /** What must be done at the next login before anything is issued. */
  readonly requiredActions: readonly RequiredAction[]
  /** Whether he has a second factor. */
  readonly totp: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Set for a client's service account. */
  readonly serviceClient?: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
  /** Since when he has his password, if he has one; milliseconds since 1970. */
  readonly passwordAt: number
  /** Seconds since 1970: his sessions of before were ended. */
  readonly notBefore: number
}

export interface UserChange {
  readonly username: string
  readonly email?: string | null
  readonly emailVerified: boolean
  readonly firstName?: string | null
  readonly lastName?: string | null
  readonly enabled: boolean
  readonly requiredActions?: readonly RequiredAction[]
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

/** What an account has from its first moment. */
export interface FirstRights {
  readonly passwordHash?: string
  readonly roleIds?: readonly string[]
  readonly groupIds?: readonly string[]
}

export interface UserQuery {
  readonly username?: string
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  /** Keycloak's: words, each the beginning of a name or an address; `*x*` inside one; `"x"` the whole. */
  readonly search?: string
  /** Values that attributes must have. */
  readonly attributes?: readonly (readonly [name: string, value: string])[]
  readonly enabled?: boolean
  readonly emailVerified?: boolean
  readonly ids?: readonly string[]
  readonly exact?: boolean
  readonly first?: number
  readonly max?: number
}

export type Taken = 'username' | 'email'

export interface UserStore {
  get(realm: string, id: string): Promise<User | undefined>
  byName(realm: string, username: string): Promise<User | undefined>
  /** By username, or by email address. */
  byLogin(realm: string, login: string): Promise<{ user: User; passwordHash: string | undefined } | undefined>
  serviceAccount(clientUuid: string): Promise<User | undefined>
  /** People whose account is open, with their roles: all, or those of these ids. */
  people(realm: string, ids?: readonly string[]): Promise<{ id: string; person: Person }[]>
  /** How many there are, whatever page is asked. */
  count(realm: string, query: UserQuery): Promise<number>
  /** Ordered by username. */
  list(realm: string, query: UserQuery): Promise<User[]>
  /** The account and its rights at once, or nothing. */
  create(realm: string, user: UserChange, rights?: FirstRights): Promise<{ id: string } | { taken: Taken }>
  update(realm: string, id: string, user: UserChange): Promise<Taken | undefined>
  remove(realm: string, id: string): Promise<boolean>
}

interface Row {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  enabled: boolean
  token_version: number
  required_actions: RequiredAction[]
  password_hash: string | null
  service_client: string | null
  attributes: Record<string, string[]>
  not_before: string
  password_at: Date
  created_at: Date
  totp: boolean
  roles: string[]
  client_roles: { client: string; name: string }[] | null
  groups: string[]
}

export function createUserStore(db: Db): UserStore {
  const { t, schema } = db
  const held = `LEFT JOIN LATERAL (
      SELECT array_agg(r.name ORDER BY r.name) FILTER (WHERE c.id IS NULL) AS roles,
        json_agg(json_build_object('client', c.client_id, 'name', r.name) ORDER BY r.name) FILTER (WHERE c.id IS NOT NULL) AS client_roles
      FROM ${schema}.effective_roles(u.id) e JOIN ${t.roles} r ON r.id = e LEFT JOIN ${t.clients} c ON c.id = r.client
    ) held ON true`
  const select = (where: string, values: readonly unknown[]) =>
    db.query<Row>(
      `SELECT u.*, EXISTS (SELECT FROM ${t.second_factors} f WHERE f.user_id = u.id) AS totp,
         coalesce(held.roles, '{}') AS roles, held.client_roles,
         ARRAY(SELECT ${schema}.group_path(ug.group_id) AS path FROM ${t.user_groups} ug WHERE ug.user_id = u.id ORDER BY path) AS groups
       FROM ${t.users} u ${held} WHERE ${where}`,
      values,
    )
  const one = async (where: string, values: readonly unknown[]) => (await select(where, values)).map(toUser)[0]
  return {
    get: (realm, id) => one('u.realm = $1 AND u.id = $2', [realm, id]),
    byName: (realm, username) => one('u.realm = $1 AND u.username = $2', [realm, username.toLowerCase()]),
    byLogin: async (realm, login) => {
      const rows = await select(
        'u.realm = $1 AND u.service_client IS NULL AND (u.username = $2 OR u.email = $2) ORDER BY (u.username = $2) DESC LIMIT 1',
        [realm, login.trim().toLowerCase()],
      )
      return rows.map((row) => ({ user: toUser(row), passwordHash: row.password_hash ?? undefined }))[0]
    },
    serviceAccount: (clientUuid) => one('u.service_client = $1', [clientUuid]),
    people: async (realm, ids) => {
      const rows = await db.query<Pick<Row, 'id' | 'username' | 'token_version' | 'roles'>>(
        `SELECT u.id, u.username, u.token_version, coalesce(held.roles, '{}') AS roles FROM ${t.users} u ${held}
         WHERE u.realm = $1 AND u.enabled AND u.service_client IS NULL AND ($2::text[] IS NULL OR u.id = ANY($2))`,
        [realm, ids ?? null],
      )
      return rows.map(({ id, token_version: rightsVersion, ...rest }) => ({ id, person: { id, rightsVersion, ...rest } }))
    },
    count: async (realm, query) => {
      const { where, values } = whereOf(realm, query)
      const [row] = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${t.users} u WHERE ${where}`, values)
      return row?.count ?? 0
    },
    list: async (realm, query) => (await select(...listQuery(realm, query))).map(toUser),
    create: async (realm, user, { passwordHash, roleIds = [], groupIds = [] } = {}) => {
      const id = randomUUID()
      const taken = await clash(() =>
        db.run(
          `WITH made AS (
             INSERT INTO ${t.users} (realm, id, username, email, email_verified, first_name, last_name, enabled, required_actions, attributes, password_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
           ), roles AS (INSERT INTO ${t.user_roles} (user_id, role_id) SELECT made.id, unnest($12::text[]) FROM made)
           INSERT INTO ${t.user_groups} (user_id, group_id) SELECT made.id, unnest($13::text[]) FROM made`,
          [...columns(realm, id, user), passwordHash ?? null, [...new Set(roleIds)], [...new Set(groupIds)]],
        ),
      )
      return taken ? { taken } : { id }
    },
    update: (realm, id, user) =>
      clash(() =>
        db.run(
          `UPDATE ${t.users} SET username = $3, email = $4, email_verified = $5, first_name = $6, last_name = $7, enabled = $8, required_actions = $9, attributes = $10
           WHERE realm = $1 AND id = $2`,
          columns(realm, id, user),
        ),
      ),
    remove: async (realm, id) => (await db.run(`DELETE FROM ${t.users} WHERE realm = $1 AND id = $2`, [realm, id])) > 0,
  }
}

function listQuery(realm: string, query: UserQuery): [string, unknown[]] {
  const { where, values } = whereOf(realm, query)
  const { first, max } = query
  const bind = (value: unknown) => `$${values.push(value)}`
  const limit = max === undefined || max < 0 ? 'ALL' : bind(max)
  return [`${where} ORDER BY u.username LIMIT ${limit} OFFSET ${bind(Math.max(first ?? 0, 0))}`, values]
}

function whereOf(realm: string, query: UserQuery): { where: string; values: unknown[] } {
  const { username, email, firstName, lastName, search, exact, attributes = [], enabled, emailVerified, ids } = query
  const values: unknown[] = [realm]
  const bind = (value: unknown) => `$${values.push(value)}`
  const is = (column: string, text: string) =>
    exact ? `${column} = ${bind(text.toLowerCase())}` : `strpos(coalesce(${column}, ''), ${bind(text.toLowerCase())}) > 0`
  // A service account is found by its name only, as in Keycloak.
  const wheres = ['u.realm = $1', ...(username === undefined && ids === undefined ? ['u.service_client IS NULL'] : [])]
  for (const [column, text] of Object.entries({ 'u.username': username, 'u.email': email }))
    if (text !== undefined) wheres.push(is(column, text))
  for (const [column, text] of Object.entries({ 'lower(u.first_name)': firstName, 'lower(u.last_name)': lastName }))
    if (text !== undefined) wheres.push(is(column, text))
  for (const word of search?.match(/"[^"]*"|\S+/g) ?? []) {
    const wanted = bind(patternOf(word.toLowerCase()))
    wheres.push(
      `(${['u.username', 'u.email', 'lower(u.first_name)', 'lower(u.last_name)'].map((c) => `${c} LIKE ${wanted}`).join(' OR ')})`,
    )
  }
  for (const [name, value] of attributes) wheres.push(`u.attributes -> ${bind(name)} ? ${bind(value)}`)
  if (enabled !== undefined) wheres.push(`u.enabled = ${bind(enabled)}`)
  if (emailVerified !== undefined) wheres.push(`u.email_verified = ${bind(emailVerified)}`)
  if (ids !== undefined) wheres.push(`u.id = ANY(${bind(ids)}::text[])`)
  return { where: wheres.join(' AND '), values }
}

/** As LIKE reads it. */
function patternOf(word: string): string {
  const quoted = /^"(.*)"$/.exec(word)?.[1]
  const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&')
  if (quoted !== undefined) return literal(quoted)
  return word.includes('*') ? literal(word).replaceAll('*', '%') : `${literal(word)}%`
}

function byClient(roles: readonly { client: string; name: string }[]): Record<string, string[]> {
  const groups = Map.groupBy(roles, ({ client }) => client)
  return Object.fromEntries([...groups].map(([client, of]) => [client, of.map(({ name }) => name)]))
}

function columns(realm: string, id: string, user: UserChange): unknown[] {
  const text = (value: string | null | undefined) => value || null
  return [
    realm,
    id,
    user.username.toLowerCase(),
    text(user.email)?.toLowerCase() ?? null,
    user.emailVerified,
    text(user.firstName),
    text(user.lastName),
    user.enabled,
    user.requiredActions ?? [],
    user.attributes ?? {},
  ]
}

async function clash(write: () => Promise<unknown>): Promise<Taken | undefined> {
  try {
    await write()
    return undefined
  } catch (error) {
    if (isUniqueViolation(error, 'users_username')) return 'username'
    if (isUniqueViolation(error, 'users_email')) return 'email'
    throw error
  }
}

function toUser(row: Row): User {
  return {
    id: row.id,
    username: row.username,
    ...(row.email === null ? {} : { email: row.email }),
    emailVerified: row.email_verified,
    ...(row.first_name === null ? {} : { firstName: row.first_name }),
    ...(row.last_name === null ? {} : { lastName: row.last_name }),
    enabled: row.enabled,
    tokenVersion: row.token_version,
    requiredActions: row.required_actions,
    totp: row.totp,
    createdAt: row.created_at.getTime(),
    ...(row.service_client === null ? {} : { serviceClient: row.service_client }),
    attributes: row.attributes,
    notBefore: Number(row.not_before),
    passwordAt: row.password_at.getTime(),
    realmRoles: row.roles,
    clientRoles: byClient(row.client_roles ?? []),
    groups: row.groups,
  }
}
