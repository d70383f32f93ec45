// Values on their way into a column of a table.
import { cast } from '#parts/sql/dialect/casts'
import { type Context, failure } from '#parts/sql/dialect/context'
import { assertOneZone } from '#parts/sql/dialect/operators'
import { coerce, duckType, isText, type Typed } from '#parts/sql/dialect/types'
import { instantOf } from '#parts/sql/dialect/zoned'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** A value as a column of a table holds it: moments in UTC, a text that is too long an error but for spaces at its end. */
export function storedAs(ctx: Context, value: Typed, to: TrinoType, pos: Position): Sql {
  value.asked?.(to)
  const made = cast(ctx, value, to, pos)
  if (!made.type.zoned) assertOneZone(made.type, `a column of ${t.printType(to)}`, pos)
  const held = sql`CAST(${instantOf(made)} AS ${duckType(to)})`
  const { type: from } = value
  const [length] = isText(to) ? to.numbers : []
  if (length === undefined || !isText(from) || (from.numbers[0] ?? Number.POSITIVE_INFINITY) <= length) return held
  const whole = sql`rtrim(${coerce(value, t.VARCHAR).sql}, ' ')`
  const long = failure(
    ctx,
    'INVALID_CAST_ARGUMENT',
    `Cannot truncate non-space characters when casting from ${t.printType(from)} to ${t.printType(to)} on INSERT`,
    sql`VARCHAR`,
  )
  return sql`CASE WHEN length(${whole}) > ${integer(length)} THEN ${long} ELSE ${held} END`
}
