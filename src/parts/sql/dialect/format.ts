// `format` with a literal pattern, as Java's Formatter prints: %s, %b, %d, %x, %o, %f, %e and %g with most flags; what else Java knows is refused.

import { javaText } from '#parts/sql/dialect/approximate'
import { isNear, printText } from '#parts/sql/dialect/casts'
import { type Context, failure } from '#parts/sql/dialect/context'
import { literalText } from '#parts/sql/dialect/date-calls'
import {
  canCoerce,
  coerce,
  isApproximate,
  isInteger,
  isNumeric,
  isText,
  isUnknown,
  precision,
  type Typed,
  typed,
} from '#parts/sql/dialect/types'
import { offsetText } from '#parts/sql/dialect/zone-calls'
import { isMoment, localOf, zoneOf } from '#parts/sql/dialect/zoned'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

/** Width and precision that `format` takes. */
const LONGEST = 1000

const PIECE = /%(\d+\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|[^%]+|%/g

/** Conversions of Java. */
const KINDS = /[bBhHsScCdoxXeEfgGaAtT%n]/

interface Piece {
  readonly flags: string
  readonly width: number
  readonly digits: number | undefined
  readonly kind: string
}

interface Formatting {
  readonly ctx: Context
  readonly pattern: string
  readonly pos: Position
}

/** The engine plans a chain of many texts for long, and takes none of more than 1000. */
const MOST_PIECES = 200

const invalid = ({ pattern }: Formatting, why: string): Error =>
  sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Invalid format string: ${pattern} (${why})`)
const unknownForm = ({ pos }: Formatting, what: string): Error =>
  NotSupported({ ...pos, text: `format with ${what} is not served here yet` })

export function formatText({ ctx, args, pos }: { readonly ctx: Context; readonly args: readonly Typed[]; readonly pos: Position }): Typed {
  const given: Formatting = { ctx, pattern: literalText(args[0], 'format', pos), pos }
  const pieces: Sql[] = []
  let next = 1
  for (const [whole, index, flags = '', width, digits, kind] of given.pattern.matchAll(PIECE)) {
    if (whole === '%') throw invalid(given, 'UnknownFormatConversion')
    const plain = kind === undefined ? whole : whole === '%%' ? '%' : whole === '%n' ? '\n' : undefined
    if (plain !== undefined) {
      pieces.push(literal(plain))
      continue
    }
    if (Number(width ?? 0) > LONGEST || Number(digits ?? 0) > LONGEST)
      throw NotSupported({ ...pos, text: `format is served with at most ${LONGEST} characters of a value` })
    if (kind !== undefined && !KINDS.test(kind)) throw invalid(given, 'UnknownFormatConversion')
    if (kind === undefined || /[%n]/.test(kind) || index === '0$') throw unknownForm(given, whole)
    const value = args[index === undefined ? next++ : Number.parseInt(index, 10)]
    if (!value) throw invalid(given, 'missing argument')
    const piece = { flags, width: Number(width ?? 0), digits: digits === undefined ? undefined : Number(digits), kind }
    assertFlags(given, piece, whole)
    pieces.push(padded(textOf(given, value, piece), piece))
  }
  if (pieces.length > MOST_PIECES) throw unknownForm(given, `more than ${MOST_PIECES} pieces`)
  return typed(pieces.length === 0 ? sql`''` : sql`(${join(pieces, ' || ')})`, t.VARCHAR)
}

/** What Java refuses of any conversion; and flags that are not followed here. */
function assertFlags(given: Formatting, { flags, width, kind }: Piece, whole: string): void {
  if (width === 0 && /[-0]/.test(flags)) throw invalid(given, 'MissingFormatWidth')
  if (/-.*0|0.*-|\+.* | .*\+/.test(flags) || new Set(flags).size < flags.length) throw invalid(given, 'IllegalFormatFlags')
  const isSigned = /[df]/.test(kind)
  if (flags.includes('#') || (/[+ (]/.test(flags) && !isSigned) || (flags.includes('(') && flags.includes('0')))
    throw unknownForm(given, whole)
}

const isWhole = ({ type }: Typed): boolean => canCoerce(type, t.BIGINT)
const isNumber = ({ type }: Typed): boolean => isNumeric(type)

function textOf(given: Formatting, value: Typed, piece: Piece): Sql {
  const { flags, kind, digits } = piece
  const refused = () => NotSupported({ ...given.pos, text: `format with %${kind} of ${t.printType(value.type)} is not served here` })
  const wrong = () => invalid(given, `IllegalFormatConversion: ${kind}`)
  if (/[sSbB]/.test(kind)) {
    if (/[0,]/.test(flags)) throw refused()
    const text = /[bB]/.test(kind) ? truth(value) : shown(given.ctx, value, refused)
    const cut = digits === undefined ? text : sql`left(${text}, ${integer(digits)})`
    return /[SB]/.test(kind) ? sql`trino_java_upper(${cut})` : cut
  }
  if (/[dxXo]/.test(kind)) {
    if (!isWhole(value)) throw wrong()
    if (digits !== undefined) throw invalid(given, 'IllegalFormatPrecision')
    return whole(given, value, piece, refused)
  }
  if (/[feEgG]/.test(kind) && isInteger(value.type)) throw wrong()
  if (kind === 'f' && (canCoerce(value.type, t.DOUBLE) || isUnknown(value.type)))
    return withSign(rounded(given.ctx, value, digits ?? 6, flags.includes(',')), flags)
  if (/[eEgG]/.test(kind) && isApproximate(value.type) && !/[0,]/.test(flags)) {
    const number = sql`CAST(${value.sql} AS DOUBLE)`
    const text = sql`${/e/i.test(kind) ? sql`trino_format_exponent` : sql`trino_format_general`}(${number}, ${integer(digits ?? 6)})`
    return /[EG]/.test(kind) ? sql`upper(${text})` : text
  }
  if (/[feEgG]/.test(kind) && !isNumber(value) && !isUnknown(value.type)) throw wrong()
  throw refused()
}

function whole({ ctx }: Formatting, value: Typed, { flags, kind }: Piece, refused: () => Error): Sql {
  const number = coerce(value, t.BIGINT).sql
  if (kind === 'd') return withSign(flags.includes(',') ? sql`format('{:,}', ${number})` : sql`CAST(${number} AS VARCHAR)`, flags)
  if (flags.includes(',')) throw refused()
  if (kind === 'X') return sql`hex(${number})`
  if (kind === 'x') return sql`lower(hex(${number}))`
  const negative = failure(ctx, 'NOT_SUPPORTED', 'format with %o of a negative number is not served here yet', sql`VARCHAR`)
  return sql`CASE WHEN ${number} < 0 THEN ${negative} ELSE trino_to_base(${number}, 8) END`
}

/** A sign before what is not negative, or brackets around what is. */
function withSign(text: Sql, flags: string): Sql {
  if (flags.includes('(')) {
    const rest = flags.includes('+') ? sql`'+' || ${text}` : flags.includes(' ') ? sql`' ' || ${text}` : text
    return sql`CASE WHEN starts_with(${text}, '-') THEN '(' || substr(${text}, 2) || ')' ELSE ${rest} END`
  }
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : undefined
  return sign === undefined ? text : sql`CASE WHEN starts_with(${text}, '-') THEN ${text} ELSE ${literal(sign)} || ${text} END`
}

/** What is null is not true; whatever else is. */
function truth({ type, sql: x }: Typed): Sql {
  return type.base === 'boolean' ? sql`coalesce(CAST(${x} AS VARCHAR), 'false')` : sql`CASE WHEN ${x} IS NULL THEN 'false' ELSE 'true' END`
}

/** Java's `toString` of what Trino hands to the formatter. */
function shown(ctx: Context, value: Typed, refused: () => Error): Sql {
  const { type, sql: x } = value
  if (isText(type)) return coerce(value, t.VARCHAR).sql
  if (type.base === 'time' && precision(type) <= 6) return clock(sql`CAST(epoch_us(${x}) AS BIGINT)`)
  if (type.base === 'timestamp' && precision(type) <= 6) return dayAndClock(ctx, x)
  if (isMoment(type)) return dayClockAndZone(ctx, value)
  if (type.children.length > 0 || /^(time|timestamp|varbinary|json)$/.test(type.base)) throw refused()
  return isApproximate(type) ? javaText(x, type) : printText(value)
}

/** Without seconds where there are none, and with three digits of one or six. */
function clock(micros: Sql): Sql {
  const minutes = sql`printf('%02d:%02d', ${micros} // 3600000000, ${micros} // 60000000 % 60)`
  const seconds = sql`printf(':%02d', ${micros} // 1000000 % 60)`
  const fraction = sql`CASE WHEN ${micros} % 1000000 = 0 THEN '' WHEN ${micros} % 1000 = 0 THEN printf('.%03d', ${micros} // 1000 % 1000) ELSE printf('.%06d', ${micros} % 1000000) END`
  return sql`CASE WHEN ${micros} % 60000000 = 0 THEN ${minutes} ELSE ${minutes} || ${seconds} || ${fraction} END`
}

function dayAndClock(ctx: Context, timestamp: Sql): Sql {
  const far = failure(ctx, 'NOT_SUPPORTED', 'format of a year before 1 or after 9999 is not served here yet', sql`VARCHAR`)
  const ofDay = sql`((epoch_us(${timestamp}) % 86400000000 + 86400000000) % 86400000000)`
  return sql`CASE WHEN NOT (${isNear(timestamp)}) THEN ${far} ELSE strftime(${timestamp}, '%Y-%m-%d') || 'T' || ${clock(ofDay)} END`
}

/** The zone is in brackets where it is more than an offset. */
function dayClockAndZone(ctx: Context, value: Typed): Sql {
  const zone = zoneOf(value)
  const named = sql`CASE WHEN regexp_matches(${zone}, '^[+-]') THEN '' ELSE '[' || ${zone} || ']' END`
  return sql`(${dayAndClock(ctx, localOf(value).sql)} || ${offsetText(ctx, value)} || ${named})`
}

const MOST_DIGITS = 18

/** Of the decimal digits that a number is shown with, half up. */
function rounded(ctx: Context, value: Typed, digits: number, grouped: boolean): Sql {
  const bad = failure(ctx, 'NOT_SUPPORTED', 'format with %f of such a number is not served here yet', sql`VARCHAR`)
  if (digits > MOST_DIGITS) return bad
  const x = isUnknown(value.type) ? sql`CAST(NULL AS DOUBLE)` : value.sql
  const exact = sql`TRY_CAST(CAST(${x} AS VARCHAR) AS DECIMAL(38,19))`
  const made = sql`CAST(round(${exact}, ${integer(digits)}) AS DECIMAL(38,${integer(digits)}))`
  const text = sql`CAST(${made} AS VARCHAR)`
  const shape = grouped ? groupedText(text, digits) : text
  return sql`CASE WHEN ${x} IS NOT NULL AND ${exact} IS NULL THEN ${bad} WHEN ${x} IS NOT NULL AND ${made} = 0 AND ${x} < 0 THEN '-' || ${shape} ELSE ${shape} END`
}

function groupedText(text: Sql, digits: number): Sql {
  const [whole, fraction] = [sql`split_part(${text}, '.', 1)`, sql`split_part(${text}, '.', 2)`]
  const grouped = sql`format('{:,}', CAST(${whole} AS BIGINT))`
  const sign = sql`CASE WHEN starts_with(${text}, '-0') THEN '-' ELSE '' END`
  return digits === 0 ? sql`(${sign} || ${grouped})` : sql`(${sign} || ${grouped} || '.' || ${fraction})`
}

/** Noughts go behind the sign; a null is cut to the digits that were asked for. */
function padded(given: Sql, { flags, width, digits, kind }: Piece): Sql {
  const none = 'null'.slice(0, digits)
  const text = sql`coalesce(${given}, ${literal(/[A-Z]/.test(kind) ? none.toUpperCase() : none)})`
  if (width === 0) return text
  const [left, zero] = [flags.includes('-'), flags.includes('0')]
  const filled = left
    ? sql`rpad(${text}, ${integer(width)}, ' ')`
    : zero
      ? sql`CASE WHEN regexp_matches(${text}, '^[-+ ]') THEN left(${text}, 1) || lpad(substr(${text}, 2), ${integer(width - 1)}, '0') ELSE lpad(${text}, ${integer(width)}, '0') END`
      : sql`lpad(${text}, ${integer(width)}, ' ')`
  return sql`CASE WHEN length(${text}) >= ${integer(width)} THEN ${text} ELSE ${filled} END`
}
