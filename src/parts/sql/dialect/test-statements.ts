// For tests: statements with literals and names at every place of the grammar where one may stand, drawn at random from a seed.
import { quoteName, quoteText } from '#wire/trino/names'

/** Texts that mean something to a template, a quoting rule or a comment of somebody's. */
export const HOSTILE: readonly string[] = [
  ...[
    '$1',
    '$*',
    '$9',
    '{s}',
    '{o}',
    '{d}',
    '{n}',
    '$1{s}',
    `'`,
    `''`,
    `"`,
    `""`,
    `'"`,
    `";--`,
    `';--`,
    '--',
    '-- x',
    '/*',
    '*/',
    '/* */',
    '$$',
    '$x$',
    '\\',
  ],
  ...[
    `\\'`,
    '\\\\',
    'E\\',
    '%',
    '_',
    '%s',
    '?',
    ':x',
    '@x',
    ';',
    '; SELECT 1',
    ') FROM t --',
    'NULL',
    'scan_1_',
    '"t"."x"',
    '\u2028',
    'a\ufeffb',
    'é',
    '💥',
    '\n',
    '\t',
  ],
  ...['<scan 0>', '$' + '{x}', '`', '', ' ', "U&'\\0041'", 'constructor', '__proto__'],
]

/** A generator of pseudo-random numbers (mulberry32): the same for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** A statement with places for literals and names, numbered; `spell` puts texts there. */
export interface Shape {
  readonly text: string
  spell(literals: readonly string[], names: readonly string[]): string
}

const LITERALS = 3

/** `‹0›` is a literal, `«0»` a name: neither character is part of SQL. */
export function shape(below: (n: number) => number): Shape {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const l = () => `‹${below(LITERALS)}›`
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
      () => `(starts_with(concat(${a()}, 'x'), ${l()}) OR true)`,
    ])()
  }
  const source = `(VALUES (1, ‹0›), (2, ‹1›), (3, ‹2›), (4, 'x')) AS t(id, v)`
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
    () => `SELECT v = ${l()}, id, count(*) FROM ${source} GROUP BY GROUPING SETS ((v = ‹0›), (id))`.replaceAll(/v = ‹\d›/g, 'v = ‹0›'),
    () => `SELECT ${n(0)}.${n(1)} FROM ${source}, LATERAL (SELECT ${a()} AS ${n(1)}) AS ${n(0)}`,
    () => `SELECT "«0»", "t"."«1»" FROM hostile AS t WHERE "«0»" <> ${l()} OR "«1»" = ${l()}`,
    () => `SELECT count("«2»") FILTER (WHERE "«0»" = ${l()}), max("«1»") FROM guarded`,
  ])()
  const whole = body.replaceAll(/"(«\d»)"/g, '$1')
  return {
    text: whole,
    spell: (literals, names) =>
      whole.replaceAll(/‹(\d)›|«(\d)»/g, (_, literal: string | undefined, name: string) =>
        literal === undefined ? quoteName(names[Number(name)] as string) : quoteText(literals[Number(literal)] as string),
      ),
  }
}
