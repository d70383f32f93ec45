// approx_percentile: the value whose place, counted from none, is the percentage of their number without its fraction.
import { type Context, failure } from '#parts/sql/dialect/context'
import { canCoerce, coerce, duckType, isInteger, type Typed, typed } from '#parts/sql/dialect/types'
import type { Expression } from '#parts/sql/syntax/ast'
import { integer, join, literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export interface Percentile {
  readonly ctx: Context
  readonly args: readonly Typed[]
  readonly shares: readonly Expression[]
  readonly distinct: Sql
  /** FILTER and OVER. */
  readonly suffix: Sql
}

/** Undefined for other forms than a value, perhaps its weight, and one percentage or a list of them, perhaps with an accuracy. */
export function percentile(given: Percentile): Typed | undefined {
  const [value] = given.args
  const type = value && resultOf(value.type)
  if (!value || !type) return undefined
  if (given.args.length > 2) return weighted(given, value, type)
  const share = given.args[1]
  if (!share) return undefined
  const many = share.type.base === 'array'
  if (!canCoerce(share.type, many ? t.arrayOf(t.DOUBLE) : t.DOUBLE)) return undefined
  const x = coerce(value, type).sql
  const [first] = given.shares
  const items = many ? (first?.k === 'array' ? first.items : undefined) : first && [first]
  const known = items?.map(constantOf)
  const found =
    known && known.length > 0 && known.every((one) => one !== undefined)
      ? ofConstants(given, x, known, many)
      : ofRows(given, x, coerce(share, many ? t.arrayOf(t.DOUBLE) : t.DOUBLE).sql, many, type)
  const result = many ? t.arrayOf(type) : type
  const isBad = type.base === 'bigint' ? inexact(x) : sql`NOT isfinite(${x})`
  const bad = failure(given.ctx, 'INVALID_FUNCTION_ARGUMENT', 'value must be finite, and exact as a double', duckType(result))
  return typed(sql`CASE WHEN bool_or(${isBad})${given.suffix} THEN ${bad} ELSE ${found} END`, result)
}

/** A bigint that a double does not hold; Java cuts the largest double back to the largest bigint. */
const inexact = (x: Sql): Sql => sql`(${x} <> 9223372036854775807 AND CAST(CAST(${x} AS DOUBLE) AS HUGEINT) <> ${x})`

/** By a digest, as in Trino: values stand for as many as they weigh. */
function weighted({ args, suffix, distinct }: Percentile, value: Typed, type: TrinoType): Typed | undefined {
  const [, weight, share, accuracy, ...others] = args
  if (!weight || !share || others.length > 0) return undefined
  const many = share.type.base === 'array'
  if (many && accuracy) return undefined
  if (![weight, ...(accuracy ? [accuracy] : [])].every((a) => canCoerce(a.type, t.DOUBLE))) return undefined
  if (!canCoerce(share.type, many ? t.arrayOf(t.DOUBLE) : t.DOUBLE)) return undefined
  const given = coerce(value, type).sql
  const x =
    type.base === 'bigint'
      ? sql`CASE WHEN ${inexact(given)} THEN CAST('NaN' AS DOUBLE) ELSE CAST(${given} AS DOUBLE) END`
      : sql`CAST(${given} AS DOUBLE)`
  const [w, p] = [coerce(weight, t.DOUBLE).sql, coerce(share, many ? t.arrayOf(t.DOUBLE) : t.DOUBLE).sql]
  const shares = many ? p : sql`CASE WHEN ${p} IS NOT NULL THEN [${p}] END`
  const row = sql`{'x': ${x}, 'w': ${w}, 'p': ${shares}${accuracy ? sql`, 'a': ${coerce(accuracy, t.DOUBLE).sql}` : nothing}}`
  const found = sql`${accuracy ? sql`trino_accurate_percentiles` : sql`trino_weighted_percentiles`}(list(${distinct}${row})${suffix})`
  const whole = (v: Sql) => (type.base === 'bigint' ? sql`floor(${v} + 0.5)` : v)
  const one = (v: Sql) => sql`CAST(${whole(v)} AS ${duckType(type)})`
  if (many) return typed(sql`list_transform(${found}, lambda w0: ${one(sql`w0`)})`, t.arrayOf(type))
  return typed(one(sql`list_extract(${found}, 1)`), type)
}

function resultOf(type: TrinoType): TrinoType | undefined {
  if (isInteger(type)) return t.BIGINT
  if (type.base === 'real') return t.REAL
  return canCoerce(type, t.DOUBLE) ? t.DOUBLE : undefined
}

/** A percentage from 0 to 1 that the statement tells. */
function constantOf(e: Expression): string | undefined {
  const text =
    e.k === 'integer' || e.k === 'decimal' || e.k === 'double' || (e.k === 'typed' && /^(double|real|decimal)$/.test(e.type)) ? e.value : ''
  const number = text === '' ? Number.NaN : Number(text)
  return number >= 0 && number <= 1 ? text : undefined
}

/** Counted from above, so that what is as many values as can be counted is the one after them. */
function ofConstants({ distinct, suffix }: Percentile, x: Sql, shares: readonly string[], many: boolean): Sql {
  const one = (share: string) => {
    const isLast = Number(share) === 1
    return sql`quantile_disc(${distinct}${x}, CAST(${literal(isLast ? '1' : `-${complement(share)}`)} AS DECIMAL(18,17)))${suffix}`
  }
  if (!many) return one(shares[0] as string)
  return sql`CASE WHEN count(${x})${suffix} > 0 THEN [${join(shares.map(one))}] END`
}

/** 1 without a share of it, in digits. */
function complement(share: string): string {
  const unit = 10n ** 17n
  const plain = /^\d*(\.\d{0,17})?$/.test(share) ? share : Number(share).toFixed(17)
  const [whole = '0', fraction = ''] = plain.split('.')
  const rest = unit - BigInt(whole || '0') * unit - BigInt(fraction.padEnd(17, '0').slice(0, 17))
  return `${rest / unit}.${String(rest % unit).padStart(17, '0')}`
}

/** Percentages that the rows tell must be the same in all of them. */
function ofRows({ ctx, distinct, suffix }: Percentile, x: Sql, share: Sql, many: boolean, type: TrinoType): Sql {
  const result = duckType(many ? t.arrayOf(type) : type)
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Percentile must be between 0 and 1', result)
  const differ = failure(ctx, 'NOT_SUPPORTED', 'approx_percentile with other percentages in other rows is not served here yet', result)
  const rows = sql`list_filter(list(${distinct}{'x': ${x}, 'p': ${share}})${suffix}, lambda v4: struct_extract(v4, 'x') IS NOT NULL AND struct_extract(v4, 'p') IS NOT NULL)`
  const at = (p: Sql) => sql`v0[least(CAST(floor(${p} * len(v0)) AS BIGINT), len(v0) - 1) + 1]`
  const invalid = (p: Sql) => sql`(${p} IS NULL OR isnan(${p}) OR ${p} < 0 OR ${p} > 1)`
  const values = sql`list_sort(list_transform(l0, lambda v6: struct_extract(v6, 'x')))`
  const one = many ? sql`list_transform(l0[1].p, lambda p1: ${at(sql`p1`)})` : at(sql`l0[1].p`)
  const anyBad = many ? sql`len(list_filter(l0[1].p, lambda p2: ${invalid(sql`p2`)})) > 0` : invalid(sql`l0[1].p`)
  const found = sql`list_transform([${values}], lambda v0: ${one})[1]`
  const allBad = many
    ? sql`len(list_filter(l0, lambda v7: len(list_filter(struct_extract(v7, 'p'), lambda p3: ${invalid(sql`p3`)})) = 0)) = 0`
    : sql`len(list_filter(l0, lambda v7: NOT ${invalid(sql`struct_extract(v7, 'p')`)})) = 0`
  const each = sql`CASE WHEN l0 IS NULL OR len(l0) = 0 THEN NULL WHEN ${allBad} THEN ${bad} WHEN len(list_distinct(list_transform(l0, lambda v5: struct_extract(v5, 'p')))) > ${integer(1)} THEN ${differ} WHEN ${anyBad} THEN ${bad} ELSE ${found} END`
  return sql`list_transform([${rows}], lambda l0: ${each})[1]`
}
