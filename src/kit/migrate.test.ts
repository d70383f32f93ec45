import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '#kit/migrate'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

let postgres: TempPostgres
let pool: pg.Pool
beforeAll(async () => {
  postgres = await startTempPostgres()
  pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 5 })
  pool.on('error', () => undefined)
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})

const steps = (schema: string) => [
  `CREATE TABLE ${schema}.log (n int); INSERT INTO ${schema}.log VALUES (1)`,
  `INSERT INTO ${schema}.log VALUES (2)`,
]
const column = async (text: string) => (await pool.query<unknown[]>({ text, rowMode: 'array' })).rows.map(([value]) => value)

describe('migrations', () => {
  it('run once each, whoever starts at the same time, and only what is new later', async () => {
    await Promise.all([1, 2, 3].map(() => migrate(pool, { schema: 'several', steps: steps('several').slice(0, 1) })))
    await migrate(pool, { schema: 'several', steps: steps('several') })
    expect(await column('SELECT n FROM several.log ORDER BY n')).toEqual([1, 2])
    expect(await column('SELECT step FROM several.migrations ORDER BY step')).toEqual([1, 2])
  })
  it('run all or not at all', async () => {
    const broken = [...steps('broken'), 'SELECT no_such_function()']
    await expect(migrate(pool, { schema: 'broken', steps: broken })).rejects.toThrow('no_such_function')
    expect(await column("SELECT nspname FROM pg_namespace WHERE nspname = 'broken'")).toEqual([])
  })
  it('take over what was counted in another form, once', async () => {
    for (const [schema, first] of [
      ['from_one', 1],
      ['from_zero', 0],
    ] as const) {
      const earlier = { table: first === 1 ? 'migrations' : 'migration', column: 'version', first }
      await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${earlier.table} (version int PRIMARY KEY);
        INSERT INTO ${schema}.${earlier.table} VALUES (${first}); CREATE TABLE ${schema}.log (n int); INSERT INTO ${schema}.log VALUES (1)`)
      for (let start = 0; start < 2; start++) await migrate(pool, { schema, steps: steps(schema), earlier })
      expect(await column(`SELECT n FROM ${schema}.log ORDER BY n`)).toEqual([1, 2])
      expect(await column(`SELECT step FROM ${schema}.migrations ORDER BY step`)).toEqual([1, 2])
    }
  })
  it('belong to a schema with a plain name', async () => {
    await expect(migrate(pool, { schema: 'a"; SELECT 1', steps: [] })).rejects.toThrow('not a plain name')
  })
})
