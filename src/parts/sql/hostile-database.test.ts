// Tables of PostgreSQL with hostile names, rows and conditions: each statement answers as with harmless ones.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { DATABASE } from '#parts/sql/dialect/test-lake'
import { OPEN, ROWS, sameAnswers, sameLife } from '#parts/sql/hostile-testing'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

let lake: TestLake
let server: TempPostgres
let admin: pg.Pool
beforeAll(async () => {
  server = await startTempPostgres()
  admin = new pg.Pool({ connectionString: server.url('postgres') })
  admin.on('error', () => {})
  lake = await startTestLake(
    OPEN,
    () => ['engineer'],
    (authoriser) => ({ pg: createPostgresConnector({ catalog: 'pg', pool: admin, authoriser }) }),
  )
  await lake.rows('CREATE TABLE iceberg.ns.copied (id integer, word varchar, other varchar)')
}, 120_000)
afterAll(async () => {
  await lake?.stop()
  await admin?.end()
  await server?.stop()
})

const kept = (names: readonly string[]): string[] => names.map((name) => pg.escapeIdentifier(name.toLowerCase()))

it('a life of tables in PostgreSQL is the same with hostile words', { timeout: 600_000 }, async () => {
  expect(DATABASE.length).toBeGreaterThan(10)
  await sameLife(lake, DATABASE, 0, async ([a, b, c], names) => {
    const [schema, table, id] = kept(names) as [string, string, string]
    await admin.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (${id} int, ${schema} text, ${table} text)`)
    await admin.query(`INSERT INTO ${schema}.${table} VALUES (1, $1, $2), (2, $2, $3), (3, $3, NULL), (4, 'x', $1)`, [a, b, c])
  })
})

it('300 random queries over tables of PostgreSQL answer as with harmless words', { timeout: 600_000 }, async () => {
  const make = async (literals: readonly string[], names: readonly string[]) => {
    const [a, b, c, schema, table] = kept(names) as [string, string, string, string, string]
    await admin.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE ${schema}.${table} (id int, ${a} text, ${b} text, ${c} text)`)
    const rows = ROWS.replaceAll(/‹(\d)›/g, (_, i: string) => pg.escapeLiteral(literals[Number(i)] as string))
    await admin.query(`INSERT INTO ${schema}.${table} ${rows}`)
  }
  await sameAnswers(lake, 300, { catalog: 'pg', limited: 0, versioned: false, make })
  expect.hasAssertions()
})
