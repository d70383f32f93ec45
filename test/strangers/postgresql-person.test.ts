// PostgreSQL as oneself, by the real psql over TLS: each persona of the demo sees in every table and column what SQL shows him there, and is refused what SQL refuses.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_CATALOGS } from '#platform/names'
import { platform, run } from '#test/support/platform'
import { ask, type SqlServer } from '#test/support/trino'

const PERSONAS = ['admin@demo', 'engineer@demo', 'analyst@demo', 'user@demo', 'viewer@demo']
/** Rows of each table that are held against each other. */
const ROWS = 200
/** Views whose answer depends on who asks; of PostGIS. */
const LEFT_OUT = ['geospatial.public.geography_columns', 'geospatial.public.geometry_columns']

async function sqlOf(env: Record<string, string>, text: string) {
  const server: SqlServer = { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
  return ask(server, text)
}
const psql = (env: Record<string, string>, database: string, text: string) =>
  run('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '--csv', '-t', '-P', 'null=∅', '-c', text], {
    env: { ...process.env, ...env, PGDATABASE: database },
  })

const id = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Times without zeros at the end of a second, numbers as numbers, truth as PostgreSQL spells it. */
function plain(value: unknown, type: string): string {
  if (value === null) return '∅'
  if (type === 'boolean') return value === true || value === 'true' ? 't' : 'f'
  if (type.startsWith('timestamp') || type.startsWith('time')) return String(value).replace(/(:\d\d)\.?0+$|(\.\d*?[1-9])0+$/, '$1$2')
  if (type === 'double' || type === 'real') return String(Number(value))
  return String(value)
}

function fields(csv: string): string[][] {
  const found: string[][] = [[]]
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    if (quoted === undefined && bare === '' && end === '') break
    ;(found.at(-1) as string[]).push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\n') found.push([])
  }
  return found.filter((row) => row.length > 0)
}

beforeAll(async () => {
  const { AKKO_CA_FILE } = await platform().env()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(AKKO_CA_FILE as string, 'utf8')])
})

describe.each(PERSONAS)('%s', (persona) => {
  it('sees in psql what SQL shows him', async () => {
    const env = await platform().env(persona)
    expect(env.PGUSER).toMatch(/^person_/)
    let compared = 0
    for (const [catalog, database] of Object.entries(DATABASE_CATALOGS)) {
      const { rows: columns, error } = await sqlOf(
        env,
        `SELECT table_schema, table_name, column_name, data_type FROM ${catalog}.information_schema.columns WHERE table_schema <> 'information_schema' ORDER BY 1, 2, ordinal_position`,
      )
      expect(error).toBeUndefined()
      const tables = Map.groupBy(columns as [string, string, string, string][], ([schema, table]) => JSON.stringify([schema, table]))
      for (const [key, list] of tables) {
        const [schema, table] = JSON.parse(key) as [string, string]
        const names = list.map(([, , name]) => name)
        const types = list.map(([, , , type]) => type)
        if (LEFT_OUT.includes(`${catalog}.${schema}.${table}`)) {
          expect((await psql(env, database, `SELECT * FROM ${id(table)}`)).stderr).toContain('permission denied')
          continue
        }
        const bySql = await sqlOf(env, `SELECT * FROM ${catalog}.${id(schema)}.${id(table)} ORDER BY 1 LIMIT ${ROWS}`)
        expect(bySql.error, `${catalog}.${schema}.${table}`).toBeUndefined()
        const shown = names.map((name, i) => (types[i] === 'varchar' ? `${id(name)}::text COLLATE "C"` : id(name)))
        const byPsql = await psql(env, database, `SELECT ${shown.join(', ')} FROM ${id(table)} ORDER BY 1 LIMIT ${ROWS}`)
        expect(byPsql.code, `${catalog}.${schema}.${table}: ${byPsql.stderr}`).toBe(0)
        if (table === 'cities') {
          // Geometry is printed otherwise by intention: text of SQL, bytes of PostgreSQL.
          expect(fields(byPsql.stdout)).toHaveLength(bySql.rows.length)
          continue
        }
        const normal = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.map((value, i) => plain(value, types[i] as string)))
        expect(normal(fields(byPsql.stdout).map((row) => row.map((v) => (v === '∅' ? null : v))))).toEqual(normal(bySql.rows))
        compared++
      }
    }
    console.log(`${persona}: ${compared} tables`)
  }, 120_000)
})

it('refuses what SQL refuses', async () => {
  const env = await platform().env('viewer@demo')
  expect((await psql(env, 'banking', 'SELECT 1')).stderr).toContain('permission denied for database "banking"')
  const user = await platform().env('user@demo')
  for (const text of [
    'SELECT email FROM public.customers',
    'DELETE FROM public.transactions',
    'CREATE TABLE mine (x int)',
    'CREATE TEMP TABLE x (y int)',
  ])
    expect((await psql(user, 'banking', text)).stderr, text).toMatch(/permission denied/)
  expect((await psql({ ...user, PGSSLMODE: 'disable' }, 'banking', 'SELECT 1')).stderr).toContain('no encryption')
  expect((await psql(user, 'postgres', 'SELECT 1')).stderr).toContain('pg_hba.conf rejects')
})
