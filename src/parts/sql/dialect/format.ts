// `format` with a literal pattern, as Java's Formatter prints: %s, %d, %,d, %.2f, %05d and %%; what else Java knows is refused.

import { printText } from '#parts/sql/dialect/casts'
import { type Context, failure } from '#parts/sql/dialect/context'
import { literalText } from '#parts/sql/dialect/date-calls'
import { canCoerce, coerce, isApproximate, isInteger, isText, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { isMoment } from '#parts/sql/dialect/zoned'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

/** Width and precision that `format` takes. */
const LONGEST = 1000

const PIECE = /%(\d+\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|[^%]+|%/g

interface Piece {
  readonly flags: string
  readonly width: number
  readonly digits: number | undefined
  readonly kind: string
}

export function formatText({ ctx, args, pos }: { readonly ctx: Context; readonly args: readonly Typed[]; readonly pos: Position }): Typed {
  const pattern = literalText(args[0], 'format', pos)
  const pieces: Sql[] = []
  let next = 1
  for (const [whole, index, flags = '', width, digits, kind] of pattern.matchAll(PIECE)) {
    if (whole === '%') throw sqlError('INVALID_FUNCTION_ARGUMENT', pos, `Invalid format string: ${pattern} (UnknownFormatConversion)`)
    if (kind === undefined) {
      pieces.push(literal(whole))
      continue
    }
    if (kind === '%' && whole === '%%') {
      pieces.push(sql`'%'`)
      continue
    }
    if (Number(width ?? 0) > LONGEST || Number(digits ?? 0) > LONGEST)
      throw NotSupported({ ...pos, text: `format is served with at most ${LONGEST} characters of a value` })
    if (index !== undefined || /[#+ (]/.test(flags) || kind === '%')
      throw NotSupported({ ...pos, text: `format with ${whole} is not served here yet` })
    const value = args[next++]
    if (!value) throw sqlError('INVALID_FUNCTION_ARGUMENT', pos, `Invalid format string: ${pattern} (missing argument)`)
    const piece = { flags, width: Number(width ?? 0), digits: digits === undefined ? undefined : Number(digits), kind }
    pieces.push(padded(textOf(ctx, value, piece, pattern, pos), piece))
  }
  return typed(pieces.length === 0 ? sql`''` : sql`(${join(pieces, ' || ')})`, t.VARCHAR)
}

function textOf(ctx: Context, value: Typed, piece: Piece, pattern: string, pos: Position): Sql {
  const { flags, kind, digits } = piece
  const refused = () => NotSupported({ ...pos, text: `format with %${kind} of ${t.printType(value.type)} is not served here` })
  const invalid = () =>
    sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Invalid format string: ${pattern} (IllegalFormatConversion: ${kind})`)
  if (isMoment(value.type)) throw refused()
  if (kind === 's') {
    if (digits !== undefined || /[0,]/.test(flags)) throw refused()
    return shown(value, refused)
  }
  if (kind === 'd' && digits === undefined && canCoerce(value.type, t.BIGINT))
    return flags.includes(',') ? sql`format('{:,}', CAST(${value.sql} AS BIGINT))` : sql`CAST(${value.sql} AS VARCHAR)`
  if (kind === 'f' && isInteger(value.type)) throw invalid()
  if (kind === 'f' && (canCoerce(value.type, t.DOUBLE) || isUnknown(value.type)))
    return rounded(ctx, value, digits ?? 6, flags.includes(','))
  if (isText(value.type) && !/[sShHbB]/.test(kind)) throw invalid()
  throw refused()
}

/** Java's `toString` of what Trino hands to the formatter. */
function shown(value: Typed, refused: () => Error): Sql {
  const { type, sql: x } = value
  if (isText(type)) return coerce(value, t.VARCHAR).sql
  if (type.children.length > 0 || /^(time|timestamp|varbinary|json)$/.test(type.base) || /^interval|^time with/.test(type.base))
    throw refused()
  if (!isApproximate(type)) return printText(value)
  const plain = sql`isfinite(${x}) AND (${x} = 0 OR (abs(${x}) >= 0.001 AND abs(${x}) < 10000000))`
  return sql`CASE WHEN ${plain} THEN CAST(${x} AS VARCHAR) ELSE ${printText(value)} END`
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
  const text = sql`coalesce(${given}, ${literal(kind === 'f' ? 'null'.slice(0, digits) : 'null')})`
  if (width === 0) return text
  const [left, zero] = [flags.includes('-'), flags.includes('0')]
  const filled = left
    ? sql`rpad(${text}, ${integer(width)}, ' ')`
    : zero
      ? sql`CASE WHEN starts_with(${text}, '-') THEN '-' || lpad(substr(${text}, 2), ${integer(width - 1)}, '0') ELSE lpad(${text}, ${integer(width)}, '0') END`
      : sql`lpad(${text}, ${integer(width)}, ' ')`
  return sql`CASE WHEN length(${text}) >= ${integer(width)} THEN ${text} ELSE ${filled} END`
}
