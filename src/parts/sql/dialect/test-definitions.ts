// For tests: statements that define or change something, with literals and names at every place where one may stand.
import { type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'

/**
 * A statement of the kinds that are no queries, drawn at random. For one that runs, the character that escapes is such a character, not any text.
 */
export function definition(below: (n: number) => number, runs = false): Shape {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const l = () => `‹${pick(['', '', '', 'u', 'U', 'w'])}${below(3)}›`
  const n = () => `«${below(3)}»`
  const like = () => (runs ? `LIKE ‹${pick(['k', 'p', 'c'])}${below(3)}›` : `LIKE ${l()} ESCAPE ${l()}`)
  const name = () => pick([n, () => `${n()}.${n()}`, () => `${n()}.${n()}.${n()}`])()
  const test = () =>
    pick([
      () => `${n()} = ${l()}`,
      () => `${n()} ${like()}`,
      () => `${n()} IN (${l()}, ${l()})`,
      () => (runs ? `${n()} BETWEEN ‹1› AND ‹1›` : `${n()} BETWEEN ${l()} AND ${l()}`),
      () => `${n()}(${n()}, ${l()})`,
      () => `EXISTS (SELECT 1 FROM ${name()} AS ${n()} WHERE ${n()}.${n()} <> ${l()})`,
      () => `EXISTS (SELECT 1 FROM ${name()} FOR VERSION AS OF ${l()} NATURAL JOIN ${name()} FOR TIMESTAMP AS OF DATE ${l()})`,
      () => `POSITION(${l()} IN ${n()}) > 0`,
      () => `JSON_EXISTS(${n()}, ${l()})`,
    ])()
  const value = () =>
    pick(
      [
        l,
        () => `concat(${n()}, ${l()})`,
        () => `VARCHAR ${l()}`,
        () => `${n()} ${l()}`,
        () => `CAST(${n()} AS ROW(${n()} varchar))`,
        () => (runs ? `from_utf8(X'24 7b' || to_utf8(${l()}))` : `X'24 7b' || to_utf8(${l()})`),
        () => `at_timezone(${n()}, ${l()})`,
        () => `INTERVAL ${l()} DAY`,
        () => `(${n()} AT TIME ZONE ${l()})`,
        () => `transform(${n()}, ${n()} -> ${l()})`,
        () => `json_parse(JSON_OBJECT(KEY ${l()} VALUE ${l()}, ${l()}: ${n()}))`,
        () => `JSON_VALUE(${n()}, ${l()})`,
        () => `TRIM(LEADING ${l()} FROM concat(${n()}, ${l()}))`,
        () => (runs ? `json_array_contains(JSON_ARRAY(${l()}), ${l()})` : `CHAR ${l()}`),
        'NULL',
      ].map((f) => (typeof f === 'string' ? () => f : f)),
    )()
  const query = () =>
    pick([
      () => `SELECT ${value()} AS ${n()} FROM ${name()} WHERE ${test()}`,
      () => `WITH ${n()} (${n()}) AS (SELECT ${l()}) SELECT * FROM ${n()} AS ${n()} (${n()})`,
      () => `VALUES (${value()}, ${l()})`,
      () => `TABLE ${name()}`,
      () =>
        `SELECT ${n()}, GROUPING(${n()}, ${n()}.${n()}) FROM ${name()} GROUP BY ${pick(['ROLLUP', 'CUBE', 'GROUPING SETS'])} (${n()}, (${n()}, ${n()}))`,
    ])()
  const comment = () => pick(['', () => ` COMMENT ${l()}`].map((f) => (typeof f === 'string' ? () => f : f)))()
  const properties = () => pick([() => '', () => ` WITH (${n()} = ${l()}, ${n()} = ARRAY[${l()}, ${l()}])`])()
  const column = (i: number) =>
    `«${i}» ${pick(['varchar', 'row(«1» varchar)', 'map(varchar, row(«2» integer))'])}${comment()}${properties()}`
  const text = pick<() => string>([
    () => `INSERT INTO ${name()} (${n()}, ${n()}) ${query()}`,
    () => `CREATE TABLE ${name()} (${n()}, ${n()})${comment()}${properties()} AS ${query()}`,
    () => `CREATE TABLE ${name()} (${column(0)}, ${column(1)}, LIKE ${name()})${comment()}${properties()}`,
    () => `UPDATE ${name()} SET ${n()} = ${value()}, ${n()} = ${value()} WHERE ${test()}`,
    () => `DELETE FROM ${name()} WHERE ${test()} AND ${test()}`,
    () => `MERGE INTO ${name()} AS ${n()} USING (${query()}) AS ${n()} (${n()}, ${n()}) ON ${test()}
      WHEN MATCHED AND ${test()} THEN UPDATE SET ${n()} = ${value()} WHEN MATCHED AND ${test()} THEN DELETE
      WHEN NOT MATCHED AND ${test()} THEN INSERT (${n()}, ${n()}) VALUES (${value()}, ${l()})`,
    () => `CREATE OR REPLACE VIEW ${name()}${comment()} SECURITY INVOKER${properties()} AS ${query()}`,
    () => `CREATE SCHEMA ${n()}.${n()}${properties()}`,
    () => `COMMENT ON ${pick(['TABLE', 'COLUMN', 'VIEW'])} ${n()}.${n()} IS ${l()}`,
    () => `ALTER TABLE ${name()} ADD COLUMN ${n()} varchar COMMENT ${l()} AFTER ${n()}`,
    () => `ALTER TABLE ${name()} ${pick([`RENAME TO ${name()}`, `RENAME COLUMN ${n()} TO ${n()}`, `DROP COLUMN ${n()}`])}`,
    () => `ALTER TABLE ${name()} ALTER COLUMN ${n()} ${pick(['SET DATA TYPE varchar', 'DROP NOT NULL'])}`,
    () => `ALTER TABLE ${name()} EXECUTE ${n()}(${n()} => ${l()})`,
    () => `ALTER TABLE ${name()} SET PROPERTIES ${n()} = ${l()}, ${n()} = ${value()}`,
    () => `ALTER VIEW ${name()} RENAME TO ${name()}`,
    () => `DROP ${pick(['TABLE', 'VIEW', 'SCHEMA'])} IF EXISTS ${n()}.${n()}`,
    () => `TRUNCATE TABLE ${name()}`,
    () => `PREPARE ${n()} FROM ${query()}`,
    () => `EXECUTE ${n()} USING ${value()}, ${l()}`,
    () => `DEALLOCATE PREPARE ${n()}`,
    () => `DESCRIBE ${pick(['INPUT ', 'OUTPUT ', ''])}${n()}`,
    () => `EXPLAIN ${query()}`,
    () =>
      `SHOW ${pick([`TABLES FROM ${n()}.${n()}`, `SCHEMAS FROM ${n()}`, `COLUMNS FROM ${name()}`, ...(runs ? [] : ['CATALOGS'])])} ${runs ? `LIKE «l${below(3)}» ESCAPE '!'` : like()}`,
    () => `SHOW CREATE ${pick(['TABLE', 'VIEW', 'SCHEMA'])} ${n()}.${n()}`,
    () => `SHOW STATS FOR ${name()}`,
    () => `USE ${n()}.${n()}`,
    () => `SET SESSION ${n()}.${n()} = ${l()}`,
    () => `RESET SESSION ${n()}`,
    () => `SET TIME ZONE ${l()}`,
    () => `EXECUTE IMMEDIATE ${l()} USING ${l()}`,
  ])()
  return shapeOf(text)
}
