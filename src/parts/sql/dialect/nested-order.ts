// The order of arrays and rows, as Trino has it: that of their first members that differ. Where one of those is null, Trino ends in an error.

import { type Context, unserved } from '#parts/sql/dialect/context'
import { isApproximate, isOpaque, type Typed, typed } from '#parts/sql/dialect/types'
import { holdsZone, instantOf } from '#parts/sql/dialect/zoned'
import { NotSupported } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** On which side of all numbers NaN is. */
export type NanIs = 'least' | 'greatest'

export const isNested = (type: TrinoType): boolean => type.children.length > 0 && !isOpaque(type)

/** Instead of -1, 0 or 1, where a null decides. */
const UNDECIDED = sql`2`

/** The same expression has the same text each time: its parameters have a name by their depth. */
const parameter = (depth: number): Sql => identifier(`o${depth}`)

/** Refuses by name the members that the engine orders otherwise. */
export function assertOrderedHere(type: TrinoType, what: string, pos: Position): void {
  if (holdsZone(type) || holdsInterval(type)) throw NotSupported({ ...pos, text: `${what} of ${t.printType(type)} is not served here yet` })
}

const holdsInterval = (type: TrinoType): boolean => type.base.startsWith('interval') || type.children.some(holdsInterval)

/** -1, 0 or 1, as the first of two arrays or rows is before the second, equal to it or after it; null where one of them is. */
export function orderOfNested(ctx: Context, l: Typed, r: Typed, nan: NanIs, what: string): Sql {
  const o = parameter(0)
  const [a, b] = [typed(sql`struct_extract(${o}, 'l')`, l.type), typed(sql`struct_extract(${o}, 'r')`, r.type)]
  const known = sql`CASE WHEN ${a.sql} IS NOT NULL AND ${b.sql} IS NOT NULL THEN ${orderOf(a, b, nan, 1)} END`
  const order = sql`list_transform([{'l': ${l.sql}, 'r': ${r.sql}}], lambda ${o}: ${known})[1]`
  const other = unserved(ctx, `${what} of ${l.type.base} with a null inside is not supported`, sql`INTEGER`)
  return sql`list_transform([${order}], lambda ${o}: CASE WHEN ${o} = ${UNDECIDED} THEN ${other} ELSE ${o} END)[1]`
}

function orderOf(l: Typed, r: Typed, nan: NanIs, depth: number): Sql {
  const { type } = l
  if (type.base === 'row') {
    const field = (of: Typed, i: number) => typed(sql`struct_extract_at(${of.sql}, ${integer(i + 1)})`, type.children[i] as TrinoType)
    return firstOf(sql`[${join(type.children.map((_, i) => orderOfMembers(field(l, i), field(r, i), nan, depth)))}]`, sql`0`, depth)
  }
  const element = type.children[0] as TrinoType
  const o = parameter(depth)
  const pairs = sql`list_zip(list_slice(${l.sql}, 1, len(${r.sql})), list_slice(${r.sql}, 1, len(${l.sql})))`
  const members = orderOfMembers(typed(sql`${o}[1]`, element), typed(sql`${o}[2]`, element), nan, depth + 1)
  return firstOf(sql`list_transform(${pairs}, lambda ${o}: ${members})`, sql`CAST(sign(len(${l.sql}) - len(${r.sql})) AS INTEGER)`, depth)
}

/** The first that is not 0. */
function firstOf(orders: Sql, otherwise: Sql, depth: number): Sql {
  const o = parameter(depth)
  return sql`coalesce(list_filter(${orders}, lambda ${o}: ${o} <> 0)[1], ${otherwise})`
}

function orderOfMembers(l: Typed, r: Typed, nan: NanIs, depth: number): Sql {
  const known = isNested(l.type) ? orderOf(l, r, nan, depth) : plainOrder(l, r, nan)
  return sql`CASE WHEN ${l.sql} IS NULL OR ${r.sql} IS NULL THEN ${UNDECIDED} ELSE ${known} END`
}

/** To the engine NaN is the greatest number. */
function plainOrder(l: Typed, r: Typed, nan: NanIs): Sql {
  const [a, b] = [instantOf(l), instantOf(r)]
  const plain = sql`CASE WHEN ${a} < ${b} THEN -1 WHEN ${a} = ${b} THEN 0 ELSE 1 END`
  if (nan === 'greatest' || !isApproximate(l.type)) return plain
  return sql`CASE WHEN isnan(${l.sql}) AND isnan(${r.sql}) THEN 0 WHEN isnan(${l.sql}) THEN -1 WHEN isnan(${r.sql}) THEN 1 ELSE ${plain} END`
}

/** An array or row that the engine may order itself: refused by name where a null is inside, or NaN where the engine orders that otherwise. */
export const orderedByEngine = (ctx: Context, value: Typed, nan: NanIs, what: string, as: Sql): Sql =>
  refusing(ctx, value, holdsOther(typed(parameter(0), value.type), nan, 1), nan, what, as)

/** The same of an array of them. */
export function listOrderedByEngine(ctx: Context, list: Typed, nan: NanIs, what: string, as: Sql): Sql {
  const o = parameter(1)
  const isBad = sql`${o} IS NOT NULL AND ${holdsOther(typed(o, list.type.children[0] as TrinoType), nan, 2)}`
  return refusing(ctx, list, sql`len(list_filter(${parameter(0)}, lambda ${o}: ${isBad})) > 0`, nan, what, as)
}

function refusing(ctx: Context, value: Typed, isBad: Sql, nan: NanIs, what: string, as: Sql): Sql {
  const o = parameter(0)
  const when = sql`list_transform([${value.sql}], lambda ${o}: ${o} IS NOT NULL AND ${isBad})[1]`
  const text = `${what} of ${value.type.base} with ${nan === 'least' ? 'a null or NaN' : 'a null'} inside is not served here`
  return sql`CASE WHEN ${when} THEN ${unserved(ctx, text, as)} ELSE ${value.sql} END`
}

function holdsOther({ sql: value, type }: Typed, nan: NanIs, depth: number): Sql {
  const isOther = (member: Typed, at: number): Sql => {
    if (isNested(member.type)) return sql`${member.sql} IS NULL OR ${holdsOther(member, nan, at)}`
    return nan === 'least' && isApproximate(member.type) ? sql`${member.sql} IS NULL OR isnan(${member.sql})` : sql`${member.sql} IS NULL`
  }
  if (type.base === 'row')
    return sql`(${join(
      type.children.map((child, i) => isOther(typed(sql`struct_extract_at(${value}, ${integer(i + 1)})`, child), depth)),
      ' OR ',
    )})`
  const o = parameter(depth)
  return sql`(len(list_filter(${value}, lambda ${o}: ${isOther(typed(o, type.children[0] as TrinoType), depth + 1)})) > 0)`
}
