// Masks and filters as PostgreSQL computes them: what Trino answers for the same values, or a refusal by name.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { translateFilter, translateMask } from '#parts/sql/connectors/postgresql/direct/translate'
import type { PgColumn } from '#parts/sql/connectors/postgresql/types'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const column = (name: string, typname: string, typmod = -1): PgColumn => ({
  name,
  typname,
  typmod,
  kind: 'b',
  typschema: 'pg_catalog',
  element: undefined,
  nullable: true,
  comment: undefined,
  nested: [],
})
const COLUMNS = [
  column('t', 'text'),
  column('Upper', 'text'),
  column('short', 'varchar', 7),
  column('n', 'int8'),
  column('i', 'int4'),
  column('d', 'date'),
  column('at', 'timestamp', 3),
  column('b', 'bool'),
  column('blank', 'bpchar', 9),
  column('price', 'numeric'),
]
const named = (name: string) => COLUMNS.find((c) => c.name === name) as PgColumn

let server: TempPostgres
let client: pg.Client
beforeAll(async () => {
  server = await startTempPostgres()
  client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  await client.query(
    'CREATE TABLE x (t text, "Upper" text, short varchar(3), n bigint, i int, d date, at timestamp(3), b boolean, blank char(5), price numeric)',
  )
}, 60_000)
afterAll(async () => {
  await client?.end()
  await server?.stop()
})

/** The value of an expression over a row with this value in one column, as text. */
async function shownAs(sql: string, name: string, value: string | null): Promise<string | null> {
  await client.query('TRUNCATE x')
  await client.query(`INSERT INTO x (${pg.escapeIdentifier(name)}) VALUES ($1)`, [value])
  const { rows } = await client.query(`SELECT (${sql})::text AS v FROM x`)
  return (rows[0] as { v: string | null }).v
}

/** What Trino 476 answers. */
const MASKS: readonly (readonly [name: string, mask: string, value: string | null, shown: string | null])[] = [
  ['t', 'substr("t", 1, 1) || \'***\'', 'Ada', 'A***'],
  ['t', 'substr("t", 1, 1) || \'***\'', '', '***'],
  ['t', 'substr("t", 1, 1) || \'***\'', null, null],
  ['t', 'substr("t", 0, 2)', 'Ada', ''],
  ['t', 'substr("t", 2)', '😀bc', 'bc'],
  ['t', 'substr("t", -2)', 'a', ''],
  ['t', 'substr("t", -2)', 'abc', 'bc'],
  ['t', 'substr("t", -3, 2)', 'abcd', 'bc'],
  ['t', 'substr("t", 1, -1)', 'abcd', ''],
  ['t', 'split_part("t", \'@\', 2)', 'a@b@c', 'b'],
  ['t', 'split_part("t", \'@\', 2)', 'a', null],
  ['t', 'split_part("t", \'@\', 2)', 'a@', ''],
  ['t', 'split_part("t", \'@@\', 2)', 'a@@@b', '@b'],
  ['t', 'concat("t", \'-\', NULL)', 'a', null],
  ['t', 'lower(to_hex(sha256(to_utf8("t"))))', 'a', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  ['t', 'CASE WHEN length("t") > 2 THEN \'***\' ELSE "t" END', 'abc', '***'],
  ['t', "CASE \"t\" WHEN 'a' THEN 'x' END", 'b', null],
  ['t', 'coalesce("t", \'none\')', null, 'none'],
  ['t', 'reverse("t")', 'abc', 'cba'],
  ['t', "'it''s'", 'x', "it's"],
  ['Upper', 'substr(upper, 1, 1)', 'xyz', 'x'],
  ['short', 'substr("short", 2)', 'abc', 'bc'],
  ['short', "'***'", 'abc', '***'],
  ['n', '"n" / 10 * 10', '-17', '-10'],
  ['n', '"n" % 10', '-17', '-7'],
  ['n', '0', '5', '0'],
  ['i', '"i" - 1', '5', '4'],
  ['d', 'date_trunc(\'year\', "d")', '2024-02-29', '2024-01-01'],
  ['d', 'date_trunc(\'week\', "d")', '2024-01-01', '2024-01-01'],
  ['d', 'date_trunc(\'quarter\', "d")', '0001-12-31', '0001-10-01'],
  ['at', 'date_trunc(\'hour\', "at")', '2024-01-01 10:59:59.999', '2024-01-01 10:00:00'],
  ['b', 'NOT "b"', 't', 'false'],
  ['price', 'NULL', '1.5', null],
  ['blank', 'NULL', 'x', null],
]

describe('a mask', () => {
  it.each(MASKS)('of %s, %s, shows %s as %s', async (name, mask, value, shown) => {
    expect(await shownAs(translateMask(mask, named(name), COLUMNS), name, value)).toBe(shown)
  })

  it.each([
    ['t', 'upper("t")', 'the function upper'],
    ['t', 'lower("t")', 'lower of letters beyond ASCII'],
    ['t', 'regexp_replace("t", \'a\')', 'the function regexp_replace'],
    ['t', 'substr("t", "i")', 'substr with a start that is computed'],
    ['t', 'split_part("t", \'\', 1)', 'split_part with a delimiter or an index that is computed, or empty'],
    ['t', 'CAST("d" AS varchar)', 'CAST of date to varchar'],
    ['t', '"n"', 'a mask of the type bigint of a column of the type text'],
    ['t', 'current_user', 'an expression of the kind special'],
    ['t', 'my.f("t")', 'the function my'],
    ['t', '"absent"', 'a name that is not one column of the table'],
    ['t', '"blank"', 'a column of the type bpchar'],
    ['short', 'substr("short", 1, 1) || \'***\'', 'a mask of the type varchar of a column of the type varchar'],
    ['price', '0', 'a mask of a column of the type numeric'],
    ['n', '10 / "n"', '/ by what is no positive literal'],
    ['n', '"n" / 0', '/ by what is no positive literal'],
    ['d', 'date_trunc(\'hour\', "d")', 'date_trunc of date'],
  ])('of %s, %s, is refused: %s', (name, mask, why) => {
    expect(() => translateMask(mask, named(name), COLUMNS)).toThrow(why)
  })
})

describe('a filter', () => {
  it.each([
    ['NOT "b"', 'b', 'f', true],
    ['NOT "b"', 'b', null, null],
    ["\"t\" IN ('a', 'b')", 't', 'c', false],
    ['"t" NOT IN (\'a\', NULL)', 't', 'b', null],
    ['"t" LIKE \'a\\%\'', 't', 'a\\b', true],
    ['"t" LIKE \'a_c\'', 't', 'abc', true],
    ['"t" < \'B\'', 't', 'a', false],
    ['"n" BETWEEN 1 AND 3 OR "n" IS NULL', 'n', null, true],
    ['"n" IS DISTINCT FROM 1', 'n', null, true],
    ['"d" >= DATE \'2024-01-01\'', 'd', '2023-12-31', false],
  ] as const)('%s, of %s that is %s, is %s', async (filter, name, value, holds) => {
    expect(await shownAs(translateFilter(filter, COLUMNS), name, value)).toBe(holds === null ? null : String(holds))
  })

  it.each(['"t"', '"t" = 1', '"at" > TIMESTAMP \'2024-01-01 00:00:00\'', 'EXISTS (SELECT 1)', '"blank" = \'x\''])(
    '%s is refused',
    (filter) => {
      expect(() => translateFilter(filter, COLUMNS)).toThrow()
    },
  )
})
