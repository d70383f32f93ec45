// What a person who connects as himself tries, to see or do more than the policy lets him.
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Login } from '#parts/sql/connectors/postgresql/direct/keeper'
import { type DirectWorld, startDirectWorld } from '#parts/sql/connectors/postgresql/direct/test-world'

const DEFINITIONS = `
  CREATE TABLE people (id bigint PRIMARY KEY, full_name text, email text, birth_date date, nick text);
  INSERT INTO people SELECT i, 'Name ' || i, 'secret' || i || '@x', '2001-02-03', 'n' FROM generate_series(1, 500) AS i;
  CREATE TABLE notes (id bigint PRIMARY KEY, body text, price int, confidential boolean);
  INSERT INTO notes SELECT i, CASE WHEN i % 10 = 0 THEN 'hidden' || i ELSE 'open' END, i, i % 10 = 0 FROM generate_series(1, 1000) AS i;
  CREATE INDEX ON notes (body); CREATE TABLE plain (id int); INSERT INTO plain VALUES (1);
  CREATE TABLE documents (id int, body text); GRANT SELECT ON documents TO PUBLIC;
  CREATE FUNCTION leak() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM people';
  ANALYZE;`

let world: DirectWorld
let user: pg.Client
let viewer: pg.Client
let userLogin: Login

/** Rows, or the whole of what the error says: also what stands beside its message. */
const told = (client: pg.Client, text: string): Promise<unknown> =>
  client.query({ text, rowMode: 'array' }).then(
    ({ rows }) => rows,
    ({ message, detail, hint, where, internalQuery }: pg.DatabaseError) =>
      [message, detail, hint, where, internalQuery].filter(Boolean).join(' | '),
  )

beforeAll(async () => {
  world = await startDirectWorld(DEFINITIONS)
  userLogin = await world.person('user', 'user')
  user = await world.as(userLogin)
  viewer = await world.as(await world.person('viewer', 'viewer'))
}, 120_000)
afterAll(async () => {
  await Promise.all([user, viewer].map((client) => client?.end().catch(() => {})))
  await world?.stop()
})

describe('a person finds closed', () => {
  it.each([
    'SELECT * FROM public.people',
    'SELECT email FROM public.people',
    'COPY public.people TO STDOUT',
    "COPY plain TO '/tmp/x'",
    "COPY plain FROM PROGRAM 'id'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_from_bytea(0, 'x')",
    'SELECT lo_create(0)',
    'SELECT lo_creat(1)',
    'SELECT lo_get(1)',
    'SELECT * FROM pg_largeobject',
    'SELECT * FROM pg_statistic',
    'SELECT * FROM pg_authid',
    'SELECT * FROM leak()',
    'CREATE TABLE mine (x int)',
    'CREATE TABLE public.mine (x int)',
    'CREATE TEMP TABLE mine (x int)',
    'CREATE SCHEMA mine',
    "CREATE FUNCTION f(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'CREATE EXTENSION dblink',
    'CREATE EXTENSION postgres_fdw',
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'",
    'CREATE SERVER s FOREIGN DATA WRAPPER x',
    'CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION akko_guard.on_start()',
    'CREATE ROLE other',
    'DROP EVENT TRIGGER akko_on_end',
    'ALTER TABLE plain OWNER TO CURRENT_USER',
    'ALTER TABLE public.people DISABLE ROW LEVEL SECURITY',
    'CREATE VIEW public.mine AS SELECT 1',
    'CREATE POLICY p ON plain',
    'CREATE TRIGGER t AFTER INSERT ON plain EXECUTE FUNCTION akko_guard.on_start()',
    'CREATE RULE r AS ON SELECT TO plain DO INSTEAD NOTHING',
    'CREATE STATISTICS s ON id, body FROM public.notes',
    'CREATE INDEX ON plain (id)',
    'GRANT SELECT ON plain TO PUBLIC',
    'SET ROLE akko_keeper',
    'SET ROLE postgres',
    'SET ROLE banking',
    'SET SESSION AUTHORIZATION postgres',
    "SET session_replication_role = 'replica'",
    "ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'",
    'ALTER ROLE CURRENT_USER SUPERUSER',
    'ALTER ROLE CURRENT_USER CONNECTION LIMIT -1',
    'ALTER ROLE CURRENT_USER BYPASSRLS',
    "ALTER SYSTEM SET log_statement = 'all'",
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $$postgres$$',
    'SELECT pg_reload_conf()',
    'TRUNCATE plain',
    'SELECT * FROM documents FOR UPDATE',
  ])('%s: is refused', async (text) => {
    expect(await told(user, text)).toMatch(
      /permission denied|must be (owner|superuser|a superuser|able)|not a superuser|must have|requires|does not exist|no schema has been selected|cannot |must be a member|Only roles|member of/,
    )
  })

  it.each([
    'DROP FUNCTION IF EXISTS nothing()',
    'DROP TABLE IF EXISTS nothing',
    'ALTER TABLE IF EXISTS nothing ADD COLUMN x int',
    'DROP OWNED BY CURRENT_USER',
    'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
  ])('definitions that need no right, which others would feel: %s', async (text) => {
    expect(await told(user, text)).toMatch(/^permission denied for [A-Z ]+ \| persons make no definitions/)
    expect(await told(viewer, 'SELECT count(*)::int FROM notes')).toEqual([[900]])
  })

  it('the rights of his class, which he could take from the others in it', async () => {
    const { rows } = await world.admin.query<{ role: string }>(
      "SELECT g.rolname AS role FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = $1::text::regrole AND g.rolname <> 'akko_persons'",
      [userLogin.user],
    )
    for (const { role } of rows) expect(await told(user, `DROP OWNED BY ${role}`)).toMatch(/^permission denied for DROP OWNED/)
  })

  it('the way to keep the owner’s definitions waiting: a transaction that he leaves open', async () => {
    const holder = await world.as(userLogin)
    await holder.query('SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT count(*) FROM people')
    await world.owner.query("SET lock_timeout = '5s'; DROP FUNCTION IF EXISTS nothing(); RESET lock_timeout")
    await expect(holder.query('SELECT 1')).rejects.toThrow()
    await world.keeper.settle()
  })

  it('and nobody is anything more for it', async () => {
    const { rows } = await world.admin.query(
      "SELECT rolsuper, rolbypassrls, rolconnlimit, rolvaliduntil < now() + interval '61 minutes' AS ends FROM pg_roles WHERE rolname = $1",
      [userLogin.user],
    )
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolconnlimit: 20, ends: true }])
  })

  it('other databases', async () => {
    for (const database of ['postgres', 'template1'])
      expect(await told(user, `SELECT has_database_privilege('${database}', 'CREATE')`)).toEqual([[false]])
    const vic = await world.person('viewer')
    expect(vic.databases).toEqual(['banking'])
    await expect(world.as(vic, 'healthcare')).rejects.toThrow('permission denied for database "healthcare"')
  })

  it('the covers of others', async () => {
    const { rows } = await world.admin.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE pg_get_userbyid(c.relowner) = 'akko_keeper'`,
    )
    expect(rows.length).toBeGreaterThan(1)
    const answers = await Promise.all(
      rows.map(async ({ name }) => [typeof (await told(user, `TABLE ${name}`)), typeof (await told(viewer, `TABLE ${name}`))]),
    )
    for (const pair of answers) expect(pair.sort()).toEqual(['object', 'string'])
  })

  it('statistics of what is hidden', async () => {
    expect(
      await told(user, `SELECT tablename, attname FROM pg_stats WHERE schemaname = 'public' AND tablename IN ('people', 'notes')`),
    ).toEqual(expect.not.arrayContaining([['people', 'email']]))
    expect(await told(viewer, `SELECT attname FROM pg_stats WHERE tablename = 'notes'`)).toEqual([])
  })

  it('how many rows come and go in what is hidden', async () => {
    for (const view of [
      'pg_stat_user_tables',
      'pg_stat_all_tables',
      'pg_stat_xact_user_tables',
      'pg_statio_user_tables',
      'pg_stat_user_indexes',
    ])
      expect(await told(viewer, `SELECT * FROM ${view}`)).toMatch(/^permission denied for function pg_stat_get_/)
    expect(await told(viewer, "SELECT pg_stat_get_live_tuples('public.notes'::regclass)")).toMatch(/^permission denied for/)
    expect(await told(viewer, 'SELECT count(*) > 0 FROM pg_stat_database')).toEqual([[true]])
  })
})

describe('under a filter', () => {
  const CONDITIONS = [
    'body::int > 0',
    'CAST(body AS date) IS NULL',
    'price / (price - 10) > 0',
    "('x' || body)::inet IS NULL",
    "to_number(body, '9') > 0",
    'body::json IS NULL',
    "pg_catalog.set_config('akko.seen', body, false) = 'x'",
    "regexp_replace(body, '(', '') = ''",
  ]
  it.each(CONDITIONS)('WHERE %s tells no value of a row that is hidden', async (condition) => {
    for (const text of [
      `SELECT count(*) FROM notes WHERE ${condition}`,
      `SELECT count(*) FROM notes JOIN plain ON ${condition}`,
      `SELECT count(*) FILTER (WHERE ${condition}) FROM notes`,
      `SELECT 1 FROM notes WHERE CASE WHEN true THEN ${condition} END`,
    ])
      expect(JSON.stringify(await told(viewer, text))).not.toContain('hidden')
    expect(JSON.stringify(await told(viewer, "SELECT current_setting('akko.seen', true)"))).not.toContain('hidden')
  })

  it('neither plan, nor estimate, nor an index tells whether a hidden value is there', async () => {
    const plan = async (value: string) => {
      const rows = (await told(
        viewer,
        `EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF, COSTS ON) SELECT * FROM notes WHERE body = '${value}'`,
      )) as string[][]
      return rows.flat().join('\n').replaceAll(value, '?')
    }
    for (const there of ['hidden10', 'hidden990']) expect(await plan(there)).toBe(await plan('hidden11'))
  })

  it('a search by halves finds nothing in what a query used', async () => {
    const used = async (id: number) => {
      const text = 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) SELECT * FROM notes WHERE id = '
      const rows = (await told(viewer, text + String(id))) as string[][]
      return rows
        .flat()
        .join('\n')
        .replace(new RegExp(`= ${id}\\b`), '= ?')
    }
    await used(10)
    expect(await used(10)).toBe(await used(5000))
  })
})

describe('under a mask', () => {
  it('a condition, an order, a group and a cast see the masked value', async () => {
    expect(await told(user, "SELECT count(*)::int FROM people WHERE email LIKE 'secret%'")).toEqual([[0]])
    expect(await told(user, "SELECT count(*)::int FROM people WHERE email = 'secret7@x'")).toEqual([[0]])
    expect(await told(user, 'SELECT DISTINCT email FROM people')).toEqual([['***@x']])
    expect(JSON.stringify(await told(user, 'SELECT email::int FROM people'))).not.toContain('secret')
    expect(JSON.stringify(await told(user, 'SELECT p.*, p FROM people p'))).not.toContain('secret')
    expect(JSON.stringify(await told(user, "SELECT query_to_xml('SELECT * FROM people', true, true, '')"))).not.toContain('secret')
    expect(JSON.stringify(await told(user, "SELECT database_to_xml(true, true, '')"))).not.toContain('secret')
  })

  it('a DO block, which may raise what it sees, sees no more', async () => {
    const notices: string[] = []
    user.on('notice', ({ message }) => notices.push(String(message)))
    await told(user, "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM people LOOP RAISE NOTICE '%', r; END LOOP; END $$")
    expect(notices).toHaveLength(500)
    expect(notices.join()).not.toContain('secret')
  })
})

describe('what the owner opens to all', () => {
  it('is closed for persons: a table, and a function with his rights', async () => {
    const grants = async () => (await world.admin.query("SELECT has_table_privilege('public', 'public.documents', 'SELECT') AS open")).rows
    expect(await grants()).toEqual([{ open: false }])
    await world.owner.query("CREATE FUNCTION again() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM people LIMIT 1'")
    expect(await told(user, 'SELECT again()')).toContain('permission denied for function again')
    await world.admin.query(
      `CREATE TABLE public.systems (id int, name text, note text); INSERT INTO public.systems VALUES (4326, 'WGS 84', '');
       GRANT SELECT (id, name), UPDATE (note) ON public.systems TO PUBLIC`,
    )
    await world.owner.query('GRANT SELECT ON people TO PUBLIC')
    await expect
      .poll(() => world.keeper.settle().then(() => told(user, 'SELECT email FROM public.people LIMIT 1')))
      .toContain('permission denied')
    // The owner of the database, who had it as one of all, keeps it: a table of an extension, as PostGIS' of reference systems.
    expect((await world.admin.query("SELECT has_any_column_privilege('public', 'public.systems', 'SELECT') AS open")).rows).toEqual([
      { open: false },
    ])
    for (const role of ['banking', 'sql_banking']) {
      const has = `has_column_privilege('${role}', 'public.systems', 'name', 'SELECT') AND has_column_privilege('${role}', 'public.systems', 'note', 'UPDATE')`
      expect((await world.admin.query(`SELECT ${has} AS keeps`)).rows).toEqual([{ keeps: true }])
    }
    expect((await world.owner.query('SELECT id, name FROM public.systems')).rows).toEqual([{ id: 4326, name: 'WGS 84' }])
  })
})

describe('the owner of a database', () => {
  /** Says who called it, into a table that everybody may write. */
  const spy = (signature: string, returns: string, result: string) =>
    `CREATE FUNCTION ${signature} RETURNS ${returns} LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.seen VALUES (current_user); ${result}; END $$`

  it('has nothing of his own called as superuser: by tables and functions of the catalogue’s names, on a path that he sets', async () => {
    const { owner, admin, keeper } = world
    await owner.query(`CREATE SCHEMA evil; CREATE TABLE evil.seen (who name); GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT INSERT ON evil.seen TO PUBLIC;
      ${spy('evil.oid(oid)', 'oid', 'RETURN $1')}; ${spy('evil.obj_description(oid, name)', 'text', 'RETURN pg_catalog.obj_description($1, $2)')};
      ${spy('evil.regexp_matches(text, text, text)', 'SETOF text[]', 'RETURN QUERY SELECT pg_catalog.regexp_matches($1, $2, $3)')}`)
    const client = await owner.connect()
    try {
      await client.query(
        `CREATE TEMP VIEW pg_class AS SELECT evil.oid(oid) AS oid, relname, relkind, relowner, relacl FROM pg_catalog.pg_class`,
      )
      await client.query('DROP FUNCTION IF EXISTS nothing()')
      await client.query('CREATE TABLE made (x int)')
      await client.query('ALTER TABLE made ADD y int; DROP TABLE made; DROP VIEW pg_temp.pg_class')
    } finally {
      client.release(true)
    }
    await owner.query('ALTER DATABASE banking SET search_path = evil, pg_catalog, public')
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $$postgres$$ AND pid <> pg_backend_pid()')
    await owner.query('CREATE TABLE made (x int); DROP TABLE made')
    await expect.poll(() => keeper.settle().catch(String)).toBeUndefined()
    await owner.query('ALTER DATABASE banking RESET search_path')
    expect((await admin.query('SELECT DISTINCT who FROM evil.seen')).rows).toEqual([])
    await owner.query('DROP SCHEMA evil CASCADE')
  })
})

describe('an account that is gone', () => {
  it('is ended when something on the server is his, and keeps nobody from being followed where that cannot be removed', async () => {
    const eve = await world.person('eve', 'user')
    const client = await world.as(eve, 'postgres')
    await client.query('SELECT lo_create(0)')
    world.people.delete('eve')
    await world.person('tom', 'user')
    const tom = await world.as(await world.person('tom'))
    world.people.set('tom', { id: 'account of tom', roles: ['viewer'], rightsVersion: 1 })
    await expect(world.keeper.settle()).rejects.toThrow('cannot be dropped')
    await expect(world.as(eve)).rejects.toThrow('not permitted to log in')
    await expect(tom.query('SELECT 1')).rejects.toThrow()
    expect(await told(await world.as(await world.person('tom')), 'SELECT count(*)::int FROM notes')).toEqual([[900]])
  })
})
