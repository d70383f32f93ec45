// Functions of JSON that read texts or paths.

import { failure } from '#parts/sql/dialect/context'
import type { Given } from '#parts/sql/dialect/given'
import { atRun } from '#parts/sql/dialect/tries'
import { coerce, isText, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { literal, type Sql, sql } from '#wire/duckdb/sql'
import { canonicalJson, HALF_CHARACTER, HalfCharacter, type Step } from '#wire/trino/json-text'
import * as t from '#wire/trino/type'

/** A literal is read here, any other text by the engine. */
export function jsonParse({ args: [value], ctx, pos }: Given): Typed | undefined {
  if (!value || !isText(value.type)) return undefined
  if (typeof value.literal !== 'string') return typed(sql`CAST(trino_json_parse(${coerce(value, t.VARCHAR).sql}) AS JSON)`, t.JSON_TYPE)
  const canonical = literalJson(value.literal, pos, 'json_parse of ')
  if (canonical !== undefined) return typed(sql`CAST(${literal(canonical)} AS JSON)`, t.JSON_TYPE)
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Malformed JSON', sql`JSON`)
  // With a type of its own: the engine folds a function of an untyped error to null.
  return typed(sql`CASE WHEN ${value.sql} IS NOT NULL THEN ${bad} ELSE CAST(NULL AS JSON) END`, t.JSON_TYPE)
}

/** The JSON that a literal says. Undefined where it is none. */
export function literalJson(text: string, pos: Position, what = ''): string | undefined {
  try {
    return canonicalJson(text)
  } catch (error) {
    throw error instanceof HalfCharacter ? NotSupported({ ...pos, text: `${what}${HALF_CHARACTER}` }) : error
  }
}

/** DuckDB reads numbers that are not whole as doubles, and writes characters that were escaped: texts that may hold one are read by a function of our own. */
const OTHERWISE = sql`'[0-9][.eE]|\\\\u|[\\x{10000}-\\x{10FFFF}]'`

/** A JSON path of Trino, `$.a["b c"][0]`: literal ones only, since each is checked here. */
export function jsonExtract({ name, args, pos, ctx }: Given, scalar: boolean): Typed {
  if (args.length !== 2) throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected number of parameters (${args.length}) for function ${name}`)
  const [value, path] = args as [Typed, Typed]
  if (value.type.base !== 'json' && !isText(value.type) && !isUnknown(value.type))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${t.printType(value.type)}, varchar) for function ${name}`)
  const type = scalar ? (value.type.base === 'varchar' ? value.type : t.VARCHAR) : t.JSON_TYPE
  return atRun(ctx, type, [value.sql], () => typed(extracted(value, stepsOf(path, name, pos), scalar), type))
}

function extracted(value: Typed, steps: readonly Step[], scalar: boolean): Sql {
  const x = coerce(value, t.VARCHAR).sql
  const ours = literal(JSON.stringify(steps))
  const slow = scalar ? sql`trino_json_extract_scalar(${x}, ${ours})` : sql`CAST(trino_json_extract(${x}, ${ours}) AS JSON)`
  // To the engine a star is a wildcard, in quotes as well.
  if (steps.some((s) => s === '*')) return slow
  const duck = literal(`$${steps.map((s) => (typeof s === 'number' ? `[${s}]` : `."${s.replaceAll(/["\\]/g, '\\$&')}"`)).join('')}`)
  const fraction = sql`regexp_matches(${x}, ${OTHERWISE})`
  const valid: Sql = value.type.base === 'json' ? sql`${x} IS NOT NULL` : sql`json_valid(${x})`
  if (!scalar) return sql`CASE WHEN ${fraction} THEN ${slow} WHEN ${valid} THEN json_extract(${x}, ${duck}) END`
  const plain = sql`json_type(${x}, ${duck}) NOT IN ('OBJECT', 'ARRAY', 'NULL')`
  return sql`CASE WHEN ${fraction} THEN ${slow} WHEN ${valid} AND ${plain} THEN json_extract_string(${x}, ${duck}) END`
}

export function jsonSize({ name, args, pos, ctx }: Given): Typed {
  const [value, path] = args as [Typed, Typed]
  if (args.length !== 2 || (value.type.base !== 'json' && !isText(value.type)))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters for function ${name}`)
  const sizeOf = () => sql`trino_json_size(${coerce(value, t.VARCHAR).sql}, ${literal(JSON.stringify(stepsOf(path, name, pos)))})`
  return atRun(ctx, t.BIGINT, [value.sql], () => typed(sizeOf(), t.BIGINT))
}

function stepsOf(path: Typed, name: string, pos: Position): Step[] {
  if (typeof path.literal !== 'string') throw NotSupported({ ...pos, text: `${name} is served with a literal path only` })
  if (!path.literal.startsWith('$')) throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Invalid JSON path: '${path.literal}'`)
  if (/\[(\*|-\d+)\]/.test(path.literal)) throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Invalid JSON path: '${path.literal}'`)
  const steps = [...path.literal.matchAll(/^\$|\.([\p{L}_][\p{L}\p{Nd}_-]*)|\[(\d+)\]|\["((?:[^"\\]|\\["\\])*)"\]|(.)/gsu)].slice(1)
  if (steps.some((s) => s[4] !== undefined))
    throw NotSupported({ ...pos, text: `the JSON path ${path.literal} is not served in ${name} here` })
  return steps.map((s) => (s[2] === undefined ? (s[1] ?? (s[3] as string).replaceAll(/\\(.)/g, '$1')) : Number(s[2])))
}
