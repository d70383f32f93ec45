// What is written into a PostgreSQL catalogue is what is read from it, by type.
import { describe, expect, it } from 'vitest'
import { bankOfTests } from '#parts/sql/bank-testing'

const { bank, rows, told, there } = bankOfTests()

describe('types', () => {
  const VALUES: readonly (readonly [type: string, pg: string, ...values: string[]])[] = [
    ['boolean', 'boolean', 'true', 'false'],
    ['smallint', 'smallint', "SMALLINT '-32768'", "SMALLINT '32767'"],
    ['integer', 'integer', '-2147483648', '2147483647'],
    ['bigint', 'bigint', '-9223372036854775808', '9007199254740993'],
    ['real', 'real', "REAL '0.1'", "REAL '3053808.25'", 'CAST(nan() AS real)', 'CAST(-infinity() AS real)', "REAL '1.4E-45'"],
    ['double', 'double precision', '0.1E0', '1.7976931348623157E308', '4.9E-324', 'nan()', 'infinity()', '-0.0E0', '1E23'],
    ['decimal(38,10)', 'numeric(38,10)', "DECIMAL '-1234567890123456789012345678.0123456789'", "DECIMAL '0.0000000001'"],
    ['varchar', 'character varying', "''", "U&'tab\\0009 line\\000Acr\\000D back\\005C N'", "'\\N'", "'\\.'", "'😀é''\"'"],
    ['varchar(7)', 'character varying(7)', "'seven77'"],
    ['char(4)', 'character(4)', "CAST('ab' AS char(4))", "CAST('' AS char(4))"],
    ['varbinary', 'bytea', "X'00FF5C0A'", "X''"],
    ['date', 'date', "DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '-0043-03-15'", "DATE '10000-01-01'"],
    ['time(6)', 'time(6) without time zone', "TIME '23:59:59.999999'", "TIME '00:00:00.000000'"],
    ['time(0)', 'time(0) without time zone', "TIME '12:30:00'"],
    ['timestamp(6)', 'timestamp(6) without time zone', "TIMESTAMP '2024-02-29 23:59:59.999999'", "TIMESTAMP '-0043-03-15 01:02:03.000004'"],
    ['timestamp(3)', 'timestamp(3) without time zone', "TIMESTAMP '1969-12-31 23:59:59.999'"],
    [
      'timestamp(6) with time zone',
      'timestamp(6) with time zone',
      "TIMESTAMP '2024-07-01 12:00:00.000001 UTC'",
      "TIMESTAMP '9999-12-31 23:59:59.999999 UTC'",
    ],
    ['json', 'jsonb', `JSON '{"a":[1,"x\\\\n😀",null]}'`, "JSON 'null'"],
    ['uuid', 'uuid', "UUID '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e'"],
  ]

  it.each(VALUES)('%s becomes %s, and what is read is what was written', async (type, kind, ...values) => {
    await rows('DROP TABLE IF EXISTS kind')
    const [first] = values
    await rows(`CREATE TABLE kind AS SELECT 0 AS i, CAST(${first} AS ${type}) AS v`)
    expect(
      await there("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'kind'::regclass AND attname = 'v'"),
    ).toEqual([[kind]])
    for (const [i, value] of values.entries()) await rows(`INSERT INTO kind VALUES (${i + 1}, CAST(${value} AS ${type}))`)
    await rows('INSERT INTO kind (i) VALUES (99)')
    const wanted = [first, ...values].map((value, i) => `SELECT ${i} AS i, CAST(${value} AS ${type}) AS v`).join(' UNION ALL ')
    const text = (from: string) => `SELECT i, typeof(v), CAST(v AS varchar), v FROM (${from}) ORDER BY i`
    const plain = /varbinary|json/.test(type) ? (from: string) => text(from).replace('CAST(v AS varchar), ', '') : text
    expect(await rows(plain('SELECT * FROM kind WHERE i < 99'))).toEqual(await rows(plain(wanted)))
    expect(await rows('SELECT count(*) FROM kind WHERE v IS NULL')).toEqual([[1]])
    await rows('UPDATE kind SET v = (SELECT max_by(v, i) FROM kind WHERE i < 99) WHERE i = 99')
    expect(await rows('SELECT count(*) FROM kind WHERE v IS NULL')).toEqual([[0]])
  })

  it('of more digits are rounded to six as they are stored; those of no column are refused by name', async () => {
    await rows(
      "CREATE TABLE rounded AS SELECT TIMESTAMP '2024-01-01 00:00:00.1234567' AS ts, TINYINT '1' AS t, TIMESTAMP '2024-07-01 12:00:00 Europe/Paris' AS z",
    )
    expect(await rows('SELECT ts, typeof(t), z FROM rounded')).toEqual([
      ['2024-01-01 00:00:00.123457', 'smallint', '2024-07-01 10:00:00 UTC'],
    ])
    for (const [type, value] of [
      ['array(integer)', 'ARRAY[1]'],
      ['map(integer, integer)', 'MAP(ARRAY[1], ARRAY[2])'],
      ['row(x integer)', 'CAST(ROW(1) AS row(x integer))'],
    ]) {
      expect(await told(`CREATE TABLE no (v ${type})`)).toBe(`NOT_SUPPORTED: Unsupported column type: ${type}`)
      expect(await told(`CREATE TABLE no AS SELECT ${value} AS v`)).toBe(`NOT_SUPPORTED: Unsupported column type: ${type}`)
    }
    expect(await told('CREATE TABLE no (v timestamp(9))')).toBe('NOT_SUPPORTED: Unsupported column type: timestamp(9)')
    expect(await there("SELECT count(*)::int FROM pg_class WHERE relname = 'no'")).toEqual([[0]])
  })

  it('that are served as text are not written, and the other columns are', async () => {
    await bank().admin.query(
      "SET ROLE bank; CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE odd (id int, m mood, n numeric, a int[]); RESET ROLE",
    )
    expect(await told("INSERT INTO odd (id, m) VALUES (1, 'ok')")).toBe(
      'NOT_SUPPORTED: Underlying type that is mapped to VARCHAR is not supported for INSERT: mood',
    )
    expect(await told('INSERT INTO odd (id) VALUES (1)')).toEqual(['INSERT', 1])
    expect(await told('UPDATE odd SET id = 2')).toEqual(['UPDATE', 1])
    expect(await told("UPDATE odd SET n = '1'")).toMatch(/^NOT_SUPPORTED/)
    expect(await told('DELETE FROM odd WHERE m IS NULL')).toEqual(['DELETE', 1])
  })

  it('that the database alone fills are its own', async () => {
    await bank().admin.query(
      'SET ROLE bank; CREATE TABLE own (id int GENERATED ALWAYS AS IDENTITY, x int, y int GENERATED ALWAYS AS (x * 2) STORED); RESET ROLE',
    )
    expect(await told('INSERT INTO own VALUES (7, 1, 2)')).toMatch(/^JDBC_ERROR: ERROR: cannot insert a non-DEFAULT value into column/)
    expect(await told('INSERT INTO own (x) VALUES (21)')).toEqual(['INSERT', 1])
    expect(await there('SELECT id, x, y FROM own')).toEqual([[1, 21, 42]])
  })
})
