// TRY, and what is wrong only when it runs.
import { AkkoError } from '#kit/errors'
import { type Context, failure } from '#parts/sql/dialect/context'
import { duckType, type Typed, typed } from '#parts/sql/dialect/types'
import { errorNameOf } from '#parts/sql/errors'
import { type Change, changeCalls, identifier, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { CAUGHT, TELLING } from '#wire/engine/raised'
import type { TrinoType } from '#wire/trino/type'

/**
 * What is wrong with a literal is said when the call runs, as in Trino: not where it is never run or a value `given` to it is null, and TRY
 * makes it null.
 */
export function atRun<T extends Typed | undefined>(ctx: Context, type: TrinoType, given: readonly Sql[], make: () => T): Typed | T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof AkkoError) || error.values.line !== undefined || !CAUGHT.has(errorNameOf(error))) throw error
    const fails = failure(ctx, errorNameOf(error), 'An argument of a function is none that it takes', duckType(type), error.message)
    const all = given.map((value) => sql`${value} IS NOT NULL`)
    return typed(all.length === 0 ? fails : sql`CASE WHEN ${join(all, ' AND ')} THEN ${fails} END`, type)
  }
}

/** Functions of ours tell what TRY must not catch, and it is raised. */
const TOLD: Change = {
  suffix: TELLING,
  before: sql`list_transform([`,
  after: sql`], lambda own: CASE WHEN json_deserialize_sql(struct_extract(own, 'error')) IS NULL THEN struct_extract(own, 'value') END)[1]`,
}

/** Null where Trino's TRY is: a value that was made in a context that is `safe`. */
export const tried = (value: Sql): Sql => sql`TRY(${changeCalls(value, 'trino_', TOLD)})`

/**
 * TRY around what is made of a context. In a lambda, since the engine computes elsewhere what stands twice in an expression, and there
 * nothing would catch it. Its TRY can read no group, its lambda no column beside one of a query around, and neither can hold an aggregate,
 * window function or subquery: all those come in as members of the parameter, as do, in Trino, their errors.
 */
export function within(ctx: Context, make: (inside: Context) => Typed): Typed {
  const depth = (ctx.safe ?? 0) + 1
  const held: Sql[] = []
  const parameter = identifier(`t${depth}`)
  const beside = (value: Typed): Typed => {
    held.push((ctx.beside?.(value) ?? value).sql)
    return { sql: sql`struct_extract(${parameter}, ${literal(`v${held.length}`)})`, type: value.type }
  }
  const { sql: value, type } = make({ ...ctx, safe: depth, beside })
  if (held.length === 0) return typed(sql`list_transform([TRUE], lambda t0: ${tried(value)})[1]`, type)
  const pack = join(held.map((one, i) => sql`${identifier(`v${i + 1}`)} := ${one}`))
  return typed(sql`list_transform([struct_pack(${pack})], lambda ${parameter}: ${tried(value)})[1]`, type)
}

/** What is computed outside of all TRY, made in a context without one. */
export function outside(ctx: Context, make: (outer: Context) => Typed): Typed {
  const { safe, beside, ...outer } = ctx
  const value = make(safe && beside ? outer : ctx)
  return safe && beside ? beside(value) : value
}
