// The character U+0000 is refused at every place where a name or a text may stand; elsewhere it is a character like others.
import { expect, it } from 'vitest'
import type { AkkoError } from '#kit/errors'
import { errorNameOf } from '#parts/sql/errors'
import { parseStatement } from '#parts/sql/syntax/statements'

function refused(statement: string): unknown {
  try {
    return parseStatement(statement)
  } catch (error) {
    return { name: errorNameOf(error as AkkoError), message: (error as AkkoError).message }
  }
}

it.each([
  [`SELECT 'a\0b'`, 8, 'a text'],
  [`SELECT U&'a\\0000b'`, 8, 'a text'],
  [`SELECT U&'a!0000b' UESCAPE '!'`, 8, 'a text'],
  [`SELECT DATE '2020-01-01\0'`, 13, 'a text'],
  [`SELECT INTERVAL '1\0' DAY`, 17, 'a text'],
  [`SELECT 'a' LIKE '\0' ESCAPE 'x'`, 17, 'a text'],
  [`SELECT "c\0"(1)`, 8, 'a name'],
  [`SELECT "a\0b" '1'`, 8, 'a name'],
  [`SELECT 1 AS "a\0b"`, 13, 'a name'],
  [`SELECT 1 "a\0b"`, 10, 'a name'],
  [`SELECT x FROM (SELECT 1) AS t("a\0b")`, 31, 'a name'],
  [`SELECT x FROM (SELECT 1) AS "t\0"(x)`, 29, 'a name'],
  [`WITH "w\0" AS (SELECT 1) SELECT 1`, 6, 'a name'],
  [`WITH w("x\0") AS (SELECT 1) SELECT 1`, 8, 'a name'],
  [`SELECT * FROM "x\0"`, 15, 'a name'],
  [`SELECT * FROM c.s."x\0"`, 19, 'a name'],
  [`SELECT transform(ARRAY[1], "x\0" -> 1)`, 28, 'a name'],
  [`SELECT CAST(ROW(1) AS ROW("x\0" integer))`, 27, 'a name'],
  [`SELECT row_number() OVER "x\0" FROM t WINDOW "x\0" AS ()`, 26, 'a name'],
  [`CREATE TABLE t ("x\0" integer)`, 17, 'a name'],
  [`CREATE TABLE t (x integer COMMENT '\0')`, 35, 'a text'],
  [`CREATE TABLE t (x integer) COMMENT '\0'`, 36, 'a text'],
  [`CREATE TABLE t (x integer) WITH ("p\0" = 1)`, 34, 'a name'],
  [`INSERT INTO t ("x\0") VALUES 1`, 16, 'a name'],
  [`UPDATE t SET "x\0" = 1`, 14, 'a name'],
  [`MERGE INTO t AS "x\0" USING t AS u ON true WHEN MATCHED THEN DELETE`, 17, 'a name'],
  [`PREPARE "x\0" FROM SELECT 1`, 9, 'a name'],
  [`PREPARE x FROM SELECT '\0'`, 23, 'a text'],
  [`EXECUTE x USING '\0'`, 17, 'a text'],
  [`EXECUTE IMMEDIATE 'SELECT 1 -- \0'`, 19, 'a text'],
  [`SET SESSION "x\0" = 1`, 13, 'a name'],
  [`SHOW TABLES LIKE '\0'`, 18, 'a text'],
])('%j', (statement, column, what) => {
  expect(refused(statement)).toEqual({
    name: 'NOT_SUPPORTED',
    message: `line 1:${column}: the character U+0000 in ${what} is not supported here`,
  })
  expect(() => parseStatement(statement.replaceAll(/\0|[\\!]0000/g, ''))).not.toThrow()
})

it('stands in a comment as any character does, and begins no token', () => {
  expect(parseStatement('SELECT 1 -- \0')).toMatchObject({ k: 'query' })
  expect(refused('SELECT \0')).toMatchObject({ name: 'SYNTAX_ERROR' })
})
