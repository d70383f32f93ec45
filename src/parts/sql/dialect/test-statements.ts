// For tests: queries with literals and names at every place of the grammar where one may stand, drawn at random.
import { type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'

const LITERALS = 3

/** What queries are drawn over. */
export interface Sources {
  /** Rows of the three literals and `x`, as `t(id, v)`. */
  readonly rows: string
  /** A table with the three names as columns: as a statement names it, and by its own name alone. */
  readonly table: string
  readonly own: string
  /** The same, one of them with a row filter and a mask. */
  readonly others: readonly [hostile: string, guarded: string]
  /** The first literal names a state of the table. */
  readonly versioned: boolean
}

/** Values of the statement's own, and tables of these names. */
const VALUES: Sources = {
  rows: `(VALUES (1, ‹0›), (2, ‹1›), (3, ‹2›), (4, 'x')) AS t(id, v)`,
  table: '«0».«1».«2»',
  own: '«2»',
  others: ['hostile', 'guarded'],
  versioned: true,
}

/** A query drawn at random. */
export function shape(below: (n: number) => number, { rows: source, table, own, others, versioned }: Sources = VALUES): Shape {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const one = (way: string) => `‹${way}${below(LITERALS)}›`
  const l = () => one(pick(['', '', '', '', 'u', 'U', 'w']))
  const n = (i: number) => `«${i}»`
  const text = (depth: number): string => {
    if (depth <= 0) return pick([() => 'v', l, () => 't.v'])()
    const [a, b] = [() => text(depth - 1), () => test(depth - 1)]
    return pick<() => string>([
      l,
      () => `(${a()} || ${l()})`,
      () => `concat(${l()}, ${a()}, ${l()})`,
      () => `coalesce(CAST(NULL AS varchar), ${a()})`,
      () => `CASE WHEN ${b()} THEN ${l()} ELSE ${a()} END`,
      () => `CASE v WHEN ${l()} THEN ${a()} ELSE ${l()} END`,
      () => `if(${b()}, ${a()}, ${l()})`,
      () => `nullif(${a()}, ${l()})`,
      () => `ARRAY[${l()}, ${a()}][1 + 1]`,
      () => `element_at(ARRAY[${a()}], 1)`,
      () => `reverse(reverse(${a()}))`,
      () => `from_utf8(to_utf8(${a()}))`,
      () => `array_join(ARRAY[${a()}, ${l()}], ${l()})`,
      () => `array_join(transform(ARRAY[${a()}], ${n(0)} -> ${n(0)} || ${l()}), ${l()})`,
      () => `split_part(concat(${a()}, chr(1), ${l()}), chr(1), 2)`,
      () => `CAST(ROW(${a()}) AS ROW(${n(1)} varchar)).${n(1)}`,
      () => `element_at(map(ARRAY[${l()}], ARRAY[${a()}]), ${l()})`,
      () => `replace(chr(1), chr(1), ${a()})`,
      () => `format('%s', ${a()})`,
      () => `concat_ws(${l()}, ${a()}, ${l()})`,
      () => `try(concat(v, ${l()}))`,
      () => `CAST(${a()} AS varchar)`,
      () => `(SELECT ${a()} AS ${n(2)})`,
      () => `concat(VARCHAR ${l()}, ${a()})`,
      () => `from_utf8(${one('x')})`,
      () => `CAST(JSON ${one('s')} AS varchar)`,
      () => `CAST(json_parse(json_format(CAST(${a()} AS JSON))) AS varchar)`,
      () => `coalesce(json_extract_scalar(${object()}, ${one('j')}), ${a()})`,
      () => `CAST(json_extract(JSON ${object()}, ${one('j')}) AS varchar)`,
      () => `element_at(CAST(JSON ${object()} AS map(varchar, varchar)), ${l()})`,
      () => `coalesce(JSON_VALUE(${member()}, ${one('J')}), ${a()})`,
      () => `coalesce(CAST(json_parse(JSON_QUERY(${member()}, ${one('J')})) AS varchar), ${a()})`,
      () => `coalesce(json_extract_scalar(JSON_OBJECT(KEY ${l()} VALUE ${text(0)}, 'x': ${l()}), ${one('j')}), ${a()})`,
      () => `json_extract_scalar(JSON_ARRAY(${text(0)}, ${l()}), '$[${below(2)}]')`,
      () => `split_part(TRIM(${pick(['LEADING', 'TRAILING', 'BOTH', ''])} ${l()} FROM concat(chr(1), ${a()}, chr(1))), chr(1), 2)`,
      () => `from_utf8(VARBINARY ${l()})`,
      () => `coalesce(regexp_extract(v, ${one('R')}), ${a()})`,
      () => `regexp_replace('#', '#', ${one('t')})`,
      () => `format(${one('g')}, ${a()})`,
      () => `date_format(TIMESTAMP '2020-01-01 00:00:00', ${one('f')})`,
      () => `url_decode(url_encode(${a()}))`,
      () => `from_utf8(from_base64(to_base64(to_utf8(${a()}))))`,
      () => `substring(${a()} FROM 1)`,
      () => `coalesce(CAST(TRY_CAST(${l()} AS ${pick(['date', 'double', 'timestamp'])}) AS varchar), ${a()})`,
      () => `concat(${a()}, CAST(DATE '2020-01-31' + INTERVAL '1' MONTH AS varchar), CAST(DECIMAL '1.50' AS varchar))`,
      () => `concat(${a()}, CAST(CAST(TIMESTAMP '2020-01-01 00:00:00 UTC' AT TIME ZONE 'Europe/Berlin' AS time) AS varchar))`,
      () => `array_join(filter(ARRAY[${a()}, ${l()}], ${n(1)} -> ${n(1)} <> ${l()}), ${l()})`,
    ])()
  }
  const test = (depth: number): string => {
    if (depth <= 0) return pick([() => `v = ${l()}`, () => `v <> ${l()}`])()
    const [a, b] = [() => text(depth - 1), () => test(depth - 1)]
    return pick<() => string>([
      () => `(${a()} = ${l()})`,
      () => `(${a()} IN (${l()}, ${l()}))`,
      () => `(${b()} AND NOT ${b()})`,
      () => `(${b()} OR ${a()} IS NULL)`,
      () => `(${a()} IS DISTINCT FROM ${l()})`,
      () => `contains(ARRAY[${l()}, ${l()}], ${a()})`,
      () => `any_match(ARRAY[${l()}, v], ${n(1)} -> ${n(1)} = concat(v, ${l()}))`,
      () => `EXISTS (SELECT 1 WHERE ${a()} = ${l()})`,
      () => `(${a()} IN (SELECT ${n(0)} FROM (VALUES ${l()}, ${l()}) AS ${n(1)}(${n(0)})))`,
      () => `(${a()} = ANY (SELECT ${l()}))`,
      () => `(v LIKE ${one('k')})`,
      () => `(${a()} NOT LIKE ${one('p')})`,
      () => `(v LIKE ${one('c')})`,
      () => `(${a()} LIKE concat(${one('l')}, '%') ESCAPE '!')`,
      () => `(${a()} ${pick(['', 'NOT '])}BETWEEN ‹0› AND ‹0›)`,
      () => `(${a()} NOT IN (${l()}, CAST(${l()} AS varchar)))`,
      () => `((${a()}, 1) IN ((${l()}, 1), (${l()}, 2)))`,
      () => `(${a()} <> ALL (VALUES ${l()}, ${l()}))`,
      () => `regexp_like(v, ${one('r')})`,
      () => `regexp_like(${a()}, ${one('R')})`,
      () => `(to_utf8(${a()}) = ${one('x')})`,
      () => `json_array_contains(CAST(ARRAY[${a()}] AS JSON), ${l()})`,
      () => `(DATE '2020-02-29' BETWEEN DATE '2020-01-01' AND DATE '2020-12-31' AND ${b()})`,
      () => `JSON_EXISTS(${member()}, ${one('J')})`,
      () => `(POSITION(${l()} IN ${a()}) > 0)`,
      () => `(CHAR ${l()} = CHAR ${l()})`,
      () => `(starts_with(concat(${a()}, 'x'), ${l()}) OR true)`,
    ])()
  }
  const object = () => one(`o${below(LITERALS)}`)
  const member = () => one(`O${below(LITERALS)}`)
  const [a, b] = [() => text(2), () => test(2)]
  const body = pick<() => string>([
    () => `SELECT id, ${a()} AS ${n(0)}, ${b()} AS ${n(1)} FROM ${source}`,
    () => `SELECT ${n(0)} FROM (SELECT ${a()} AS ${n(0)}, id FROM ${source} WHERE ${b()}) AS ${n(1)} ORDER BY ${n(1)}.${n(0)} = ${l()}, id`,
    () => `SELECT count(*) FILTER (WHERE ${b()}), max(id) FILTER (WHERE v = ${l()}), count_if(${b()}) FROM ${source}`,
    () =>
      `SELECT concat(v, ‹1›) AS ${n(0)}, v = ‹0›, count(*) AS ${n(1)} FROM ${source} GROUP BY concat(v, ‹1›), 2 HAVING count(*) FILTER (WHERE ${b()}) >= 0`,
    () =>
      `SELECT array_agg(v ORDER BY v = ${l()}, id), listagg(v, ${l()}) WITHIN GROUP (ORDER BY v <> ${l()}, id) FROM ${source} WHERE ${b()}`,
    () => `SELECT id, lag(v, 1, ${l()}) OVER (PARTITION BY v = ${l()} ORDER BY v = ${l()}, id) FROM ${source}`,
    () => `SELECT id, first_value(v) OVER ${n(0)} FROM ${source} WINDOW ${n(0)} AS (PARTITION BY ${b()} ORDER BY id)`,
    () =>
      `WITH ${n(0)}(id, v) AS (SELECT id, ${a()} FROM ${source}) SELECT t.id, t.v, (SELECT count(*) FROM ${n(0)} AS ${n(1)} WHERE ${n(1)}.v = t.v) FROM ${n(0)} AS t WHERE ${b()}`,
    () =>
      `SELECT id, ${n(0)} FROM (SELECT id, v AS ${n(0)} FROM ${source}) AS ${n(1)} JOIN (SELECT DISTINCT ${l()} AS ${n(0)}) AS ${n(2)} USING (${n(0)})`,
    () => `SELECT v FROM ${source} WHERE ${b()} UNION ALL SELECT ${l()} EXCEPT SELECT ${l()}`,
    () => `SELECT DISTINCT v, ${l()} AS ${n(2)} FROM ${source} WHERE ${b()}`,
    () => `SELECT id, ${n(0)} FROM ${source} CROSS JOIN UNNEST(ARRAY[${l()}, v]) AS ${n(1)}(${n(0)}) WHERE ${b()}`,
    () =>
      `WITH RECURSIVE ${n(0)}(${n(1)}, ${n(2)}) AS (SELECT 1, CAST(${l()} AS varchar) UNION ALL SELECT ${n(1)} + 1, ${n(2)} || ${l()} FROM ${n(0)} WHERE ${n(1)} < 3) SELECT * FROM ${n(0)}`,
    () => `SELECT v = ${l()}, id, count(*) FROM ${source} GROUP BY GROUPING SETS ((v = ‹0›), (id))`.replaceAll(/v = ‹\w?\d›/g, 'v = ‹0›'),
    () => `SELECT ${n(0)}.${n(1)} FROM ${source}, LATERAL (SELECT ${a()} AS ${n(1)}) AS ${n(0)}`,
    () => `SELECT «0», t.«1» FROM ${others[0]} AS t WHERE «0» <> ${l()} OR «1» = ${l()}`,
    () => `SELECT count(«2») FILTER (WHERE «0» = ${l()}), max_by(«1», «0» = ‹1›) FROM ${others[1]}`,
    () => `SELECT «0», ${own}.«1», ${table}.«2» FROM ${table} WHERE «1» = ${l()} OR ${table}.«0» <> ${l()}`,
    () => `SELECT *, ${l()} FROM (TABLE ${table}) AS «1» JOIN ${table} AS «0» USING («0», «1», «2») ORDER BY «2»`,
    () => `SELECT «1», count(*) AS «0» FROM (SELECT ${a()} AS «1» FROM ${source}) GROUP BY «1»`,
    () => `SELECT * FROM ${source} CROSS JOIN UNNEST(map(ARRAY[${l()}], ARRAY[${a()}])) WITH ORDINALITY AS «0»(«0», «1», «2»)`,
    () => `SELECT CAST(ROW(v, ${a()}) AS ROW(«0» varchar, «1» varchar)).* AS («2», «0») FROM ${source} WHERE ${b()}`,
    () => `SELECT v FROM ${source} INTERSECT (VALUES ${l()}, ${l()})`,
    () =>
      `SELECT «0», «1», count(*) AS «2», GROUPING(«0», «2».«1») FROM (SELECT v AS «0», ${b()} AS «1» FROM ${source}) AS «2» GROUP BY ${pick(['ROLLUP («0», «1»)', 'CUBE («2».«0», «1»)', 'GROUPING SETS ((«0», «2».«1»), («1»), ())'])}`,
    () => `SELECT id, count(*) OVER («1» ORDER BY id) FROM ${source} WINDOW «0» AS (PARTITION BY v = ${l()}), «1» AS («0»)`,
    ...(versioned ? [() => `SELECT «2», ${a()} AS «1» FROM ${table} FOR VERSION AS OF ‹0› AS «0», ${source} WHERE «0» <> ${l()}`] : []),
    () => `SELECT id, ? AS «0», ? || v FROM ${source} WHERE v <> ? AND ${b()}`,
  ])()
  const wrong = pick<() => string>([
    () =>
      `SELECT ${pick(['DATE', 'TIME', 'TIMESTAMP', 'DECIMAL', 'DOUBLE', 'UUID', 'IPADDRESS', 'INTEGER', 'BIGINT', 'REAL', 'BOOLEAN'])} ${l()}`,
    () => `SELECT INTERVAL ${l()} ${pick(['DAY', 'YEAR TO MONTH', 'SECOND'])}`,
    () => `SELECT TIMESTAMP '2020-01-01 00:00:00 UTC' AT TIME ZONE ${l()}`,
    () => `SELECT CAST(${l()} AS ${pick(['date', 'bigint', 'decimal(5,2)', 'boolean', 'time', 'uuid', 'timestamp'])})`,
    () => `SELECT date_trunc(${l()}, DATE '2020-01-01')`,
    () => `SELECT ${l()} LIKE ${l()} ESCAPE 'ab'`,
    () => `SELECT «0» ${l()}`,
    () => `SELECT CAST(${l()} AS «1»)`,
    () => `SELECT «2»(${l()}, v) FROM ${source}`,
    () => `SELECT «2» FROM ${source}`,
    () => `SELECT t.«2» FROM ${source}`,
    () => `SELECT id FROM ${source} AS «0»`,
    () => `SELECT ${l()} + 1`,
    () => `SELECT sum(v) OVER «0» FROM ${source}`,
    () => `SELECT JSON_VALUE(${member()}, ${one('J')} DEFAULT ${l()} ON EMPTY)`,
    () => `SELECT JSON_QUERY(${member()}, ${one('J')} PASSING ${l()} AS «0»)`,
    () => `SELECT «1» FROM JSON_TABLE(${member()}, ${one('J')} AS «0» COLUMNS («1» varchar PATH ${one('J')} DEFAULT ${l()} ON EMPTY))`,
    () => `SELECT JSON_VALUE(v, ${l()}) FROM ${source}`,
    () => `SELECT «1» FROM ${source} MATCH_RECOGNIZE (ORDER BY id MEASURES «0».v AS «1» PATTERN («0»+ «2») DEFINE «0» AS «0».v <> ${l()})`,
    () => `SELECT listagg(v, ${l()} ON OVERFLOW TRUNCATE ${l()} WITHOUT COUNT) WITHIN GROUP (ORDER BY id) FROM ${source}`,
    () => `SELECT * FROM ${source} NATURAL ${pick(['', 'LEFT '])}JOIN (SELECT ${l()} AS «0») AS «2»`,
    () => `SELECT EXTRACT(«0» FROM DATE '2020-01-01')`,
    () => `SELECT «1» FROM ${table} FOR TIMESTAMP AS OF ${pick(['', 'TIMESTAMP ', 'DATE '])}${l()}`,
  ])
  if (below(12) === 0) return shapeOf(wrong(), { fails: true })
  return shapeOf(body, / \? /.test(body) ? { asked: true } : {})
}
