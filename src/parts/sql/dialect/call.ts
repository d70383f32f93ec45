// Calls: the overload, the aggregate's or window's clauses, and the refusal of what is not served.

import { type Context, failure, mismatch } from '#parts/sql/dialect/context'
import { halfUp, rescaled, sumOf, unscaled } from '#parts/sql/dialect/decimals'
import { RANKING } from '#parts/sql/dialect/functions/aggregate'
import { aggregates, scalars, windows } from '#parts/sql/dialect/functions/index'
import type { Overload } from '#parts/sql/dialect/functions/overloads'
import { type Argument, apply, choose, type Match, type Signature } from '#parts/sql/dialect/functions/signature'
import { trinoKind, trinoOverloads, trinoTakes } from '#parts/sql/dialect/functions/trino-functions'
import { assertOrderedHere, isNested, listOrderedByEngine, type NanIs, orderedByEngine } from '#parts/sql/dialect/nested-order'
import { nullCall, withTypedNulls } from '#parts/sql/dialect/nulls'
import { asInstant, assertOneZone, condition, isComparable, isOrderable } from '#parts/sql/dialect/operators'
import { percentile } from '#parts/sql/dialect/percentiles'
import { holdsMap, identityOf } from '#parts/sql/dialect/same-maps'
import { hasRule, specialCall } from '#parts/sql/dialect/special'
import { outside } from '#parts/sql/dialect/tries'
import { duckType, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { shown } from '#parts/sql/dialect/zone-calls'
import { holdsZone, instantOf } from '#parts/sql/dialect/zoned'
import { FunctionNotFound, FunctionNotServed, NotSupported, sqlError } from '#parts/sql/errors'
import type { Bound, Call, Expression, Frame, Position, SortItem, Window } from '#parts/sql/syntax/ast'
import { isForm } from '#parts/sql/syntax/special-calls'
import { identifier, integer, join, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

type Analyse = (e: Expression, ctx: Context) => Typed

/** Of functions; what Trino's grammar has by itself has no such limit. */
const MOST_ARGUMENTS = 127

export function call(e: Call, pos: Position, ctx: Context, analyse: Analyse): Typed {
  const made = served(e, pos, ctx, analyse)
  if (e.args.length <= MOST_ARGUMENTS || isForm(e)) return made
  const name = e.name.at(-1)?.lower as string
  if (name.startsWith('$')) throw NotSupported({ ...pos, text: `${name.slice(1)} of so many arguments is not served here` })
  throw sqlError('TOO_MANY_ARGUMENTS', pos, `Too many arguments for function call ${name}()`)
}

function served(e: Call, pos: Position, ctx: Context, analyse: Analyse): Typed {
  const name = (e.name.at(-1)?.lower ?? '') as string
  const prefix = e.name.slice(0, -1).map((n) => n.lower)
  if (prefix.length > 0 && prefix.join('.') !== 'system.builtin')
    throw FunctionNotFound({ ...pos, name: e.name.map((n) => n.text).join('.') })
  if (e.over !== undefined || windows.has(name)) return outside(ctx, (outer) => windowCall(e, name, pos, outer, analyse))
  if (aggregates.has(name)) return outside(ctx, (outer) => aggregateCall(e, name, pos, outer, analyse))
  if (trinoKind(name) === 'aggregate') throw FunctionNotServed({ ...pos, name })
  if (e.distinct || e.filter || e.orderBy.length > 0 || e.star || e.nulls)
    throw sqlError('FUNCTION_NOT_AGGREGATE', pos, `DISTINCT, ORDER BY and FILTER are not supported for non-aggregation functions: ${name}`)
  // A rule may look at the arguments and leave the call to the signatures: they are analysed once, or nested calls would double at each level.
  const known = new Map<Expression, Typed>()
  const once: Analyse = (arg, at) => {
    if (at !== ctx) return analyse(arg, at)
    const value = known.get(arg) ?? analyse(OF_FIELDS.has(name) || name === 'date' ? coarse(arg) : arg, at)
    known.set(arg, value)
    return value
  }
  if (!scalars.has(name) && !hasRule(name)) throw unknownFunction(name, pos)
  const overloads = overloadsOf(name)
  if (overloads.length > 0) {
    const args = argumentsOf(e, ctx, once)
    const chosen = withNulls(name, args, pos)
    const none = nullCall(overloads, args)
    if (none) return none
    for (const [i, arg] of chosen.entries()) if (!('lambda' in arg)) known.set(e.args[i] as Expression, arg)
  }
  const special = specialCall(name, e, pos, ctx, once)
  if (special) return special
  const match = pick(ctx, name, scalars.get(name) ?? [], shownArguments(name, argumentsOf(e, ctx, once)), pos)
  assertZonesServed(name, match, pos)
  return typed(nullFirst(name, match, apply(match.signature.template, match.args, failures(ctx, name, match))), match.type)
}

/** Of a null a call is null before the function looks at what else it is given. */
function nullFirst(name: string, { signature, args }: Match, made: Sql): Sql {
  const open = args.filter(({ literal }) => literal === undefined || literal === null)
  const isAsked = overloadsOf(name).some(({ nullable }) => nullable.includes(true))
  if (!signature.template.marks.has('e') || isAsked || open.length === 0 || signature.args.some(({ name: type }) => type === 'fn'))
    return made
  const isNull = join(
    open.map((arg) => sql`${arg.sql} IS NULL`),
    ' OR ',
  )
  return sql`CASE WHEN ${isNull} THEN NULL ELSE ${made} END`
}

/** Functions of the fields that the clocks of a moment's zone show. */
const OF_FIELDS: ReadonlySet<string> = new Set(
  `year quarter month week week_of_year day day_of_month day_of_week dow day_of_year doy year_of_week yow hour minute second millisecond
   last_day_of_month`.split(/\s+/),
)

/** A literal without the digits of a second that the engine does not hold and no field shows. */
const coarse = (arg: Expression): Expression =>
  arg.k === 'typed' && /^time(stamp)?$/.test(arg.type) ? { ...arg, value: arg.value.replace(/(\.\d{6})\d{4,6}$/, '$1') } : arg

/** A char as the text without its padding. */
const trimmed = (arg: Argument): Argument =>
  'lambda' in arg || arg.type.base !== 'char' ? arg : typed(arg.sql, t.simple('varchar', ...arg.type.numbers))

/** A char as the text with it. */
const filled = (arg: Argument): Argument =>
  'lambda' in arg || arg.type.base !== 'char'
    ? arg
    : typed(sql`rpad(${arg.sql}, ${integer(arg.type.numbers[0] ?? 1)}, ' ')`, t.simple('varchar', ...arg.type.numbers))

const shownArguments = (name: string, args: readonly Argument[]): readonly Argument[] => {
  if (/^[lr]?trim$/.test(name)) return args.map(trimmed)
  if (/^substr(ing)?$/.test(name)) return args.map(filled)
  return OF_FIELDS.has(name) ? args.map((arg) => ('lambda' in arg ? arg : shown(arg))) : args
}

/** Functions that ask nothing of the values that they carry. */
const CARRIERS: ReadonlySet<string> = new Set(
  `any_match all_match none_match any_value arbitrary array_agg cardinality count element_at filter first_value flatten lag last_value lead map
   map_entries map_keys map_values max max_by min min_by nth_value reduce repeat reverse shuffle slice to_unixtime transform trim_array zip zip_with
   `.split(/\s+/),
)

/** The engine would hold moments for equal by their zones too. */
function assertZonesServed(name: string, { args, bindings }: Match, pos: Position): void {
  const keyed = bindings.get('K')
  const held = args.find((arg) => holdsZone(arg.type))?.type
  if (held && (!CARRIERS.has(name) || (keyed && holdsZone(keyed)))) assertOneZone(held, `function ${name}`, pos)
}

/** In a template, `{e}` is the error for arguments that Trino refuses, and `{u}` for those that are not served here. */
function failures(ctx: Context, name: string, { type }: Match): ReadonlyMap<string, Sql> {
  const as = duckType(type)
  return new Map([
    ['e', failure(ctx, 'INVALID_FUNCTION_ARGUMENT', `Invalid argument of ${name}`, as)],
    ['u', failure(ctx, 'NOT_SUPPORTED', `${name} of these values is not served here yet`, as)],
  ])
}

/** Arguments as values; a lambda as a function of the types of its parameters. */
function argumentsOf(e: Call, ctx: Context, analyse: Analyse): Argument[] {
  return e.args.map((arg): Argument => {
    if (arg.k !== 'lambda') return analyse(arg, ctx)
    return {
      arity: arg.params.length,
      lambda: (types) => {
        // By their place, so that the same expression has the same text each time.
        const first = ctx.parameters ?? 0
        const names = arg.params.map((_, i) => identifier(`y${first + i}`))
        const bound = new Map(ctx.lambdas)
        for (const [i, param] of arg.params.entries()) bound.set(param.lower, typed(names[i] as Sql, types[i] as Typed['type']))
        return { names, body: analyse(arg.body, { ...ctx, lambdas: bound, parameters: first + names.length }) }
      },
    }
  })
}

/** None of those whose call is a form of the grammar with fewer arguments than the list of functions tells. */
const overloadsOf = (name: string): readonly Overload[] => (/^(listagg|normalize)$/.test(name) ? [] : trinoOverloads(name))

function withNulls(name: string, args: readonly Argument[], pos: Position): readonly Argument[] {
  const overloads = overloadsOf(name)
  return overloads.length === 0 ? args : withTypedNulls(overloads, args, pos, () => noOverload(name, args, pos))
}

const noOverload = (name: string, args: readonly Argument[], pos: Position): Error =>
  notFound(
    name,
    args,
    overloadsOf(name).map(({ text }) => text),
    pos,
  )

function notFound(name: string, args: readonly Argument[], expected: readonly string[], pos: Position): Error {
  const given = args.map((a) => ('lambda' in a ? 'function' : t.printType(a.type))).join(', ')
  return sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${given}) for function ${name}. Expected: ${expected.join(', ')}`)
}

function unknownFunction(name: string, pos: Position): Error {
  return trinoKind(name) === undefined ? FunctionNotFound({ ...pos, name }) : FunctionNotServed({ ...pos, name })
}

/** A signature has its lambdas where the call has: then one of them has another result. */
function hasLambdas(signatures: readonly Signature[], args: readonly Argument[]): boolean {
  const isLambda = (arg: Argument) => 'lambda' in arg
  return (
    args.some(isLambda) &&
    signatures.some((s) => s.args.length === args.length && s.args.every((p, i) => (p.name === 'fn') === isLambda(args[i] as Argument)))
  )
}

const ofSameMaps = (arg: Argument): Argument => ('lambda' in arg || !holdsMap(arg.type) ? arg : { ...arg, sql: identityOf(arg) })

/** Functions that tell which elements are the same. */
const OF_SAME = /^(array_(distinct|union|intersect|except)|arrays_overlap|contains_sequence)$/

function pick(ctx: Context, name: string, signatures: readonly Signature[], given: readonly Argument[], pos: Position): Match {
  const args = comparedArguments(ctx, name, OF_SAME.test(name) ? given.map(ofSameMaps) : given, pos)
  const match = choose(signatures, args, ctx.analysis.session)
  if (match) return match
  const shape = args.map((a) => ('lambda' in a ? 'function' : a.type))
  if (!hasLambdas(signatures, args) && trinoTakes(name, shape)) {
    const types = shape.map((type) => (type === 'function' ? 'a lambda' : t.printType(type))).join(', ')
    throw NotSupported({ ...pos, text: `function ${name} of ${types} is not served here yet` })
  }
  throw notFound(
    name,
    args,
    signatures.map((s) => s.text.replace(' -> ', ': ').split(': ')[0] as string),
    pos,
  )
}

function aggregateCall(e: Call, name: string, pos: Position, ctx: Context, analyse: Analyse): Typed {
  if (ctx.inAggregate) throw sqlError('NESTED_AGGREGATION', ctx.inAggregate, `Cannot nest aggregations inside aggregation '${name}'`)
  if (ctx.noAggregates !== undefined)
    throw sqlError(
      'EXPRESSION_NOT_SCALAR',
      ctx.at ?? pos,
      `${ctx.noAggregates} cannot contain aggregations, window functions or grouping operations: [${name}]`,
    )
  const inner: Context = { ...ctx, inAggregate: pos, noWindows: `aggregation '${name}'` }
  const filter = e.filter ? sql` FILTER (WHERE ${condition(analyse(e.filter, inner), e.filter.pos, 'Filter expression').sql})` : nothing
  return applyAggregate(e, name, pos, inner, analyse, filter)
}

function applyAggregate(e: Call, name: string, pos: Position, ctx: Context, analyse: Analyse, suffix: Sql): Typed {
  if (e.star && name !== 'count') throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (*) for function ${name}`)
  const isSet = e.distinct || name === 'approx_distinct'
  const byInstant = (arg: Argument): Argument => ('lambda' in arg ? arg : asInstant(arg))
  const given = withNulls(name, argumentsOf(e, ctx, analyse), pos)
  const args = (/^(count|approx_distinct)$/.test(name) ? given.map(byInstant) : given).map((arg) => (isSet ? ofSameMaps(arg) : arg))
  const [first] = args
  if (name === 'make_set_digest' && first && 'type' in first && isUnknown(first.type))
    throw NotSupported({ ...pos, text: 'make_set_digest of a null of no type is not served here' })
  const ofDigests = e.distinct ? args.find((arg) => !('lambda' in arg) && !isComparable(arg.type)) : undefined
  if (ofDigests) throw mismatch(pos, 'DISTINCT can only be applied to comparable types')
  const d = e.distinct ? sql`DISTINCT ` : nothing
  if (first && !('lambda' in first) && args.length === 1 && first.type.base === 'decimal') {
    const exact = decimalAggregate(name, first, d, suffix, e.over === undefined)
    if (exact) return exact
  }
  if (name === 'approx_percentile') {
    const made = percentile({ ctx, args: args as readonly Typed[], shares: e.args.slice(1), distinct: d, suffix })
    if (made) return made
  }
  const match = pick(ctx, name, aggregates.get(name) as readonly Signature[], args, pos)
  assertZonesServed(e.distinct ? `${name}(DISTINCT)` : name, match, pos)
  const o = e.orderBy.length > 0 ? sql` ${orderByOf(e.orderBy, ctx, analyse)}` : nothing
  const { template } = match.signature
  if (o !== nothing && !template.marks.has('o') && !/^(min|max|sum|avg|count)/.test(name))
    throw NotSupported({ ...pos, text: `ORDER BY in ${name} is not served here` })
  if (
    e.distinct &&
    !template.marks.has('d') &&
    !(match.args.length === 1 && ONE_OF_EQUALS.test(name)) &&
    !/^(any_value|arbitrary|max_by|min_by|approx_distinct|bool_and|bool_or|every|bitwise_\w+_agg)$/.test(name)
  )
    throw NotSupported({ ...pos, text: `DISTINCT in ${name} is not served here yet` })
  return typed(apply(template, match.args, new Map([...marks({ d, o, s: suffix }), ...failures(ctx, name, match)])), match.type)
}

/** The same of values that come once as of those that come more often. */
const ONE_OF_EQUALS = /^(min|max)$/

const marks = (given: Readonly<Record<string, Sql>>): ReadonlyMap<string, Sql> => new Map(Object.entries(given))

function decimalAggregate(name: string, value: Typed, d: Sql, suffix: Sql, grouped: boolean): Typed | undefined {
  if (name !== 'sum' && name !== 'avg') return undefined
  const scale = value.type.numbers[1] as number
  const type = t.decimal(38, scale)
  const total =
    value.product && grouped && d === nothing
      ? sumOf(value.product, type, suffix)
      : sql`CAST(sum(${d}${value.sql})${suffix} AS DECIMAL(38,${integer(scale)}))`
  if (name === 'sum') return typed(total, type)
  const count = sql`CAST(count(${d}${value.sql})${suffix} AS HUGEINT)`
  return typed(sql`CASE WHEN ${count} > 0 THEN ${rescaled(halfUp(unscaled(total, 0), count), value.type)} END`, value.type)
}

function windowCall(e: Call, name: string, pos: Position, ctx: Context, analyse: Analyse): Typed {
  if (e.over === undefined) throw sqlError('MISSING_OVER', pos, `Window function ${name} requires an OVER clause`)
  if (ctx.noWindows !== undefined)
    throw sqlError(
      ctx.inAggregate ? 'NESTED_WINDOW' : 'EXPRESSION_NOT_SCALAR',
      ctx.at ?? pos,
      `${ctx.noWindows} cannot contain aggregations, window functions or grouping operations: [${name}]`,
    )
  const inner: Context = { ...ctx, noWindows: 'window function' }
  const window = resolveWindow(e.over, ctx)
  if (window.frame && RANKING.has(name))
    throw sqlError('INVALID_WINDOW_FRAME', window.frame.pos, `Cannot specify window frame for ${name} function`)
  const filter = e.filter ? sql` FILTER (WHERE ${condition(analyse(e.filter, inner), e.filter.pos, 'Filter expression').sql})` : nothing
  const signatures = windows.get(name)
  const over = sql` OVER (${windowOf(window, inner, analyse, RANKING.has(name))})`
  if (!signatures) {
    if (!aggregates.has(name)) {
      if (scalars.has(name)) throw sqlError('FUNCTION_NOT_WINDOW', pos, `OVER clause is not supported for non-window function: ${name}`)
      throw unknownFunction(name, pos)
    }
    if (e.filter) throw NotSupported({ ...pos, text: 'Window functions with FILTER are not supported' })
    return applyAggregate(e, name, pos, inner, analyse, sql`${filter}${over}`)
  }
  if (window.orderBy.length === 0 && (name === 'lag' || name === 'lead'))
    throw sqlError('MISSING_ORDER_BY', window.pos, `${name} function requires an ORDER BY window clause`)
  const match = pick(ctx, name, signatures, withNulls(name, argumentsOf(e, inner, analyse), pos), pos)
  const n = e.nulls === 'ignore' ? sql` IGNORE NULLS` : nothing
  return typed(
    apply(
      match.signature.template,
      match.args,
      new Map([...marks({ n, s: sql`${filter}${over}` }), ...failures(inner, name, { ...match, type: t.BIGINT })]),
    ),
    match.type,
  )
}

function resolveWindow(over: NonNullable<Call['over']>, ctx: Context): Window {
  const find = (name: { lower: string; text: string; pos: Position }): Window => {
    const window = ctx.windows?.get(name.lower)
    if (!window) throw sqlError('INVALID_ARGUMENTS', name.pos, `Cannot resolve WINDOW name ${name.text}`)
    return window.base ? merge(find(window.base), window) : window
  }
  if ('lower' in over) return find(over)
  return over.base ? merge(find(over.base), over) : over
}

function merge(base: Window, own: Window): Window {
  return {
    pos: own.pos,
    partitionBy: base.partitionBy,
    orderBy: own.orderBy.length > 0 ? own.orderBy : base.orderBy,
    ...(own.frame ? { frame: own.frame } : base.frame ? { frame: base.frame } : {}),
  }
}

function windowOf(window: Window, ctx: Context, analyse: Analyse, ranking: boolean): Sql {
  const parts: Sql[] = []
  if (window.partitionBy.length > 0)
    parts.push(sql`PARTITION BY ${join(window.partitionBy.map((p) => keyed(analyse(p, ctx), 'PARTITION BY', p.pos)))}`)
  if (window.orderBy.length > 0) parts.push(orderByOf(window.orderBy, ctx, analyse))
  const { frame } = window
  if (frame && !ranking) {
    const bound = (b: Bound) => (b.value ? sql`${boundValue(b.value, frame.unit, ctx, analyse)} ${token(b.k)}` : token(b.k))
    if (frame.unit === 'range' && window.orderBy.length === 0 && (frame.start.value || frame.end?.value))
      throw sqlError('MISSING_ORDER_BY', frame.pos, 'Window frame of type RANGE PRECEDING or FOLLOWING requires ORDER BY')
    assertForward(frame)
    parts.push(sql`${token(frame.unit)} ${frame.end ? sql`BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}` : bound(frame.start)}`)
  }
  return join(parts, ' ')
}

function boundValue(value: Expression, unit: string, ctx: Context, analyse: Analyse): Sql {
  const bound = analyse(value, ctx)
  const ok = unit === 'range' || bound.type.base === 'bigint' || bound.type.base === 'integer'
  if (!ok)
    throw mismatch(
      value.pos,
      `Window frame ${unit.toUpperCase()} value type must be exact numeric type with scale 0 (actual ${t.printType(bound.type)})`,
    )
  if (unit === 'range' || bound.literal !== undefined) return bound.sql
  const bad = failure(ctx, 'INVALID_WINDOW_FRAME', 'Window frame offset value must not be negative or null', sql`BIGINT`)
  return sql`CASE WHEN ${bound.sql} >= 0 THEN ${bound.sql} ELSE ${bad} END`
}

/** What compares a value, by the place of its argument, and where NaN is to it. */
const COMPARING: ReadonlyMap<string, readonly [place: number, nan: NanIs]> = new Map<string, readonly [number, NanIs]>([
  ['min', [0, 'greatest']],
  ['max', [0, 'least']],
  ['array_min', [0, 'greatest']],
  ['array_max', [0, 'least']],
  ['array_sort', [0, 'greatest']],
  ['min_by', [1, 'greatest']],
  ['max_by', [1, 'least']],
])

/** Arrays and rows that are compared, as the engine may compare them. */
function comparedArguments(ctx: Context, name: string, args: readonly Argument[], pos: Position): readonly Argument[] {
  const [place, nan] = COMPARING.get(name) ?? []
  const arg = place === undefined ? undefined : args[place]
  if (place === undefined || !nan || !arg || 'lambda' in arg || args.some((a) => 'lambda' in a)) return args
  const isList = name.startsWith('array_')
  const type = isList ? arg.type.children[0] : arg.type
  if (type && !isOrderable(type)) throw noOverload(name, args, pos)
  if (!type || !isNested(type)) return args
  assertOrderedHere(type, name, pos)
  const as = duckType(arg.type)
  return args.with(place, { ...arg, sql: isList ? listOrderedByEngine(ctx, arg, nan, name, as) : orderedByEngine(ctx, arg, nan, name, as) })
}

const PLACES: readonly string[] = ['unbounded preceding', 'preceding', 'current row', 'following', 'unbounded following']

/** A frame that ends before it begins. */
function assertForward({ start, end, pos }: Frame): void {
  if (end && PLACES.indexOf(start.k) > PLACES.indexOf(end.k))
    throw sqlError(
      'INVALID_WINDOW_FRAME',
      pos,
      `Window frame starting from ${start.k.toUpperCase()} cannot end with ${end.k.toUpperCase()}`,
    )
}

/** ORDER BY with Trino's default: nulls last, whichever the direction. */
export function orderByOf(items: readonly SortItem[], ctx: Context, analyse: Analyse): Sql {
  const parts = items.map((item) => {
    return sortText(sortKey(ctx, analyse(item.value, ctx), item.value.pos), item)
  })
  return sql`ORDER BY ${join(parts)}`
}

/** What decides whether two are in one group. */
export function keyed(value: Typed, clause: string, pos: Position): Sql {
  if (!isComparable(value.type))
    throw mismatch(pos, `${t.printType(value.type)} is not comparable, and therefore cannot be used in ${clause}`)
  if (isNested(value.type)) assertOneZone(value.type, clause, pos)
  return identityOf(value)
}

/** What the engine sorts by. */
export function sortKey(ctx: Context, value: Typed, pos: Position): Sql {
  if (!isOrderable(value.type))
    throw mismatch(pos, `Type ${t.printType(value.type)} is not orderable, and therefore cannot be used in ORDER BY`)
  if (isUnknown(value.type)) return sql`NULL`
  if (!isNested(value.type)) return instantOf(value)
  assertOrderedHere(value.type, 'ORDER BY', pos)
  return orderedByEngine(ctx, value, 'greatest', 'ORDER BY', duckType(value.type))
}

export function sortText(value: Sql, item: SortItem): Sql {
  return sql`${value} ${token(item.descending ? 'DESC' : 'ASC')} NULLS ${token(item.nulls ?? 'last')}`
}
