// Keeps the roles of persons on a server, and what they may there: made when somebody first asks, followed while anybody is there, ended with his rights.
import pg from 'pg'
import type { Authoriser } from '#kit/access'
import { defineError, describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { randomSecret, type Secret } from '#kit/secret'
import { SUPERUSER_SESSION } from '#kit/superuser-session'
import { guardStatements, QUIET, SERVER_STATEMENTS } from '#parts/sql/connectors/postgresql/direct/guard'
import { classRole, GUARD, PERSONS, personRole } from '#parts/sql/connectors/postgresql/direct/names'
import { type DirectRights, type Known, type LeftOut, readKnown, rightsOf } from '#parts/sql/connectors/postgresql/direct/rights'
import { coversOf, dropping, granting, making, revoking, schemaFor, searchPath } from '#parts/sql/connectors/postgresql/direct/statements'

const NobodyKnown = defineError('postgresql.person_unknown', 404, 'there is no person {user} with an open account')
const PeopleUnheard = defineError(
  'postgresql.people_unheard',
  503,
  'it cannot be known what {user} may now: single sign-on does not answer',
  {
    retryable: true,
    blame: 'operator',
  },
)

/** A person as single sign-on knows him now. */
export interface KnownPerson {
  readonly id: string
  readonly roles: readonly string[]
  /** Grows whenever what he may is narrowed. */
  readonly rightsVersion: number
}

export interface PeopleNow {
  named(username: string): KnownPerson | undefined
  /** Milliseconds since it was heard. */
  silence(): number
}

export interface KeptDatabase {
  /** The SQL catalogue over it: what the policy is asked about. */
  readonly catalog: string
  readonly database: string
  /** The role with which SQL reads it. */
  readonly sqlRole: string
  /** As superuser, of `keeperPool`. */
  readonly pool: pg.Pool
}

export interface KeeperDeps {
  readonly databases: readonly KeptDatabase[]
  readonly authoriser: Authoriser
  /** Another one when the policy may answer otherwise. */
  readonly policyVersion: () => string
  readonly people: PeopleNow
  readonly verifier: (password: Secret) => Promise<string>
  /** Told before a person gets a login, and after his was ended. */
  readonly record: (what: 'create' | 'drop', user: string, role: string, reason: string) => Promise<void>
  readonly log: Log
}

export interface Login {
  readonly user: string
  readonly password: string
  /** ISO time: until when it opens new sessions. */
  readonly validUntil: string
  /** Those that hold something for him. */
  readonly databases: readonly string[]
  readonly left: readonly (LeftOut & { readonly database: string })[]
  /** Whether the server speaks TLS. */
  readonly tls: boolean
}

export interface Keeper {
  open(username: string): Promise<Login>
  /** Brings everything to what is so now. */
  settle(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const LOOK_MS = 1000
/** How long nothing is looked at that nothing was said of. */
const SWEEP_MS = 60_000
/** How long single sign-on may be unheard before nobody is believed. */
const SILENCE_MS = 10_000
/** How long after a start it may not have been heard yet. */
const FIRST_WORD_MS = 60_000
const PASSWORD_MS = 3600_000
/** A password is given out again while it lasts this long. */
const REUSE_MS = 1800_000
const SESSIONS = 20
const LOCK_MS = 1500

/** What holds in a session of a person: he may set the first ones otherwise, and none of the others. */
const SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '10min',
  idle_in_transaction_session_timeout: '10min',
  lock_timeout: '30s',
  temp_file_limit: '4GB',
  log_parameter_max_length: '0',
}
const AUDITED: Readonly<Record<string, string>> = { 'pgaudit.log': 'read, write, ddl, role', 'pgaudit.log_catalog': 'off' }

interface Kept {
  readonly role: string
  readonly user: string
  readonly account: string
  rightsVersion: number
  /** The role of his class. */
  holds: string
  /** Of the realm, as they were heard last. */
  roles: readonly string[]
}

const id = pg.escapeIdentifier
const text = pg.escapeLiteral

export function keeperPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, ...SUPERUSER_SESSION })
  pool.on('error', () => {})
  return pool
}

export function createKeeper(deps: KeeperDeps): Keeper {
  const { databases, people, log } = deps
  const [server] = databases as readonly [KeptDatabase]
  const kept = new Map<string, Kept>()
  const passwords = new Map<string, { readonly password: Secret; readonly verifier: string; readonly until: number }>()
  /** By database and class: the statements that were run last, and their rights. */
  const applied = new Map<string, { readonly text: string; readonly rights: DirectRights }>()
  const dirty = new Set<string>()
  const listeners = new Map<string, pg.PoolClient>()
  let policy = ''
  let swept = Number.NEGATIVE_INFINITY
  let isLoaded = false
  const began = performance.now()
  const toldLeft = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let isLooking = false
  let said = ''

  const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
    const next = turn.then(body, body)
    turn = next.catch(() => {
      isLoaded = false // what is kept here may not be what is there
    })
    return next
  }

  /** Statements of the keeper's own, in one transaction that no trigger of its own answers. */
  async function run({ pool }: KeptDatabase, statements: readonly string[]): Promise<void> {
    const client = await pool.connect()
    let broken = true
    try {
      await client.query(`BEGIN; SET LOCAL ${QUIET} = 'on'; SET LOCAL lock_timeout = ${LOCK_MS}`)
      // What it logs of roles would hold verifiers, and installing refuses where it logs definitions.
      await client.query(`SELECT set_config('pgaudit.log', 'none', true)`)
      for (const statement of statements) await client.query(statement)
      await client.query('COMMIT')
      broken = false
    } catch (error) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      )
      throw error
    } finally {
      client.release(broken)
    }
  }

  const endSessions = async (roles: readonly string[], database?: string): Promise<void> => {
    await server.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1::text[]) AND ($2::text IS NULL OR datname = $2::text)',
      [roles, database ?? null],
    )
  }
  const membersOf = (holds: string): string[] => [...kept.values()].filter((k) => k.holds === holds).map((k) => k.role)

  async function load(): Promise<void> {
    if (isLoaded) return
    const { rows } = await server.pool.query<{ role: string; about: string | null; holds: string | null }>(
      `SELECT r.rolname AS role, shobj_description(r.oid, 'pg_authid') AS about, (
         SELECT c.rolname FROM pg_auth_members n JOIN pg_roles c ON c.oid = n.roleid WHERE n.member = r.oid AND c.rolname LIKE 'akko\\_class\\_%' LIMIT 1) AS holds
       FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE g.rolname = $1::text`,
      [PERSONS],
    )
    kept.clear()
    for (const { role, about, holds } of rows) {
      const { user = '', account = '', rightsVersion = 0 } = JSON.parse(about ?? '{}') as Partial<Kept>
      kept.set(role, { role, user, account, rightsVersion, holds: holds ?? '', roles: [] })
    }
    isLoaded = true
  }

  async function end({ role, user }: Kept, reason: string): Promise<void> {
    await run(server, [`ALTER ROLE ${id(role)} NOLOGIN`])
    await endSessions([role])
    for (const at of databases) await run(at, [`DROP OWNED BY ${id(role)}`])
    await run(server, [`DROP ROLE IF EXISTS ${id(role)}`])
    kept.delete(role)
    passwords.delete(role)
    log.info({ user, role, reason }, 'a login of a person was ended')
    await deps.record('drop', user, role, reason)
  }

  const about = ({ user, account, rightsVersion }: Omit<Kept, 'holds' | 'roles'>) => text(JSON.stringify({ user, account, rightsVersion }))

  /** Who is gone is ended, who is another class is moved to it. What kept one from being ended keeps nobody else from being followed, and is answered. */
  async function followPeople(): Promise<unknown> {
    let stuck: unknown
    const isHeard = people.silence() <= SILENCE_MS
    for (const one of [...kept.values()]) {
      const now = isHeard ? people.named(one.user) : undefined
      if (!now || now.id !== one.account) {
        await end(one, isHeard ? 'the account is gone or disabled' : 'single sign-on is not heard').catch((error: unknown) => {
          stuck = error
        })
        continue
      }
      one.roles = now.roles
      const holds = classRole(now.roles)
      if (holds === one.holds && now.rightsVersion === one.rightsVersion) continue
      const old = one.holds
      await makeClass(holds)
      await run(server, [
        ...(old && old !== holds ? [`REVOKE ${id(old)} FROM ${id(one.role)}`] : []),
        `GRANT ${id(holds)} TO ${id(one.role)}`,
        `COMMENT ON ROLE ${id(one.role)} IS ${about({ ...one, rightsVersion: now.rightsVersion })}`,
      ])
      one.holds = holds
      one.rightsVersion = now.rightsVersion
      await endSessions([one.role])
      for (const { database } of databases) dirty.add(database)
    }
    return stuck
  }

  const makeClass = (holds: string) =>
    run(server, [
      `DO $body$ BEGIN CREATE ROLE ${id(holds)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $body$`,
    ])

  /** The classes that somebody is in, by role, with the roles of the realm that make them. */
  function classes(): Map<string, readonly string[]> {
    const found = new Map<string, readonly string[]>()
    for (const { holds, roles } of kept.values()) found.set(holds, roles)
    return found
  }

  async function followDatabase(at: KeptDatabase, isOther: boolean): Promise<void> {
    const isDirty = dirty.delete(at.database)
    try {
      await run(at, guardStatements(at.database, at.sqlRole))
      const known = await readKnown(at.pool)
      for (const [holds, roles] of classes()) await followClass(at, known, holds, roles, { isOther, isDirty })
      await dropOthers(at)
    } catch (error) {
      dirty.add(at.database)
      throw error
    }
  }

  async function followClass(
    at: KeptDatabase,
    known: Known,
    holds: string,
    roles: readonly string[],
    { isOther, isDirty }: { readonly isOther: boolean; readonly isDirty: boolean },
  ): Promise<void> {
    const caller = { sub: holds, roles, via: 'scram', requestId: holds } as const
    const rights = await rightsOf(at.pool, known, { catalog: at.catalog, authoriser: deps.authoriser, caller })
    const covers = coversOf(holds, rights)
    const grants = granting(holds, at.database, rights, await sequencesOf(at.pool))
    const path = searchPath(holds, rights)
    const key = `${at.database} ${holds}`
    const whole = [...covers.map((c) => c.text), ...grants, path].join('\n')
    const before = applied.get(key)
    const isSame = before?.text === whole
    if (isSame && !isDirty) return
    const there = await coversThere(at.pool, holds)
    const wanted = new Map(covers.map((cover) => [JSON.stringify([cover.schema, cover.view]), cover]))
    const stale = there.filter(({ schema, view, mark }) => wanted.get(JSON.stringify([schema, view]))?.mark !== mark)
    const present = new Set(there.filter((one) => !stale.includes(one)).map(({ schema, view }) => JSON.stringify([schema, view])))
    const statements = [
      ...stale.map(dropping),
      ...revoking(holds, at.database),
      ...[...new Set(covers.map((c) => c.schema))].flatMap((name) => schemaFor(holds, name)),
      ...covers.filter(({ schema, view }) => !present.has(JSON.stringify([schema, view]))).flatMap(making),
      ...grants,
      ...membersOf(holds).map((role) => `ALTER ROLE ${id(role)} IN DATABASE ${id(at.database)} SET search_path = ${path}`),
    ]
    // Who reads under the old rights has the covers locked.
    await run(at, statements).catch(async (error: unknown) => {
      if ((error as { code?: string }).code !== '55P03') throw error
      await endSessions(membersOf(holds), at.database)
      await run(at, statements)
    })
    if (before && !isSame && isOther) await endSessions(membersOf(holds), at.database)
    applied.set(key, { text: whole, rights })
    for (const one of rights.left) {
      const mark = JSON.stringify([at.database, one])
      if (!toldLeft.has(mark)) log.warn({ database: at.database, ...one }, 'PostgreSQL does not show what SQL shows')
      toldLeft.add(mark)
    }
  }

  /** Of classes in which nobody is any more. */
  async function dropOthers(at: KeptDatabase): Promise<void> {
    const used = classes()
    const { rows } = await at.pool.query<{ role: string }>(`SELECT rolname AS role FROM pg_roles WHERE rolname LIKE 'akko\\_class\\_%'`)
    for (const { role } of rows) {
      if (used.has(role) || applied.get(`${at.database} ${role}`)?.text === '') continue
      const schemas = await at.pool.query<{ name: string }>(
        `SELECT n.nspname AS name FROM pg_namespace n WHERE obj_description(n.oid, 'pg_namespace') = $1::text`,
        [role],
      )
      await run(at, [...schemas.rows.map(({ name }) => `DROP SCHEMA ${id(name)} CASCADE`), ...revoking(role, at.database)])
      applied.set(`${at.database} ${role}`, { text: '', rights: { schemas: [], open: [], covered: [], left: [] } })
    }
  }

  async function look(): Promise<void> {
    await load()
    if (people.silence() === Number.POSITIVE_INFINITY && performance.now() - began < FIRST_WORD_MS) return
    const stuck = await followPeople()
    await followDatabases()
    if (stuck) throw stuck
  }

  async function followDatabases(): Promise<void> {
    if (kept.size === 0) return
    await listenAll()
    const version = deps.policyVersion()
    const isOther = policy !== '' && version !== policy
    const isSweep = performance.now() - swept > SWEEP_MS
    if (!isOther && !isSweep && policy !== '' && dirty.size === 0) return
    for (const at of databases) if (isOther || isSweep || policy === '' || dirty.has(at.database)) await followDatabase(at, isOther)
    policy = version
    if (isSweep) swept = performance.now()
  }

  async function listenAll(): Promise<void> {
    for (const { database, pool } of databases) {
      if (listeners.has(database)) continue
      const client = await pool.connect()
      const forget = (broken: boolean) => {
        if (listeners.delete(database)) client.release(broken)
        dirty.add(database)
      }
      listeners.set(database, client)
      client.on('error', () => forget(true))
      client.on('notification', () => void dirty.add(database))
      await client.query(`LISTEN ${id(GUARD)}`).catch((error: unknown) => {
        forget(true)
        throw error
      })
      dirty.add(database)
    }
  }

  /** He may have set another one himself. */
  const isSet = async (role: string, verifier: string): Promise<boolean> => {
    const { rows } = await server.pool.query('SELECT FROM pg_authid WHERE rolname = $1::text AND rolpassword = $2::text', [role, verifier])
    return rows.length > 0
  }

  async function passwordFor(role: string): Promise<{ readonly password: Secret; readonly until: number }> {
    const known = passwords.get(role)
    if (known && known.until - Date.now() > REUSE_MS && (await isSet(role, known.verifier))) return known
    const password = randomSecret()
    const fresh = { password, verifier: await deps.verifier(password), until: Date.now() + PASSWORD_MS }
    const until = text(new Date(fresh.until).toISOString())
    await run(server, [
      `ALTER ROLE ${id(role)} LOGIN PASSWORD ${text(fresh.verifier)} VALID UNTIL ${until} CONNECTION LIMIT ${SESSIONS}`,
      `ALTER ROLE ${id(role)} RESET ALL`,
      ...Object.entries(SETTINGS).map(([name, value]) => `ALTER ROLE ${id(role)} SET ${name} = ${text(value)}`),
    ])
    // Where its library is not loaded, the setting is nobody's.
    await run(
      server,
      Object.entries(AUDITED).map(([name, value]) => `ALTER ROLE ${id(role)} SET ${name} = ${text(value)}`),
    ).catch((error: unknown) =>
      log.warn({ role, error: describeError(error) }, 'what a person does in PostgreSQL is not written into its log'),
    )
    passwords.set(role, fresh)
    return fresh
  }

  async function openNow(user: string): Promise<Login> {
    isLoaded = false
    await load()
    await run(server, SERVER_STATEMENTS)
    if (people.silence() > SILENCE_MS) throw PeopleUnheard({ user })
    const now = people.named(user)
    if (!now) throw NobodyKnown({ user })
    const role = personRole(user)
    await deps.record('create', user, role, `for ${PASSWORD_MS / 60_000} minutes`)
    await followPeople()
    if (!kept.has(role)) {
      const holds = classRole(now.roles)
      await makeClass(holds)
      const one: Kept = { role, user, account: now.id, rightsVersion: now.rightsVersion, holds, roles: now.roles }
      await run(server, [
        `DROP ROLE IF EXISTS ${id(role)}`,
        `CREATE ROLE ${id(role)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT`,
        `GRANT ${id(PERSONS)}, ${id(holds)} TO ${id(role)}`,
        `COMMENT ON ROLE ${id(role)} IS ${about(one)}`,
      ])
      kept.set(role, one)
      for (const { database } of databases) dirty.add(database)
    }
    await followDatabases()
    const { password, until } = await passwordFor(role)
    const holds = (kept.get(role) as Kept).holds
    const { rows: settings } = await server.pool.query<{ ssl: string }>("SELECT current_setting('ssl') AS ssl")
    const mine = databases.flatMap(({ database }) => {
      const rights = applied.get(`${database} ${holds}`)?.rights
      return rights ? [{ database, ...rights }] : []
    })
    return {
      user: role,
      password: password.reveal(),
      validUntil: new Date(until).toISOString(),
      databases: mine.flatMap(({ database, schemas }) => (schemas.length > 0 ? [database] : [])),
      tls: settings[0]?.ssl === 'on',
      left: mine.flatMap(({ database, left }) => left.map((one) => ({ database, ...one }))),
    }
  }

  const settle = () => inTurn(look)
  return {
    open: (username) => inTurn(() => openNow(username)),
    settle,
    start: () => {
      timer = setInterval(() => {
        if (isLooking) return
        isLooking = true
        void settle()
          .then(
            () => '',
            (error: unknown) => describeError(error),
          )
          .then((error) => {
            if (error !== '' && error !== said) log.warn({ error }, 'the rights of persons in PostgreSQL are not settled')
            said = error
          })
          .finally(() => {
            isLooking = false
          })
      }, LOOK_MS)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      await turn
      for (const client of listeners.values()) client.release(true)
      listeners.clear()
    },
  }
}

/** Those that columns of a table take their values from, as names. */
async function sequencesOf(pool: pg.Pool): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ schema: string; table: string; sequence: string }>(
    `SELECT n.nspname AS schema, t.relname AS "table", format('%I.%I', sn.nspname, s.relname) AS sequence FROM pg_depend d
     JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
     JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'`,
  )
  const found = new Map<string, string[]>()
  for (const { schema, table, sequence } of rows) {
    const key = JSON.stringify([schema, table])
    found.set(key, [...(found.get(key) ?? []), sequence])
  }
  return found
}

async function coversThere(pool: pg.Pool, role: string): Promise<{ schema: string; view: string; mark: string | null }[]> {
  const { rows } = await pool.query<{ schema: string; view: string; mark: string | null }>(
    `SELECT n.nspname AS schema, c.relname AS view, obj_description(c.oid, 'pg_class') AS mark FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND obj_description(n.oid, 'pg_namespace') = $1::text`,
    [role],
  )
  return rows
}
