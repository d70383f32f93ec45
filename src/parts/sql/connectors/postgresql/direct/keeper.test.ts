// Persons on a real server: what each sees is what the policy says, follows it and the owner's definitions, and ends with his account.
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Login } from '#parts/sql/connectors/postgresql/direct/keeper'
import { type DirectWorld, MODEL, startDirectWorld } from '#parts/sql/connectors/postgresql/direct/test-world'

const DEFINITIONS = `
  CREATE TABLE people (id bigint PRIMARY KEY, full_name text, email text, birth_date date, nick text, city varchar(20));
  INSERT INTO people VALUES (1, 'Ada L', 'ada@one.example', '1815-12-10', 'al', 'London'), (2, '', 'no at', NULL, NULL, 'Paris'), (3, NULL, NULL, '2000-02-29', 'x', NULL);
  CREATE TABLE notes (id serial PRIMARY KEY, body text, confidential boolean);
  INSERT INTO notes (body, confidential) VALUES ('open', false), ('hidden 4711', true), ('unmarked', NULL);
  CREATE TABLE cities (name text PRIMARY KEY, people int);
  INSERT INTO cities VALUES ('London', 9), ('Paris', 2);
  ALTER TABLE people ADD UNIQUE (email);
  CREATE TABLE lives (mail text REFERENCES people (email), city text REFERENCES cities);
  CREATE VIEW big AS SELECT name FROM cities WHERE people > 5;
  CREATE VIEW mine AS SELECT name FROM cities WHERE name = current_user;
  CREATE TABLE own_rules (id int); ALTER TABLE own_rules ENABLE ROW LEVEL SECURITY;
  CREATE SCHEMA "Other"; CREATE TABLE "Other"."Odd ""name" ("Id" int); INSERT INTO "Other"."Odd ""name" VALUES (7);`

let world: DirectWorld
const opened: pg.Client[] = []
async function session(login: Login, database?: string): Promise<pg.Client> {
  const client = await world.as(login, database)
  opened.push(client)
  return client
}
const rows = async (client: pg.Client, text: string) => (await client.query({ text, rowMode: 'array' })).rows as unknown[][]
const told = (client: pg.Client, text: string) =>
  client.query({ text, rowMode: 'array' }).then(
    ({ rows, command, rowCount }) => (command === 'SELECT' ? rows : rowCount),
    (error: Error) => error.message,
  )

beforeAll(async () => {
  world = await startDirectWorld(DEFINITIONS)
}, 120_000)
afterAll(async () => {
  await Promise.all(opened.map((client) => client.end().catch(() => {})))
  await world?.stop()
})

describe('a person', () => {
  it('sees what his roles show him, by the names that the tables have', async () => {
    const ada = await session(await world.person('ada@demo', 'user'))
    expect(await rows(ada, 'SELECT id, full_name, email, birth_date::text, city FROM people ORDER BY id')).toEqual([
      ['1', 'A***', '***@one.example', '1815-01-01', 'London'],
      ['2', '***', null, null, 'Paris'],
      ['3', null, null, '2000-01-01', null],
    ])
    expect(await rows(ada, 'SELECT name FROM cities ORDER BY 1')).toEqual([['London'], ['Paris']])
    expect(await rows(ada, 'SELECT * FROM big')).toEqual([['London']])
    expect(await rows(ada, 'SELECT * FROM "Odd ""name"')).toEqual([[7]])
    expect(await told(ada, 'SELECT email FROM public.people')).toBe('permission denied for table people')
    expect(await told(ada, 'SELECT * FROM mine')).toBe('permission denied for view mine')
    expect(await told(ada, 'SELECT * FROM own_rules')).toBe('permission denied for table own_rules')
    expect(await told(ada, 'SELECT nick FROM people')).toBe('column "nick" does not exist')
  })

  it('is told what is left out', async () => {
    const { left, databases, user } = await world.person('ada@demo')
    expect(user).toMatch(/^person_ada_demo_[0-9a-f]{20}$/)
    expect(databases).toEqual(['banking', 'healthcare'])
    expect(left.map(({ table, column = '' }) => `${table} ${column}`)).toEqual(['public.mine ', 'public.own_rules ', 'public.people nick'])
  })

  it('sees the rows that a filter leaves', async () => {
    const vic = await session(await world.person('vic', 'viewer'))
    expect(await rows(vic, 'SELECT body FROM notes')).toEqual([['open']])
    expect(await rows(vic, 'SELECT email FROM people WHERE id = 1')).toEqual([['ada@one.example']])
    expect(await told(vic, 'SELECT * FROM "Other"."Odd ""name"')).toBe('permission denied for schema Other')
  })

  it('sees the columns that are granted to him, and no others of the table', async () => {
    const pia = await session(await world.person('pia', 'part'))
    expect(await rows(pia, 'SELECT id, email FROM people WHERE id = 1')).toEqual([['1', '***@one.example']])
    expect(await told(pia, 'SELECT city FROM people')).toBe('column "city" does not exist')
    expect(await rows(pia, 'SELECT name FROM cities ORDER BY 1')).toEqual([['London'], ['Paris']])
    expect(await told(pia, 'SELECT people FROM cities')).toBe('permission denied for table cities')
    expect(await told(pia, 'SELECT * FROM notes')).toBe('permission denied for table notes')
  })

  it('changes rows where SQL would let him', async () => {
    const eve = await session(await world.person('eve', 'engineer'))
    expect(await told(eve, "INSERT INTO notes (body, confidential) VALUES ('new', false)")).toBe(1)
    expect(await told(eve, "UPDATE people SET city = 'Rome' WHERE id = 1")).toBe(1)
    expect(await told(eve, 'DELETE FROM lives')).toBe(0)
    const wim = await session(await world.person('wim', 'writer'))
    expect(await told(wim, "UPDATE people SET city = 'Oslo'")).toBe('permission denied for view people')
    expect(await told(wim, "INSERT INTO notes (body) VALUES ('wim')")).toBe(1)
    expect(await told(wim, 'DELETE FROM "Other"."Odd ""name"')).toMatch(/^permission denied/)
    // The key's answer would tell which hidden people there are.
    expect(await told(wim, "INSERT INTO lives VALUES ('x', 'London')")).toBe('permission denied for table lives')
    await world.owner.query("UPDATE people SET city = 'London' WHERE id = 1; DELETE FROM notes WHERE body IN ('new', 'wim')")
  })

  it('enters the databases of which something is listed for him', async () => {
    const { databases, ...login } = await world.person('hal', 'elsewhere')
    expect(databases).toEqual(['healthcare'])
    await expect(world.as({ databases, ...login })).rejects.toThrow('permission denied for database "banking"')
  })

  it('has a password that ends, and is on record', async () => {
    const { user, validUntil } = await world.person('ada@demo')
    const { rows: found } = await world.admin.query(
      'SELECT rolvaliduntil, rolconnlimit, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = $1',
      [user],
    )
    expect(found).toEqual([{ rolvaliduntil: new Date(validUntil), rolconnlimit: 20, rolsuper: false, rolcreaterole: false }])
    expect(world.told).toContain(`create ada@demo ${user} for 60 minutes`)
  })
})

describe('what changes', () => {
  it('a policy: a mask more ends the sessions of those for whom it holds, and no others', async () => {
    const [ada, vic] = [await session(await world.person('ada@demo')), await session(await world.person('vic'))]
    expect(await told(ada, 'SELECT body FROM notes WHERE id = 1')).toEqual([['open']])
    world.model = { ...MODEL, classified: [...MODEL.classified, { schemas: ['banking.public'], column: 'body', as: 'name' }] }
    await world.keeper.settle()
    await expect(ada.query('SELECT 1')).rejects.toThrow()
    const again = await session(await world.person('ada@demo'))
    expect(await told(again, 'SELECT body FROM notes WHERE id = 1')).toEqual([['o***']])
    expect(await told(vic, 'SELECT body FROM notes')).toEqual([['open']])
    world.model = MODEL
    await world.keeper.settle()
  })

  it('a table of the owner’s is dropped, changed and made as if nobody looked', async () => {
    const ada = await session(await world.person('ada@demo'))
    await world.owner.query("CREATE TABLE letters (id int, email text); INSERT INTO letters VALUES (1, 'a@b')")
    expect(await told(ada, 'SELECT * FROM letters')).toBe('permission denied for table letters')
    await expect.poll(() => world.keeper.settle().then(() => told(ada, 'SELECT * FROM letters'))).toEqual([[1, '***@b']])
    await world.owner.query('ALTER TABLE letters ALTER COLUMN email TYPE varchar(50), ADD COLUMN more text')
    await expect.poll(() => world.keeper.settle().then(() => told(ada, 'SELECT more FROM letters'))).toEqual([[null]])
    await world.owner.query('DROP TABLE letters')
    await world.keeper.settle()
    expect(await told(ada, 'SELECT * FROM letters')).toBe('relation "letters" does not exist')
  })

  it('a column that becomes a classified one is nobody’s in the same transaction', async () => {
    const ada = await session(await world.person('ada@demo'))
    await world.owner.query("CREATE TABLE plain (id int, mail text); INSERT INTO plain VALUES (1, 'a@b')")
    await expect.poll(() => world.keeper.settle().then(() => told(ada, 'SELECT mail FROM plain'))).toEqual([['a@b']])
    await world.owner.query('ALTER TABLE plain RENAME COLUMN mail TO email')
    expect(await told(ada, 'SELECT email FROM plain')).toBe('permission denied for table plain')
    await expect.poll(() => world.keeper.settle().then(() => told(ada, 'SELECT email FROM plain'))).toEqual([['***@b']])
    await world.owner.query('ALTER TABLE plain ADD COLUMN full_name text')
    await world.owner.query('DROP TABLE plain')
  })

  it('a process that begins anew, and has not heard of anybody yet, leaves what is', async () => {
    const ada = await session(await world.person('ada@demo'))
    const next = world.again()
    world.silence = Number.POSITIVE_INFINITY
    await next.settle()
    expect(await told(ada, 'SELECT full_name FROM people WHERE id = 1')).toEqual([['A***']])
    world.silence = 0
    await next.settle()
    expect(await told(await session(await next.open('ada@demo')), 'SELECT full_name FROM people WHERE id = 1')).toEqual([['A***']])
    world.silence = 11_000
    await next.settle()
    await expect(ada.query('SELECT 1')).rejects.toThrow()
    await next.stop()
    world.silence = 0
  })

  it('a role that is taken away, an account that is gone: the session ends', async () => {
    const tom = await world.person('tom', 'engineer')
    const before = await session(tom)
    world.people.set('tom', { id: 'account of tom', roles: ['user'], rightsVersion: 1 })
    await world.keeper.settle()
    await expect(before.query('SELECT 1')).rejects.toThrow()
    const now = await session(tom)
    expect(await told(now, "UPDATE notes SET body = ''")).toBe('permission denied for table notes')
    world.people.delete('tom')
    await world.keeper.settle()
    await expect(now.query('SELECT 1')).rejects.toThrow()
    await expect(world.as(tom)).rejects.toThrow('password authentication failed')
    expect(world.told).toContain(`drop tom ${tom.user} the account is gone or disabled`)
    await expect(world.person('tom')).rejects.toMatchObject({ code: 'postgresql.person_unknown' })
  })
})
