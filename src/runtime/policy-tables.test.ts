// What is wrong with masks, filters and names: whatever the tables are, and by those that there are.
import { describe, expect, it } from 'vitest'
import { shippedText } from '#platform/access'
import { runCases } from '#runtime/policy-cases'
import { compileWhole } from '#runtime/policy-store'
import { judgeByTables, type KnownTables } from '#runtime/policy-tables'
import type { TableForm } from '#wire/governance'

const ADMIN = 'roles:\n  akko-admin: { all: true }\n'
const form = (name: string, columns: Readonly<Record<string, string>>): TableForm => ({
  path: name.split('.') as [string, string, string],
  columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
})
const KNOWN: KnownTables = {
  catalogs: ['iceberg', 'banking'],
  buckets: ['akko-shared', 'akko-projects'],
  schemas: ['iceberg.banking', 'iceberg.banking.private', 'iceberg.empty', 'banking.public'],
  tables: [
    form('iceberg.banking.customers', {
      customer_id: 'bigint',
      Email: 'varchar',
      birth_date: 'date',
      region: 'varchar',
      place: 'geometry',
    }),
    form('banking.public.customers', { customer_id: 'bigint', email: 'varchar(80)', born: 'varchar' }),
  ],
}

async function problems(text: string, known?: KnownTables): Promise<{ told: string; notices: string[] }> {
  const notices: string[] = []
  const judge = known && judgeByTables(known, (notice) => notices.push(notice))
  const told = await compileWhole([{ name: 'p.yaml', text: ADMIN + text }], judge).then(
    () => 'none',
    (error: Error) => error.message,
  )
  return { told, notices }
}

const mask = (sql: string) => `masks:\n  m: "${sql}"\n`
const filter = (sql: string) => `rowFilters:\n  - { schemas: [iceberg.banking], column: region, filter: "${sql}" }\n`

describe('whatever the tables are', () => {
  it.each([
    ["subst({column}, 1, 1) || '***'", 'p.yaml:4:3: masks.m: there is no function subst; the nearest is substr'],
    ['lower(upper(no_such_thing({column})))', 'masks.m: there is no function no_such_thing'],
    ['pg_catalog.lowr({column})', 'there is no function lowr; the nearest is lower'],
    ['substr({column})', 'masks.m: it fits a column of no type; over a varchar: Unexpected parameters'],
    ['count({column})', 'masks.m: it fits a column of no type; over a varchar: Row filter or column mask cannot contain aggregations'],
    ['(SELECT 1)', 'masks.m: a query may not stand in it'],
    ['{column} +', 'masks.m: it is no SQL expression: mismatched input'],
    ["'{column}'", 'masks.m: {column} stands in a text'],
  ])('a mask %s is refused', async (sql, told) => {
    expect((await problems(mask(sql))).told).toContain(told)
  })

  it.each([
    ["substr({column}, 1, 1) || '***'"],
    ['NULL'],
    ['0'],
    ["date_trunc('year', {column})"],
    ['to_hex(hmac_sha256(to_utf8({column}), to_utf8(region)))'],
    ["transform({column}, x -> '***')"],
    ['CAST({column} AS varchar)'],
    ['coalesce(try_cast({column} AS bigint), -1)'],
    ['{column}.part'],
    ['CAST(ROW({column}, 1) AS ROW(a varchar, b integer))'],
    ["if({column} IS NULL, NULL, '***')"],
    ['murmur3({column})'], // Trino's, which the engine of one machine has not
  ])('a mask %s is not', async (sql) => {
    expect((await problems(mask(sql))).told).toBe('none')
  })

  it.each([
    ['{column} || region', 'none'],
    [
      "concat({column}, 'x')",
      'p.yaml:4:51: rowFilters.0.filter: it fits a column of no type; over a varchar: Row filter must evaluate to a boolean',
    ],
    ["contians({column}, 'x')", 'rowFilters.0.filter: there is no function contians; the nearest is contains'],
    ["{column} = 'north' OR {column} IS NULL", 'none'],
  ])('a filter %s: %s', async (sql, told) => {
    expect((await problems(filter(sql))).told).toContain(told)
  })

  it('a table where a schema stands, in a catalogue whose schemas lie in no other', async () => {
    const text =
      '  clerk: { read: [banking.public.customers, iceberg.a.b] }\nrowFilters:\n  - { schemas: [banking.public.customers], column: c, filter: "{column}" }\n'
    const { told } = await problems(text)
    expect(told).toContain(
      'p.yaml:3:19: roles.clerk.read.0: no schema of banking lies in another; a table is { table: banking.public.customers }',
    )
    expect(told).toContain(
      'p.yaml:5:17: rowFilters.0.schemas.0: no schema of banking lies in another; tables of a schema are named by `tables: [customers]`',
    )
    expect(told).toContain('2 problem(s)')
  })

  it('a case of an unknown catalogue fails at its line, and the others are judged', async () => {
    const policy = await compileWhole([shippedText])
    const text = 'cases:\n  - { roles: [akko-user], object: iecberg.a.t }\n  - { roles: [akko-admin], object: iceberg.a.t }\n'
    const [first, second] = runCases(policy, [{ name: 'c.test.yaml', text }])
    expect(first).toMatchObject({
      at: 'c.test.yaml:2',
      problems: [expect.stringContaining('there is no catalogue iecberg; the nearest is iceberg')],
    })
    expect(second).toMatchObject({ at: 'c.test.yaml:3', problems: [] })
  })
})

describe('by the tables that there are', () => {
  const classified = (schemas: string, column: string, sql: string, more = '') =>
    `masks: { m: "${sql}" }\nclassified:\n  - { schemas: [${schemas}], ${more}column: ${column}, as: m }\n`

  it.each([
    [
      'a schema',
      '  clerk: { read: [iceberg.bankign] }\n',
      'p.yaml:3:19: roles.clerk.read.0: there is no schema iceberg.bankign; the nearest is iceberg.banking',
    ],
    [
      'a table as a schema',
      '  clerk: { read: [iceberg.banking.Customers] }\n',
      'roles.clerk.read.0: iceberg.banking.customers is a table, and no schema; a table is { table: iceberg.banking.customers }',
    ],
    [
      'a table',
      '  clerk: { write: [{ table: iceberg.banking.custmers }] }\n',
      'roles.clerk.write.0.table: there is no table iceberg.banking.custmers; the nearest is iceberg.banking.customers',
    ],
    [
      'a column of a grant',
      '  clerk: { read: [{ table: iceberg.*.customers, columns: [CUSTOMER_ID, emal] }] }\n',
      'p.yaml:3:72: roles.clerk.read.0.columns.1: iceberg.*.customers has no column emal; the nearest is Email',
    ],
    [
      'a table of a rule',
      classified('iceberg.banking', 'email', 'NULL', 'tables: [custmers], '),
      'p.yaml:5:44: classified.0.tables.0: there is no table custmers; the nearest is customers',
    ],
    [
      'a column of a rule',
      classified('iceberg.banking', 'birthdate', 'NULL'),
      'p.yaml:5:35: classified.0.column: iceberg.banking.customers has no column birthdate; the nearest is birth_date',
    ],
    [
      'one of a named table',
      classified('banking.public', 'iban', 'NULL', 'tables: [customers], '),
      'banking.public.customers has no column iban; known: customer_id, email, born',
    ],
    [
      'a mask of another type',
      classified('iceberg.banking', 'birth_date', "'***'"),
      'p.yaml:5:55: classified.0.as: mask m does not fit iceberg.banking.customers.birth_date: it is of the type varchar(3), the column of the type date',
    ],
    [
      'a function of another type',
      classified('banking.public', 'born', "date_trunc('year', {column})"),
      'classified.0.as: mask m does not fit banking.public.customers.born: ',
    ],
    [
      'a column of a mask',
      classified('iceberg.banking, banking.public', 'email', '{column} || regoin'),
      "iceberg.banking.customers.Email: Column 'regoin' cannot be resolved; the nearest is region; banking.public.customers.email: Column 'regoin' cannot be resolved; the columns are customer_id, email, born",
    ],
    [
      'a filter of another type',
      filter('{column} > 5'),
      'p.yaml:4:51: rowFilters.0.filter: it does not fit iceberg.banking.customers.region: ',
    ],
    [
      'what Trino has and this engine has not',
      classified('iceberg.banking', 'email', 'murmur3({column})'),
      'function murmur3 is not served here yet',
    ],
  ])('%s is told', async (_, text, told) => {
    expect((await problems(text)).told).toBe('none')
    expect((await problems(text, KNOWN)).told).toContain(told)
  })

  it('what is not there yet, and resembles nothing, is no problem', async () => {
    const text = `  clerk:
    read: [iceberg.banking, iceberg.empty, iceberg.loans, healthcare.bankign, { table: iceberg.banking.transfers }, '*.*']
masks: { m: "'***'", n: 'NULL' }
classified:
  - { schemas: [iceberg.banking, healthcare.public], column: ssn, as: m }
  - { schemas: [banking.public], column: email, as: m }
  - { schemas: [iceberg.banking], column: place, as: n }
`
    const { told, notices } = await problems(text, KNOWN)
    expect(told).toBe('none')
    expect(notices).toEqual([
      'there is no schema iceberg.loans yet',
      'there is no table iceberg.banking.transfers yet',
      'iceberg.banking.customers has no column ssn yet',
    ])
  })

  it('a bucket that is spelled otherwise is told, one that is not there yet too', async () => {
    const { told, notices } = await problems('  clerk: { buckets: [akko-shared, akko-sharde, letters] }\n', KNOWN)
    expect(told).toContain('p.yaml:3:35: roles.clerk.buckets.1: there is no bucket akko-sharde; the nearest is akko-shared')
    expect(notices).toEqual(['there is no bucket letters yet'])
  })

  it('the shipped policy has none', async () => {
    const judge = judgeByTables(KNOWN, () => {})
    await expect(compileWhole([shippedText], judge)).resolves.toBeDefined()
  })
})
