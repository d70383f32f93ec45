// Functions of maps and of two arrays that take a lambda: its parameters stand for parts of the entry at hand.

import { type Context, failure } from '#parts/sql/dialect/context'
import type { Given } from '#parts/sql/dialect/given'
import { isNested } from '#parts/sql/dialect/nested-order'
import { canCoerce, coerce, commonType, duckType, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { holdsZone } from '#parts/sql/dialect/zoned'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Expression } from '#parts/sql/syntax/ast'
import { identifier, integer, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

interface GivenLambda extends Given {
  readonly analyse: (e: Expression, ctx: Context) => Typed
}

/** The body of a lambda with its parameters as values; undefined when it has another number of them. */
function body({ e, ctx, analyse }: GivenLambda, index: number, values: readonly Typed[]): Typed | undefined {
  const lambda = e.args[index]
  if (lambda?.k !== 'lambda' || lambda.params.length !== values.length) return undefined
  const bound = new Map(ctx.lambdas)
  for (const [i, param] of lambda.params.entries()) bound.set(param.lower, values[i] as Typed)
  return analyse(lambda.body, { ...ctx, lambdas: bound, parameters: (ctx.parameters ?? 0) + values.length })
}

/** By its place, so that the same expression has the same text each time. */
const named = (ctx: Context, letter: string): Sql => identifier(`${letter}${10 + (ctx.parameters ?? 0)}`)

/** What Trino says of a lambda whose result is of another type: none is coerced, but for a null. */
function unexpected({ name, pos, args }: GivenLambda): Error {
  const types = args.map((arg: Typed | undefined) => (arg ? t.printType(arg.type) : 'function')).join(', ')
  return sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${types}) for function ${name}`)
}

const makes = (made: Typed, type: TrinoType): boolean => isUnknown(made.type) || t.sameType(made.type, type)

const isMap = (value: Typed | undefined): value is Typed => value?.type.base === 'map'
const sides = ({ type }: Typed): readonly [TrinoType, TrinoType] => type.children as [TrinoType, TrinoType]

/** An entry of a map with its key and value. */
function entryOf(ctx: Context, map: Typed): { readonly name: Sql; readonly key: Typed; readonly value: Typed } {
  const name = named(ctx, 'p')
  const [key, value] = sides(map)
  return { name, key: typed(sql`struct_extract(${name}, 'key')`, key), value: typed(sql`struct_extract(${name}, 'value')`, value) }
}

function mapFilter(given: GivenLambda): Typed | undefined {
  const [map] = given.args
  if (!isMap(map) || given.e.args.length !== 2) return undefined
  const { name, key, value } = entryOf(given.ctx, map)
  const kept = body(given, 1, [key, value])
  if (!kept) return undefined
  if (!makes(kept, t.BOOLEAN)) throw unexpected(given)
  return typed(sql`map_from_entries(list_filter(map_entries(${map.sql}), lambda ${name}: ${kept.sql}))`, map.type)
}

function transformValues(given: GivenLambda): Typed | undefined {
  const [map] = given.args
  if (!isMap(map) || given.e.args.length !== 2) return undefined
  const { name, key, value } = entryOf(given.ctx, map)
  const made = body(given, 1, [key, value])
  if (!made) return undefined
  const entries = sql`list_transform(map_entries(${map.sql}), lambda ${name}: {'k': ${key.sql}, 'v': ${made.sql}})`
  return typed(sql`map_from_entries(${entries})`, t.mapOf(key.type, made.type))
}

function transformKeys(given: GivenLambda): Typed | undefined {
  const [map] = given.args
  if (!isMap(map) || given.e.args.length !== 2) return undefined
  const { ctx } = given
  const { name, key, value } = entryOf(ctx, map)
  const made = body(given, 1, [key, value])
  if (!made) return undefined
  const type = t.mapOf(made.type, value.type)
  assertKey(made.type, given)
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Duplicate keys are not allowed, and none may be null', duckType(type))
  const l = named(ctx, 'l')
  const keys = sql`list_transform(${l}, lambda k0: struct_extract(k0, 'k'))`
  const checked = sql`CASE WHEN len(list_distinct(${keys})) < len(${l}) THEN ${bad} ELSE map_from_entries(${l}) END`
  const entries = sql`list_transform(map_entries(${map.sql}), lambda ${name}: {'k': ${made.sql}, 'v': ${value.sql}})`
  return typed(sql`list_transform([${entries}], lambda ${l}: ${checked})[1]`, type)
}

/** The engine holds moments for equal by their zones too, and what is null inside for equal. */
function assertKey(type: TrinoType, { name, pos }: GivenLambda): void {
  if (holdsZone(type) || isNested(type))
    throw NotSupported({ ...pos, text: `${name} with keys of ${t.printType(type)} is not served here yet` })
}

function mapZipWith(given: GivenLambda): Typed | undefined {
  const { args } = given
  if (!args.every((arg, i) => i === 2 || isMap(arg)) || given.e.args.length !== 3) return undefined
  const key = commonType(sides(args[0] as Typed)[0], sides(args[1] as Typed)[0])
  if (!key) return undefined
  const [left, right] = args.slice(0, 2).map((map) => coerce(map, t.mapOf(key, sides(map)[1]))) as [Typed, Typed]
  assertKey(key, given)
  const k = named(given.ctx, 'p')
  const at = (map: Typed) => typed(sql`map_extract(${map.sql}, ${k})[1]`, sides(map)[1])
  const made = body(given, 2, [typed(k, key), at(left), at(right)])
  if (!made) return undefined
  const keysOf = (map: Typed) =>
    sql`map(CAST(map_keys(${map.sql}) AS ${duckType(t.arrayOf(key))}), list_transform(map_keys(${map.sql}), lambda k0: TRUE))`
  const keys = sql`map_keys(map_concat(${keysOf(left)}, ${keysOf(right)}))`
  const whole = sql`map_from_entries(list_transform(${keys}, lambda ${k}: {'k': ${k}, 'v': ${made.sql}}))`
  return typed(sql`CASE WHEN ${left.sql} IS NULL OR ${right.sql} IS NULL THEN NULL ELSE ${whole} END`, t.mapOf(key, made.type))
}

function zipWith(given: GivenLambda): Typed | undefined {
  const [left, right] = given.args
  if (left?.type.base !== 'array' || right?.type.base !== 'array' || given.e.args.length !== 3) return undefined
  const z = named(given.ctx, 'p')
  const made = body(given, 2, [
    typed(sql`${z}[1]`, left.type.children[0] as TrinoType),
    typed(sql`${z}[2]`, right.type.children[0] as TrinoType),
  ])
  if (!made) return undefined
  const whole = sql`list_transform(list_zip(${left.sql}, ${right.sql}), lambda ${z}: ${made.sql})`
  return typed(sql`CASE WHEN ${left.sql} IS NULL OR ${right.sql} IS NULL THEN NULL ELSE ${whole} END`, t.arrayOf(made.type))
}

/** Steps after which the state's type is to be found, as in Trino. */
const MOST_TURNS = 4

/** The type of the state: what it begins with and what a step makes of it have in common, as soon as the step makes just that. */
function stepOf(given: GivenLambda, start: TrinoType, values: (state: TrinoType) => readonly Typed[]): Typed | undefined {
  let state = start
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const step = body(given, 2, values(state))
    if (!step || makes(step, state)) return step && coerce(step, state)
    const wider = commonType(state, step.type)
    if (!wider || t.sameType(wider, state)) throw unexpected(given)
    state = wider
  }
  throw NotSupported({ ...given.pos, text: `reduce of ${t.printType(start)} to ever wider types is not served here` })
}

/** The engine's own has one type for the state and the elements: they are kept beside each other. */
function reduce(given: GivenLambda): Typed | undefined {
  const [list, start] = given.args
  if (list?.type.base !== 'array' || !start || given.e.args.length !== 4) return undefined
  const element = list.type.children[0] as TrinoType
  const [a, b, r, x] = ['a', 'b', 'v', 'x'].map((name) => named(given.ctx, name)) as [Sql, Sql, Sql, Sql]
  const step = stepOf(given, start.type, (state) => [
    typed(sql`struct_extract(${a}, 's')`, state),
    typed(sql`struct_extract(${b}, 'x')`, element),
  ])
  const result = step && body(given, 3, [typed(r, step.type)])
  if (!step || !result) return undefined
  const [s, e] = [duckType(step.type), duckType(element)]
  const pack = (state: Sql, value: Sql) => sql`struct_pack(s := CAST(${state} AS ${s}), x := CAST(${value} AS ${e}))`
  const elements = sql`list_transform(${list.sql}, lambda ${x}: ${pack(sql`NULL`, x)})`
  const next = pack(step.sql, sql`NULL`)
  const last = sql`list_reduce(${elements}, lambda ${a}, ${b}: ${next}, ${pack(coerce(start, step.type).sql, sql`NULL`)})`
  const whole = sql`list_transform([struct_extract(${last}, 's')], lambda ${r}: ${result.sql})[1]`
  return typed(sql`CASE WHEN ${list.sql} IS NULL THEN NULL ELSE ${whole} END`, result.type)
}

const MOST_SORTED = 200
/** From here on Trino's sort asks for the order of two elements either way round. */
const EITHER_WAY = 32

/**
 * By a comparator. The place of an element is the number of those that come before it: of the earlier ones those that it is not below, of the
 * later ones those that are below it. Trino asks for the first two in any case, and which others are asked for depends on the sort. Where places are taken twice, the comparator has no order, and which one comes out depends on the sort.
 */
function arraySort(given: GivenLambda): Typed | undefined {
  const [list] = given.args
  if (list?.type.base !== 'array' || given.e.args.length !== 2) return undefined
  const { ctx } = given
  const element = list.type.children[0] as TrinoType
  const [l, m, x, y] = ['l', 'm', 'p', 'z'].map((name) => named(ctx, name)) as [Sql, Sql, Sql, Sql]
  const compared = body(given, 1, [typed(x, element), typed(y, element)])
  const turned = body(given, 1, [typed(y, element), typed(x, element)])
  if (!compared || !turned) return undefined
  if (!makes(compared, t.INTEGER)) throw unexpected(given)
  const rows = (each: Sql) => sql`list_transform(${l}, lambda ${x}, i0: list_transform(list_slice(${l}, 1, i0 - 1), lambda ${y}: ${each}))`
  const asked = sql`struct_pack(c := ${compared.sql}, s := len(${l}) < ${integer(EITHER_WAY)} OR ${compared.sql} = -(${turned.sql}))`
  const some = (test: Sql) => sql`len(list_filter(flatten(${m}), lambda a0: ${test})) > 0`
  const place = sql`len(list_filter(${m}[i1], lambda a1: struct_extract(a1, 'c') >= 0)) + len(list_filter(range(i1 + 1, len(${l}) + 1), lambda j1: struct_extract(${m}[j1][i1], 'c') < 0))`
  const places = sql`list_transform(${l}, lambda e1, i1: {'p': ${place}, 'v': e1})`
  const as = duckType(list.type)
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Lambda comparator must return either -1, 0, or 1', as)
  const other = failure(ctx, 'NOT_SUPPORTED', 'array_sort with a comparator that has no order is not served here yet', as)
  const untold = failure(
    ctx,
    'NOT_SUPPORTED',
    'array_sort with a comparator that returns other than -1, 0 or 1 for some elements is not served here yet',
    as,
  )
  const far = failure(ctx, 'NOT_SUPPORTED', `array_sort of so many elements with a comparator is not served here yet`, as)
  const taken = sql`len(list_distinct(list_transform(o0, lambda o1: struct_extract(o1, 'p')))) < len(o0) THEN ${other} ELSE list_transform(list_sort(o0), lambda o2: struct_extract(o2, 'v'))`
  const sorted = sql`list_transform([${places}], lambda o0: CASE WHEN ${taken} END)[1]`
  const isBad = (asked: Sql) => sql`struct_extract(${asked}, 'c') IS NULL OR struct_extract(${asked}, 'c') NOT IN (-1, 0, 1)`
  const checked = sql`CASE WHEN len(${l}) > 1 AND (${isBad(sql`${m}[2][1]`)}) THEN ${bad} WHEN ${some(isBad(sql`a0`))} THEN ${untold} WHEN ${some(sql`NOT struct_extract(a0, 's')`)} THEN ${other} ELSE ${sorted} END`
  const each = sql`CASE WHEN len(${l}) > ${integer(MOST_SORTED)} THEN ${far} WHEN ${l} IS NOT NULL THEN list_transform([${rows(asked)}], lambda ${m}: ${checked})[1] END`
  return typed(sql`list_transform([${list.sql}], lambda ${l}: ${each})[1]`, list.type)
}

/** What is between the matches, each with its groups behind it; a null in the place of a match makes all null. */
function regexpReplace(given: GivenLambda): Typed | undefined {
  const [text, pattern] = given.args
  if (given.e.args.length !== 3 || !text || !pattern || ![text, pattern].every(({ type }) => canCoerce(type, t.VARCHAR))) return undefined
  const [m, q] = ['m', 'q'].map((name) => named(given.ctx, name)) as [Sql, Sql]
  const made = body(given, 2, [typed(sql`list_slice(${q}, 2, len(${q}))`, t.arrayOf(t.VARCHAR))])
  if (!made) return undefined
  if (!canCoerce(made.type, t.VARCHAR)) throw unexpected(given)
  const by = coerce(made, t.VARCHAR).sql
  const parts = sql`list_transform(${m}, lambda ${q}, i0: CASE WHEN i0 < len(${m}) THEN ${q}[1] || ${by} ELSE ${q}[1] END)`
  const whole = sql`list_transform([${parts}], lambda w0: CASE WHEN len(w0) = list_count(w0) THEN array_to_string(w0, '') END)[1]`
  const matches = sql`trino_regexp_parts(${coerce(text, t.VARCHAR).sql}, ${coerce(pattern, t.VARCHAR).sql})`
  return typed(sql`list_transform([${matches}], lambda ${m}: ${whole})[1]`, t.VARCHAR)
}

export const LAMBDAS: Readonly<Record<string, (given: GivenLambda) => Typed | undefined>> = {
  map_filter: mapFilter,
  transform_values: transformValues,
  transform_keys: transformKeys,
  map_zip_with: mapZipWith,
  zip_with: zipWith,
  array_sort: arraySort,
  regexp_replace: regexpReplace,
  reduce,
}
