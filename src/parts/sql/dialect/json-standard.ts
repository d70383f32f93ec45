// JSON_VALUE, JSON_QUERY, JSON_EXISTS, JSON_ARRAY and JSON_OBJECT of the SQL standard in their plain forms, which the grammar calls by hidden names.

import type { Given } from '#parts/sql/dialect/given'
import { hashOrder } from '#parts/sql/dialect/java-map'
import { canCoerce, coerce, duckType, isInteger, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { NotSupported } from '#parts/sql/errors'
import { join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { type Step, writtenString } from '#wire/trino/json-text'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

const RETURNED: ReadonlyMap<string, TrinoType> = new Map([
  ['varchar', t.VARCHAR],
  ['boolean', t.BOOLEAN],
  ['integer', t.INTEGER],
  ['int', t.INTEGER],
  ['bigint', t.BIGINT],
])

/** Words of the language of paths, which are no keys there. */
const WORDS = new Set(
  'abs ceiling datetime double exists false flag floor is keyvalue last lax like_regex null size starts strict to true type unknown with'.split(
    ' ',
  ),
)

/** `lax $.a."b c"[0]` */
function stepsOf({ args: [, path], name, pos }: Given): Step[] {
  const [, body] = /^\s*lax\s+\$(.*?)\s*$/s.exec(String(path?.literal)) ?? []
  const steps = [...(body ?? '?').matchAll(/\.([A-Za-z_]\w*)|\."([^"\\]*)"|\[(\d{1,9})\]|([\s\S])/g)]
  if (steps.some(([, key, , , other]) => other !== undefined || WORDS.has(key ?? '')))
    throw NotSupported({ ...pos, text: `this JSON path is not served in ${name.slice(1)} yet` })
  return steps.map(([, key, quoted, place]) => key ?? quoted ?? Number(place))
}

function asked(given: Given, what: string): Sql {
  const [value] = given.args
  if (!value || !canCoerce(value.type, t.VARCHAR))
    throw NotSupported({
      ...given.pos,
      text: `${given.name.slice(1)} of ${value ? t.printType(value.type) : 'nothing'} is not served here yet`,
    })
  return sql`trino_json_path(${coerce(value, t.VARCHAR).sql}, ${literal(JSON.stringify(stepsOf(given)))}, ${literal(what)})`
}

export const jsonExists = (given: Given): Typed => typed(sql`CAST(${asked(given, 'exists')} AS BOOLEAN)`, t.BOOLEAN)
export const jsonQuery = (given: Given): Typed => typed(asked(given, 'query'), t.VARCHAR)

export function jsonValue(given: Given): Typed {
  const name = given.args[2] ? String(given.args[2].literal) : 'varchar'
  const type = RETURNED.get(name)
  if (!type) throw NotSupported({ ...given.pos, text: `json_value returning ${name} is not served here yet` })
  return typed(sql`CAST(${asked(given, type.base)} AS ${duckType(type)})`, type)
}

/** A value as JSON; null of none. */
function written(value: Typed, { name, pos }: Given): Sql {
  if (isUnknown(value.type)) return sql`CAST(NULL AS VARCHAR)`
  if (value.type.base === 'varchar') return sql`trino_json_string(${value.sql})`
  if (isInteger(value.type) || value.type.base === 'boolean') return sql`CAST(${value.sql} AS VARCHAR)`
  throw NotSupported({ ...pos, text: `${name.slice(1)} with ${t.printType(value.type)} is not served here yet` })
}

/** Those that are not null. A chain of `||` would be planned in more than linear time. */
const listed = (texts: readonly Sql[]): Sql => sql`concat_ws(',', ${join(texts)})`

/** Without what is null. */
export function jsonArray(given: Given): Typed {
  if (given.args.length === 0) return typed(sql`'[]'`, t.VARCHAR)
  const items = given.args.map((value) => written(value, given))
  return typed(sql`('[' || ${listed(items)} || ']')`, t.VARCHAR)
}

/** With what is null; keys are told by the statement, each once, and stand in the order of Trino's map of them. */
export function jsonObject(given: Given): Typed {
  const { args, pos } = given
  const values = new Map(args.flatMap((key, i) => (i % 2 === 0 ? [[key.literal, args[i + 1] as Typed] as const] : [])))
  const keys = [...values.keys()].filter((key) => typeof key === 'string')
  if (2 * keys.length < args.length) throw NotSupported({ ...pos, text: 'json_object is served with literal keys only, each of them once' })
  const ordered = hashOrder(keys)
  if (!ordered) throw NotSupported({ ...pos, text: 'json_object with keys of so many equal hashes is not served here' })
  const member = (key: string) => sql`${literal(`${writtenString(key)}:`)} || coalesce(${written(values.get(key) as Typed, given)}, 'null')`
  return typed(keys.length === 0 ? sql`'{}'` : sql`('{' || ${listed(ordered.map(member))} || '}')`, t.VARCHAR)
}
