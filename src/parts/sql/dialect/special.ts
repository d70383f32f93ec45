// Functions with a rule of their own: conditionals, dates and formats whose unit or pattern is a literal.

import { own } from '#kit/own'
import { cast, printText } from '#parts/sql/dialect/casts'
import { type Context, failure } from '#parts/sql/dialect/context'
import { dateAdd, dateDiff, dateFormat, dateParse, dateTrunc, formatDatetime } from '#parts/sql/dialect/date-calls'
import { arrayPosition, arrayRemove, contains } from '#parts/sql/dialect/element-search'
import { formatText } from '#parts/sql/dialect/format'
import type { Given } from '#parts/sql/dialect/given'
import { jsonExtract, jsonParse, jsonSize } from '#parts/sql/dialect/json-calls'
import { jsonArray, jsonExists, jsonObject, jsonQuery, jsonValue } from '#parts/sql/dialect/json-standard'
import { LAMBDAS } from '#parts/sql/dialect/lambda-calls'
import { isNested, listOrderedByEngine, orderOfNested } from '#parts/sql/dialect/nested-order'
import { arithmetic, compare, condition, isOrderable, monthsOf, unify } from '#parts/sql/dialect/operators'
import { javaReplacement, patternUse, regexpCall, regexpGroup } from '#parts/sql/dialect/regexp'
import { atRun, within } from '#parts/sql/dialect/tries'
import {
  canCoerce,
  coerce,
  commonType,
  duckType,
  isApproximate,
  isInteger,
  isText,
  isUnknown,
  ofNoPlace,
  precision,
  type Typed,
  typed,
} from '#parts/sql/dialect/types'
import {
  fromIsoTimestamp,
  fromUnixtime,
  momentArgument,
  momentOf,
  momentToIso,
  offsetField,
  parseDatetime,
  shownIn,
  timeShownIn,
  withTimezone,
  zoneName,
} from '#parts/sql/dialect/zone-calls'
import { constantMoment, inSession, instantOf, isMoment } from '#parts/sql/dialect/zoned'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Call, Expression, Position } from '#parts/sql/syntax/ast'
import { integer, join, literal, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

type Analyse = (e: Expression, ctx: Context) => Typed

/** The result, or undefined when `name` has no rule here. */
export function specialCall(name: string, e: Call, pos: Position, ctx: Context, analyse: Analyse): Typed | undefined {
  const lambdas = own(LAMBDAS, name)
  if (lambdas && e.args.some(({ k }) => k === 'lambda')) {
    const args = e.args.map((arg) => (arg.k === 'lambda' ? undefined : analyse(arg, ctx)) as Typed)
    return lambdas({ name, e, pos, ctx, args, analyse })
  }
  const rule = RULES.get(name)
  if (!rule) return undefined
  if (name === 'try') {
    expectCount(name, e, [1], pos)
    return within(ctx, (inside) => analyse(e.args[0] as Expression, inside))
  }
  return rule({ name, e, pos, ctx, args: e.args.map((arg) => (arg.k === 'lambda' ? undefined : analyse(arg, ctx)) as Typed) })
}

/** Whether a call may have one. */
export const hasRule = (name: string): boolean => RULES.has(name) || own(LAMBDAS, name) !== undefined

function expectCount(name: string, e: Call, counts: readonly number[], pos: Position): void {
  if (!counts.includes(e.args.length))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected number of parameters (${e.args.length}) for function ${name}`)
}

const RULES = new Map<string, (given: Given) => Typed | undefined>(
  Object.entries<(given: Given) => Typed | undefined>({
    try: () => undefined,
    coalesce: ({ args, pos, e, ctx }) => {
      const { type, values } = unify(
        ctx,
        args,
        e.args.map((a) => a.pos),
        'All COALESCE operands',
      )
      void pos
      return typed(sql`coalesce(${join(values.map((v) => v.sql))})`, type)
    },
    nullif: ({ name, e, args, pos, ctx }) => {
      expectCount(name, e, [2], pos)
      const [a, b] = args.map(ofNoPlace) as [Typed, Typed]
      unify(ctx, [a, b], pos, 'NULLIF operands')
      return typed(sql`CASE WHEN ${compare(ctx, '=', a, b, pos).sql} THEN NULL ELSE ${a.sql} END`, a.type)
    },
    if: ({ name, e, args, pos, ctx }) => {
      expectCount(name, e, [2, 3], pos)
      const test = condition(args[0] as Typed, (e.args[0] as Expression).pos, 'IF condition')
      const { type, values } = unify(ctx, args.slice(1), pos, 'Result types for IF')
      return typed(
        sql`CASE WHEN ${test.sql} THEN ${(values[0] as Typed).sql}${values[1] ? sql` ELSE ${values[1].sql}` : nothing} END`,
        type,
      )
    },
    array_max: ({ args }) => {
      const [list] = args
      const element = list?.type.base === 'array' ? list.type.children[0] : undefined
      if (!list || !element || !isApproximate(element)) return undefined
      const numbers = sql`list_max(list_filter(${list.sql}, lambda x0: NOT isnan(x0)))`
      return typed(
        sql`CASE WHEN len(${list.sql}) > list_count(${list.sql}) THEN NULL ELSE coalesce(${numbers}, list_max(${list.sql})) END`,
        element,
      )
    },
    greatest: (g) => extreme(g),
    least: (g) => extreme(g),
    mod: ({ name, e, args, pos, ctx }) => {
      expectCount(name, e, [2], pos)
      return arithmetic(ctx, '%', args[0] as Typed, args[1] as Typed, pos)
    },
    concat: ({ args, pos, ctx, name }) => {
      if (args.length < 2) throw sqlError('INVALID_FUNCTION_ARGUMENT', pos, `There must be two or more concatenation arguments to ${name}`)
      return args.reduce((left, right) => arithmetic(ctx, '||', left, right, pos))
    },
    round: ({ args, e, pos }) => {
      const [value, digits] = args
      if (value && digits && isInteger(value.type) && typeof digits.literal === 'bigint' && digits.literal < 0n)
        return typed(sql`CAST(${wholeRound(value.sql, digits.literal)} AS ${duckType(value.type)})`, value.type)
      if (value && digits && isInteger(value.type) && typeof digits.literal !== 'bigint')
        throw NotSupported({ ...pos, text: 'round of whole numbers is served with a literal number of digits only' })
      return roundDecimal(args, e.args.length)
    },
    abs: () => undefined,
    ceil: ({ args }) => wholeDecimal(args, 'ceil'),
    ceiling: ({ args }) => wholeDecimal(args, 'ceil'),
    floor: ({ args }) => wholeDecimal(args, 'floor'),
    truncate: ({ args, e }) => (e.args.length === 1 ? wholeDecimal(args, 'trunc') : truncateDecimal(args)),
    sign: ({ args }) =>
      args[0]?.type.base === 'decimal' ? typed(sql`CAST(sign(${args[0].sql}) AS DECIMAL(1,0))`, t.decimal(1, 0)) : undefined,
    now: ({ ctx: { analysis } }) => constantMoment(BigInt(analysis.session.now.getTime()) * 1000n, analysis.session.timeZone, 3),
    current_timezone: ({ ctx }) => typed(literal(ctx.analysis.session.timeZone), t.VARCHAR),
    version: ({ ctx }) => typed(literal(ctx.analysis.session.version), t.VARCHAR),
    typeof: ({ args, name, e, pos }) => {
      expectCount(name, e, [1], pos)
      return typed(literal(t.describedType(t.printType((args[0] as Typed).type))), t.VARCHAR)
    },
    date: ({ args, pos, ctx }) => {
      const [value] = args
      if (!value) throw sqlError('FUNCTION_NOT_FOUND', pos, 'Unexpected parameters () for function date')
      return value.type.zoned ? cast(ctx, value, t.DATE, pos) : typed(sql`CAST(${value.sql} AS DATE)`, t.DATE)
    },
    at_timezone: ({ args, name, e, pos, ctx }) => {
      expectCount(name, e, [2], pos)
      if (args[0]?.type.base === 'time with time zone') return timeShownIn(ctx, args[0], args[1] as Typed, pos)
      return shownIn(ctx, momentOf(ctx, momentArgument(args[0], name, pos)), args[1] as Typed, pos)
    },
    with_timezone: withTimezone,
    to_unixtime: ({ args: [value], ctx: { analysis }, pos }) => {
      if (value?.type.base !== 'timestamp' || analysis.session.timeZone === 'UTC') return undefined
      if (precision(value.type) > 6)
        throw NotSupported({ ...pos, text: `to_unixtime of ${t.printType(value.type)} is not served here yet` })
      return typed(sql`epoch(${instantOf(inSession(analysis.session, value, precision(value.type)))})`, t.DOUBLE)
    },
    to_iso8601: ({ args: [value], ctx }) => {
      if (value?.type.base === 'date') return typed(printText(value), t.varchar(16))
      if (value?.type.base === 'timestamp') return timestampToIso(value)
      return value && isMoment(value.type) ? momentToIso(ctx, value) : undefined
    },
    timezone: zoneName,
    timezone_hour: ({ args }) => offsetField(args[0], 3600),
    timezone_minute: ({ args }) => offsetField(args[0], 60),
    from_unixtime: fromUnixtime,
    date_trunc: dateTrunc,
    date_add: dateAdd,
    date_diff: dateDiff,
    date_format: dateFormat,
    date_parse: dateParse,
    regexp_like: regexpCall,
    regexp_extract: (given) => regexpGroup(given, (own) => own),
    regexp_extract_all: (given) => regexpGroup(given, t.arrayOf),
    regexp_split: regexpCall,
    regexp_count: regexpCall,
    regexp_position: regexpCall,
    json_parse: jsonParse,
    $json_array: jsonArray,
    $json_exists: jsonExists,
    $json_object: jsonObject,
    $json_query: jsonQuery,
    $json_value: jsonValue,
    json_size: jsonSize,
    regexp_replace: ({ args, name, e, pos }) => {
      expectCount(name, e, [2, 3], pos)
      if (e.args[2]?.k === 'lambda') return undefined
      if (!args.every((a) => canCoerce(a.type, t.VARCHAR))) return undefined
      const { groups, ours } = patternUse(args[1], name)
      const [value, pattern, by] = args.map((a) => coerce(a, t.VARCHAR)) as [Typed, Typed, Typed | undefined]
      const isOurs = ours || (by && (typeof by.literal !== 'string' || /(?<!\\)\$(?!\d)|\\$/.test(by.literal)))
      const [x, y] = [args[0]?.type.numbers[0], args[2]?.type.numbers[0] ?? 0]
      const isUnbounded = x === undefined || (args[2] && isText(args[2].type) && args[2].type.numbers.length === 0)
      const type = isUnbounded ? t.VARCHAR : by ? bounded(x + Math.max(Math.trunc((x * y) / 2), y) * (x + 1)) : t.varchar(x)
      const asked = [...((by?.literal as string | undefined) ?? '').matchAll(/(?<!\\)\$(\d)/g)]
      if (isOurs || asked.some(([, group]) => groups !== undefined && Number(group) > groups))
        return typed(sql`trino_regexp_replace(${value.sql}, ${pattern.sql}, ${by?.sql ?? sql`''`})`, type)
      const replacement = by ? javaReplacement(by.literal as string) : ''
      return typed(sql`regexp_replace(${value.sql}, ${pattern.sql}, ${literal(replacement)}, 'g')`, type)
    },
    replace: ({ args, e }) => {
      if (e.args.length !== 3 || !args.every((a) => isText(a.type))) return undefined
      const [x, , z] = args.map((a) => a.type.numbers[0])
      const type = x === undefined || z === undefined ? t.VARCHAR : bounded(x + z * (x + 1))
      const [text, old, by] = args.map((a) => coerce(a, t.VARCHAR).sql) as [Sql, Sql, Sql]
      const plain = sql`replace(${text}, ${old}, ${by})`
      if (typeof args[1]?.literal === 'string' && args[1].literal !== '') return typed(plain, type)
      const around = sql`trino_regexp_replace(${text}, '', replace(replace(${by}, ${literal('\\')}, ${literal('\\\\')}), '$', ${literal('\\$')}))`
      return typed(sql`CASE WHEN ${old} = '' THEN ${around} ELSE ${plain} END`, type)
    },
    codepoint: ({ args: [value], name, pos }) => {
      if (value && isText(value.type) && !(value.type.base === 'varchar' && (value.type.numbers[0] ?? 2) <= 1))
        throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${t.printType(value.type)}) for function ${name}`)
      return undefined
    },
    map: ({ args: [keys, values], pos, ctx }) => {
      const key = keys?.type.base === 'array' ? keys.type.children[0] : undefined
      if (key && /^(array|map)$/.test(key.base)) throw NotSupported({ ...pos, text: `map with keys of ${key.base} is not served here yet` })
      if (!keys || values?.type.base !== 'array' || key?.base !== 'row') return undefined
      const plain = listOrderedByEngine(ctx, keys, 'least', 'map with keys', duckType(keys.type))
      return typed(sql`map(${plain}, ${values.sql})`, t.mapOf(key, values.type.children[0] as TrinoType))
    },
    word_stem: ({ args: [, language], name, pos }) => {
      if (language && !isUnknown(language.type) && !(language.type.base === 'varchar' && (language.type.numbers[0] ?? 3) <= 2))
        throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (.., ${t.printType(language.type)}) for function ${name}`)
      return undefined
    },
    render: ({ args: [value, color] }) => {
      if (!value || !isText(value.type) || color?.type.base !== 'color') return undefined
      const [length] = value.type.numbers
      const type = length === undefined ? t.VARCHAR : bounded(length + 15)
      return typed(sql`trino_render(${coerce(value, t.VARCHAR).sql}, ${color.sql})`, type)
    },
    url_encode: ({ args: [value] }) => {
      if (!value || !isText(value.type)) return undefined
      const [length] = value.type.numbers
      return typed(sql`trino_url_encode(${coerce(value, t.VARCHAR).sql})`, length === undefined ? t.VARCHAR : bounded(length * 12))
    },
    split_part: ({ args, name, e, pos, ctx }) => {
      expectCount(name, e, [3], pos)
      const [value, by, index] = [
        coerce(args[0] as Typed, t.VARCHAR),
        coerce(args[1] as Typed, t.VARCHAR),
        coerce(args[2] as Typed, t.BIGINT),
      ]
      const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Index must be greater than zero', sql`VARCHAR`)
      if (by.literal === '') throw NotSupported({ ...pos, text: 'split_part with an empty delimiter is not served here yet' })
      return typed(
        sql`CASE WHEN ${value.sql} IS NULL OR ${by.sql} IS NULL THEN NULL WHEN ${index.sql} <= 0 THEN ${bad} ELSE string_split(${value.sql}, ${by.sql})[${index.sql}] END`,
        t.simple('varchar', ...(args[0]?.type.numbers ?? [])),
      )
    },
    element_at: ({ args, name, e, pos, ctx }) => {
      expectCount(name, e, [2], pos)
      const [list, index] = args as [Typed, Typed]
      const key = list.type.base === 'map' ? list.type.children[0] : undefined
      if (key && !commonType(index.type, key))
        throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (.., ${t.printType(index.type)}) for function ${name}`)
      if (key && isApproximate(key)) {
        const number = coerce(index, key).sql
        return typed(
          sql`CASE WHEN NOT isnan(${number}) THEN map_extract(${list.sql}, ${number})[1] END`,
          list.type.children[1] as TrinoType,
        )
      }
      if (list.type.base !== 'array' || !canCoerce(index.type, t.BIGINT)) return undefined
      const element = list.type.children[0] as TrinoType
      const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1', duckType(element))
      return typed(sql`CASE WHEN ${index.sql} = 0 THEN ${bad} ELSE list_extract(${list.sql}, ${coerce(index, t.BIGINT).sql}) END`, element)
    },
    array_position: arrayPosition,
    array_remove: arrayRemove,
    contains: (given) => {
      const [network, address] = given.args
      if (!network || !isText(network.type) || address?.type.base !== 'ipaddress') return contains(given)
      return typed(sql`trino_address_within(${coerce(network, t.VARCHAR).sql}, ${address.sql})`, t.BOOLEAN)
    },
    map_concat: ({ args, pos }) => {
      if (args.length < 2)
        throw sqlError('INVALID_FUNCTION_ARGUMENT', pos, 'There must be two or more concatenation arguments to map_concat')
      return undefined
    },
    format_datetime: formatDatetime,
    from_iso8601_timestamp: fromIsoTimestamp,
    parse_datetime: parseDatetime,
    reverse: ({ args: [value] }) => {
      if (value?.type.base !== 'char') return undefined
      const whole = sql`rpad(${value.sql}, ${integer(value.type.numbers[0] ?? 1)}, ' ')`
      return typed(sql`rtrim(reverse(${whole}), ' ')`, value.type)
    },
    json_extract: (given) => jsonExtract(given, false),
    json_extract_scalar: (given) => jsonExtract(given, true),
    array_join: ({ args, pos, ctx }) => {
      const [list, by, instead] = args
      if (list?.type.base !== 'array' || list.type.children[0]?.base === 'varchar') return undefined
      if (![by, instead].every((a, i) => (i === 1 && a === undefined) || (a && canCoerce(a.type, t.VARCHAR)))) return undefined
      const [element] = list.type.children as [TrinoType]
      if (isNested(element) || element.base === 'varbinary')
        throw sqlError('OPERATOR_NOT_FOUND', pos, `Cannot cast ${t.printType(element)} to varchar`)
      const texts = cast(ctx, list, t.arrayOf(t.VARCHAR), pos)
      // `string_agg` takes a constant only: each text brings what stands before it, and the first loses it again.
      const before = (by as Typed).sql
      const kept = instead
        ? sql`list_transform(${texts.sql}, lambda j0: ${before} || coalesce(j0, ${instead.sql}))`
        : sql`list_transform(list_filter(${texts.sql}, lambda j0: j0 IS NOT NULL), lambda j0: ${before} || j0)`
      const isNull = join(
        [list, by as Typed, ...(instead ? [instead] : [])].map((a) => sql`${a.sql} IS NULL`),
        ' OR ',
      )
      return typed(
        sql`CASE WHEN ${isNull} THEN NULL ELSE coalesce(substr(list_aggregate(${kept}, 'string_agg', ''), length(${before}) + 1), '') END`,
        t.VARCHAR,
      )
    },
    format: (given) => atRun(given.ctx, t.VARCHAR, [], () => formatText(given)),
  }),
)

/** A text's greatest length, as Trino bounds it. */
const bounded = (length: number): TrinoType => (length >= 2147483647 ? t.VARCHAR : t.varchar(length))

function extreme({ name, args, pos, ctx }: Given): Typed {
  const shared = args.reduce<TrinoType | undefined>((common, arg) => common && commonType(common, arg.type), t.UNKNOWN)
  if (!shared || !isOrderable(shared)) {
    const given = args.map((arg) => t.printType(arg.type)).join(', ')
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${given}) for function ${name}. Expected: ${name}(E) E:orderable`)
  }
  const { type, values } = unify(ctx, args, pos, name)
  if (isNested(type)) return extremeNested(ctx, name, values, type, pos)
  const anyNull = join(
    values.map((v) => sql`${v.sql} IS NULL`),
    ' OR ',
  )
  if (type.zoned) return extremeMoment(name, values)
  if (type.base.startsWith('interval')) {
    const [unitsOf, held, of] =
      type.base === 'interval day to second'
        ? [(v: Typed) => sql`epoch_ms(${v.sql})`, sql`BIGINT`, sql`to_milliseconds`]
        : [monthsOf, sql`INTEGER`, sql`to_months`]
    const best = sql`${name === 'greatest' ? sql`greatest` : sql`least`}(${join(values.map(unitsOf))})`
    return typed(sql`CASE WHEN ${anyNull} THEN NULL ELSE ${of}(CAST(${best} AS ${held})) END`, type)
  }
  const list = join(values.map((v) => v.sql))
  const numbers = sql`list_max(list_filter([${list}], lambda g0: NOT isnan(g0)))`
  const best =
    name === 'greatest' && isApproximate(type)
      ? sql`coalesce(${numbers}, CAST('NaN' AS ${duckType(type)}))`
      : name === 'greatest'
        ? sql`greatest(${list})`
        : sql`least(${list})`
  return typed(sql`CASE WHEN ${anyNull} THEN NULL ELSE ${best} END`, type)
}

function timestampToIso(value: Typed): Typed | undefined {
  const digits = precision(value.type)
  const length = digits === 0 ? 22 : 23 + digits
  return digits > 9 ? undefined : typed(sql`replace(${printText(value)}, ' ', 'T')`, t.varchar(length))
}

const MOST_NESTED = 4

/** Each is written several times into the next: few of them. */
function extremeNested(ctx: Context, name: string, values: readonly Typed[], type: TrinoType, pos: Position): Typed {
  if (values.length > MOST_NESTED) throw NotSupported({ ...pos, text: `${name} of so many values of ${type.base} is not served here yet` })
  const isGreatest = name === 'greatest'
  return values.reduce((kept, value) => {
    const order = orderOfNested(ctx, value, kept, isGreatest ? 'least' : 'greatest', name)
    return typed(
      sql`CASE ${order} WHEN ${isGreatest ? sql`1` : sql`-1`} THEN ${value.sql} WHEN 0 THEN ${kept.sql} WHEN ${isGreatest ? sql`-1` : sql`1`} THEN ${kept.sql} END`,
      type,
    )
  })
}

/** The first of those that are extreme. */
function extremeMoment(name: string, values: readonly Typed[]): Typed {
  const [first, ...others] = values as [Typed, ...Typed[]]
  const order = token(name === 'greatest' ? '>' : '<')
  const best = others.reduce((kept, value) => {
    const type = commonType(kept.type, value.type) as TrinoType
    const isBetter = sql`${instantOf(value)} ${order} ${instantOf(kept)}`
    return typed(
      sql`CASE WHEN ${instantOf(kept)} IS NULL OR ${instantOf(value)} IS NULL THEN NULL WHEN ${isBetter} THEN ${value.sql} ELSE ${kept.sql} END`,
      type,
    )
  }, first)
  return best
}

function roundDecimal(args: readonly Typed[], count: number): Typed | undefined {
  const [value, digits] = args
  if (value && isInteger(value.type) && count === 2 && typeof digits?.literal === 'bigint' && digits.literal >= 0n) return value
  if (value?.type.base !== 'decimal') return undefined
  const [p, s] = value.type.numbers as [number, number]
  if (count === 1) {
    const type = t.decimal(Math.min(38, p - s + Math.min(1, s)), 0)
    return typed(sql`CAST(round(${value.sql}, 0) AS ${duckType(type)})`, type)
  }
  const type = t.decimal(Math.min(38, p + 1), s)
  if (digits?.literal === null) return typed(sql`CAST(NULL AS ${duckType(type)})`, type)
  if (typeof digits?.literal !== 'bigint') return undefined
  return typed(sql`CAST(round(${value.sql}, ${integer(digits.literal)}) AS ${duckType(type)})`, type)
}

/** To tens, hundreds and so on, half away from zero. */
function wholeRound(value: Sql, digits: bigint): Sql {
  if (digits < -19n) return sql`CASE WHEN ${value} IS NOT NULL THEN 0 END`
  const unit = sql`CAST(${integer(10n ** -digits)} AS HUGEINT)`
  return sql`sign(${value}) * ((abs(CAST(${value} AS HUGEINT)) + ${unit} // 2) // ${unit} * ${unit})`
}

/** Without the digits after so many behind the point, or before it. */
function truncateDecimal([value, digits]: readonly Typed[]): Typed | undefined {
  if (value?.type.base !== 'decimal' || typeof digits?.literal !== 'bigint') return undefined
  const [p, s] = value.type.numbers as [number, number]
  const { literal: n } = digits
  if (n >= BigInt(s)) return value
  const d = duckType(value.type)
  if (n <= BigInt(s - p)) return typed(sql`CASE WHEN ${value.sql} IS NOT NULL THEN CAST(0 AS ${d}) END`, value.type)
  const unit = n > 0n ? `0.${'0'.repeat(Number(n) - 1)}1` : `1${'0'.repeat(Number(-n))}`
  return typed(sql`CAST(${value.sql} - ${value.sql} % CAST(${literal(unit)} AS ${d}) AS ${d})`, value.type)
}

const WHOLE = { ceil: sql`ceil`, floor: sql`floor`, trunc: sql`trunc` }

function wholeDecimal(args: readonly Typed[], name: keyof typeof WHOLE): Typed | undefined {
  const [value] = args
  if (value?.type.base !== 'decimal') return undefined
  const [p, s] = value.type.numbers as [number, number]
  const type = t.decimal(Math.max(1, name === 'trunc' ? p - s : Math.min(38, p - s + Math.min(s, 1))), 0)
  return typed(sql`CAST(${WHOLE[name]}(${value.sql}) AS ${duckType(type)})`, type)
}
