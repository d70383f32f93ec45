// Elements that are equal to a value, where the engine holds other values for equal than Trino does.

import { unserved } from '#parts/sql/dialect/context'
import type { Given } from '#parts/sql/dialect/given'
import { isNested } from '#parts/sql/dialect/nested-order'
import { compare } from '#parts/sql/dialect/operators'
import { coerce, commonType, duckType, isApproximate, type Typed, typed } from '#parts/sql/dialect/types'
import { type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** An element is another, equal, or one of which what is null inside does not let tell. */
const OTHER = sql`0`
const EQUAL = sql`1`
const UNTOLD = sql`2`

/** The list, and what each of its elements is. */
const LIST = sql`struct_extract(s0, 'l')`
const FOUND = sql`struct_extract(s1, 'f')`
const FIRST = sql`list_filter(${FOUND}, lambda s2: s2 <> ${OTHER})[1]`

/** `made` of both, an error where it is `untold`; null where the list or the value is. */
function search({ name, args, pos, ctx }: Given, untold: Sql, made: Sql, type?: TrinoType): Typed | undefined {
  const [given, wanted] = args
  const element = given?.type.base === 'array' && wanted ? commonType(given.type.children[0] as TrinoType, wanted.type) : undefined
  if (!given || !wanted || !element) return undefined
  if (!isApproximate(element) && !isNested(element) && element.base !== 'json' && !element.zoned) return undefined
  const array = t.arrayOf(element)
  const equal = compare(ctx, '=', typed(sql`s1`, element), typed(sql`struct_extract(s0, 'x')`, element), pos).sql
  const found = sql`list_transform(${LIST}, lambda s1: CASE WHEN s1 IS NULL THEN ${OTHER} ELSE CASE ${equal} WHEN TRUE THEN ${EQUAL} WHEN FALSE THEN ${OTHER} ELSE ${UNTOLD} END END)`
  const both = sql`[{'l': ${coerce(given, array).sql}, 'x': ${coerce(wanted, element).sql}}]`
  const over = (result: Sql) => {
    const known = sql`list_transform([{'f': ${found}}], lambda s1: ${result})[1]`
    return sql`list_transform(${both}, lambda s0: CASE WHEN ${LIST} IS NOT NULL AND struct_extract(s0, 'x') IS NOT NULL THEN ${known} END)[1]`
  }
  const result = type ?? array
  const other = unserved(ctx, `${name} of ${element.base} with a null inside is not supported`, duckType(result))
  return typed(over(sql`CASE WHEN ${untold} THEN ${other} ELSE ${made} END`), result)
}

export const contains = (given: Given): Typed | undefined =>
  search(
    given,
    sql`${FIRST} = ${UNTOLD}`,
    sql`CASE WHEN ${FIRST} = ${EQUAL} THEN TRUE WHEN len(${LIST}) > list_count(${LIST}) THEN NULL ELSE FALSE END`,
    t.BOOLEAN,
  )

export const arrayPosition = (given: Given): Typed | undefined =>
  search(given, sql`${FIRST} = ${UNTOLD}`, sql`coalesce(CAST(list_position(${FOUND}, ${EQUAL}) AS BIGINT), 0)`, t.BIGINT)

export const arrayRemove = (given: Given): Typed | undefined =>
  search(
    given,
    sql`list_contains(${FOUND}, ${UNTOLD})`,
    sql`list_transform(list_filter(list_zip(${LIST}, ${FOUND}), lambda s2: s2[2] = ${OTHER}), lambda s2: s2[1])`,
  )
