import { describe, expect, it } from 'vitest'
import { complete, type Names } from '~/lib/sql/complete'
import { cursorContext } from '~/lib/sql/context'

const TABLES = {
  iceberg: [
    { catalog: 'iceberg', schema: 'banking', table: 'transactions' },
    { catalog: 'iceberg', schema: 'analytics', table: 'daily' },
  ],
  banking: [
    { catalog: 'banking', schema: 'public', table: 'customers' },
    { catalog: 'banking', schema: 'public', table: 'Odd Name' },
  ],
} as const

const names: Names = {
  catalogs: async () => Object.keys(TABLES),
  tables: async (catalog) => TABLES[catalog as keyof typeof TABLES] ?? [],
  columns: async (t) =>
    t.table === 'customers'
      ? [
          { name: 'id', type: 'bigint' },
          { name: 'full_name', type: 'varchar' },
        ]
      : [{ name: 'amount', type: 'decimal(12,2)' }],
  functions: async () => [{ name: 'approx_distinct', signature: 'bigint (T)' }],
}

/** Labels at the `|` of the text. */
async function at(text: string, defaults = {}): Promise<string[]> {
  const position = text.indexOf('|')
  const found = await complete(text.replace('|', ''), position, names, defaults)
  return (found?.suggestions ?? []).filter((s) => s.kind !== 'keyword').map((s) => s.apply)
}

describe('completion', () => {
  it('offers catalogues after FROM', async () => expect(await at('SELECT * FROM |')).toEqual(['iceberg', 'banking']))

  it('offers the tables of the session first', async () =>
    expect(await at('SELECT * FROM |', { catalog: 'banking', schema: 'public' })).toEqual([
      'customers',
      '"Odd Name"',
      'public',
      'iceberg',
      'banking',
    ]))

  it('offers schemas, then tables, quoted where they must be', async () => {
    expect(await at('SELECT * FROM iceberg.|')).toEqual(['banking', 'analytics'])
    expect(await at('SELECT * FROM banking.public.|')).toEqual(['customers', '"Odd Name"'])
    expect(await at('SELECT * FROM banking.public.cu| WHERE true')).toEqual(['customers', '"Odd Name"'])
  })

  it('offers relations in a comma list and after JOIN', async () => {
    expect(await at('SELECT * FROM iceberg.banking.transactions t, |')).toEqual(['iceberg', 'banking'])
    expect(await at('SELECT * FROM a JOIN ban|')).toEqual(['iceberg', 'banking'])
  })

  it('offers the columns of an alias, also before the FROM is finished below', async () => {
    expect(await at('SELECT c.| FROM banking.public.customers c')).toEqual(['id', 'full_name'])
    expect(await at('SELECT customers.| FROM banking.public.customers')).toEqual(['id', 'full_name'])
    expect(await at('SELECT x.| FROM customers AS x', { catalog: 'banking', schema: 'public' })).toEqual(['id', 'full_name'])
  })

  it('offers columns of all tables, aliases and functions in an expression', async () => {
    const found = await at('SELECT | FROM banking.public.customers c JOIN iceberg.banking.transactions t ON c.id = t.id')
    expect(found).toEqual(['id', 'full_name', 'amount', 'c', 't', 'approx_distinct'])
  })

  it('sees only the statement of the cursor', async () => {
    expect(await at('SELECT * FROM iceberg.banking.transactions; SELECT | FROM banking.public.customers')).toEqual([
      'id',
      'full_name',
      'approx_distinct',
    ])
  })

  it('is silent in texts, comments and numbers', () => {
    for (const sql of ["SELECT 'a", '-- from ', 'SELECT 12']) expect(cursorContext(sql, sql.length).kind, sql).toBe('none')
  })

  it('knows where the word begins', () => {
    expect(cursorContext('SELECT * FROM ice', 17)).toMatchObject({ kind: 'relation', from: 14, prefix: 'ice', path: [] })
  })
})
