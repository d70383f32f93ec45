// For tests: statements that change something and are served, with literals and names where they may stand. `«1»` is a table, `«2»` a view with the
// three names as columns, and nothing is called `«0»` yet (test-world.ts).
import { type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'

/** A statement that has an effect, drawn at random. */
export function effect(below: (n: number) => number): Shape {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const l = () => `‹${pick(['', '', '', 'u', 'U', 'w'])}${below(3)}›`
  const n = () => `«${below(3)}»`
  const two = () =>
    pick(['01', '02', '10', '12', '20', '21'])
      .split('')
      .map((i) => `«${i}»`) as [string, string]
  const called = (name: string) => pick([name, `${n()}.${name}`, `${n()}.${n()}.${name}`])
  const [table, view, fresh] = [() => called('«1»'), () => called('«2»'), () => called('«0»')]
  const value = (column = n): string =>
    pick([
      l,
      column,
      () => `concat(${column()}, ${l()})`,
      () => `VARCHAR ${l()}`,
      () => `from_utf8(X'24 7b' || to_utf8(${l()}))`,
      () => `CAST(ROW(${column()}, ${l()}) AS ROW(«0» varchar, «1» varchar)).${pick(['«0»', '«1»'])}`,
      () => `element_at(transform(ARRAY[${column()}], «2» -> concat(«2», ${l()})), 1)`,
      () => `CASE ${column()} WHEN ${l()} THEN ${l()} ELSE ${column()} END`,
      () => 'CAST(NULL AS varchar)',
      () => `map_${pick(['keys', 'values'])}(CAST(json_parse(JSON_OBJECT(KEY ${l()} VALUE ${column()})) AS map(varchar, varchar)))[1]`,
      () => `json_extract_scalar(JSON_ARRAY(${l()}), '$[0]')`,
      () => `split_part(TRIM(${pick(['LEADING', 'TRAILING', 'BOTH'])} ${l()} FROM concat(chr(1), ${column()}, chr(1))), chr(1), 2)`,
    ])()
  const test = (column = n): string =>
    pick([
      () => `${column()} = ${l()}`,
      () => `${column()} <> ${l()}`,
      () => `${column()} LIKE ‹${pick(['k', 'p', 'c'])}${below(3)}›`,
      () => `${column()} NOT IN (${l()}, ${l()})`,
      () => `${column()} ${pick(['', 'NOT '])}BETWEEN ‹0› AND ‹0›`,
      () => `EXISTS (SELECT 1 FROM ${table()} AS «0» WHERE «0».${n()} <> ${l()})`,
      () => `POSITION(${l()} IN ${column()}) > 0`,
      () => `json_array_contains(JSON_ARRAY(${l()}, ${l()}), ${column()})`,
      () => `CHAR ${l()} = CHAR ${l()}`,
    ])()
  const query = (columns: number): string => {
    const values = Array.from({ length: columns }, () => value()).map((one, i) => `${one} AS «${i}»`)
    if (below(8) === 0)
      return `SELECT ${['«0»', '«1»', 'CAST(GROUPING(«1») AS varchar) AS «2»'].slice(-columns)} FROM ${table()} GROUP BY ${pick(['ROLLUP («0», «1»)', 'CUBE («0», «1»)', 'GROUPING SETS ((«0», «1»), («1»), ())'])} HAVING «1» <> ${l()} OR GROUPING(«0») = 1`
    return `SELECT ${values.join(', ')} FROM ${pick([table, view])()} WHERE ${test()} OR ${test()}`
  }
  const comment = () => pick(['', ` COMMENT ${l()}`])
  const [a, b] = two()
  const ours = () => `«0».${n()}`
  const text = pick<() => string>([
    () => `INSERT INTO ${table()} (${a}, ${b}) ${query(2)}`,
    () => `INSERT INTO ${table()} VALUES (${l()}, ${l()}, ${l()}), (${l()}, NULL, ${l()})`,
    () => `CREATE TABLE ${fresh()} (${a}, ${b})${comment()} AS ${query(2)}`,
    () => `CREATE OR REPLACE TABLE ${table()}${comment()} AS ${query(3)}`,
    () =>
      `CREATE TABLE ${fresh()} («0» varchar${comment()}, «1» row(«2» varchar, «0» integer), «2» map(varchar, row(«1» date)))${comment()}`,
    () => `UPDATE ${table()} SET ${a} = ${value()}, ${b} = ${value()} WHERE ${test()} OR ${test()}`,
    () => `DELETE FROM ${table()} WHERE ${test()} AND ${test()}`,
    () => `MERGE INTO ${table()} AS «0» USING (${query(2)}) AS «1» («2», «0») ON ${ours()} = «1».«2»
      WHEN MATCHED AND ${test(ours)} THEN UPDATE SET ${a} = ${value(ours)}, ${b} = «1».«0» WHEN MATCHED AND «1».«2» = ${l()} THEN DELETE
      WHEN NOT MATCHED AND «1».«0» <> ${l()} THEN INSERT (${a}, ${b}) VALUES (${l()}, «1».«2»)`,
    () => `CREATE VIEW ${fresh()}${comment()} SECURITY ${pick(['INVOKER', 'DEFINER'])} AS ${query(3)}`,
    () => `CREATE OR REPLACE VIEW ${view()}${comment()} SECURITY INVOKER AS ${query(1)} UNION VALUES ${l()}`,
    () => `COMMENT ON TABLE ${table()} IS ${l()}`,
    () => `COMMENT ON COLUMN ${table()}.${n()} IS ${l()}`,
    () => `COMMENT ON VIEW ${view()} IS ${l()}`,
    () => `ALTER TABLE ${table()} ADD COLUMN "another" varchar${comment()} AFTER ${n()}`,
    () => `ALTER TABLE ${table()} RENAME TO ${fresh()}`,
    () => `ALTER TABLE ${table()} RENAME COLUMN ${n()} TO "another"`,
    () => `ALTER TABLE ${table()} DROP COLUMN ${n()}`,
    () => `ALTER VIEW ${view()} RENAME TO ${fresh()}`,
    () => `DROP TABLE ${table()}`,
    () => `DROP VIEW ${view()}`,
    () => `TRUNCATE TABLE ${table()}`,
    () => `PREPARE ${n()} FROM ${query(2)}`,
    () => `EXECUTE ${n()} USING ${l()}, ${l()}`,
    () => `DEALLOCATE PREPARE ${n()}`,
    () => `EXPLAIN ${query(2)}`,
    () => `SHOW CREATE TABLE ${table()}`,
    () => `SHOW CREATE VIEW ${view()}`,
    () => `SHOW TABLES FROM ${n()}.${n()} LIKE «l${below(3)}» ESCAPE '!'`,
    () => `DESCRIBE ${pick([table, view])()}`,
    () => `SET SESSION ${n()}.${n()} = ${l()}`,
  ])()
  return shapeOf(text)
}
