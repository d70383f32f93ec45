// JSON of Trino where DuckDB reads or writes it otherwise: canonical texts, tokens of numbers.
import { BIGINT, BOOLEAN, DOUBLE, type DuckDBType, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import {
  canonicalJson,
  HALF_CHARACTER,
  HalfCharacter,
  type Json,
  jsonAt,
  jsonScalar,
  readJson as readText,
  type Step,
  withoutPairs,
  writeJson,
  writtenString,
} from '#wire/trino/json-text'

/** Functions that read JSON by these scalars. */
const READERS =
  'json_parse, json_extract, json_extract_scalar, json_size, json_array_get, json_array_contains, json_query, json_value or json_exists'

/** What a text may be refused for, as the error that it is. */
function ofText<T>(read: (text: string) => T, text: string): T {
  try {
    return read(text)
  } catch (error) {
    throw error instanceof HalfCharacter ? new BadArgument(`${READERS} of ${HALF_CHARACTER}`, 'NOT_SUPPORTED') : error
  }
}

const readJson = (text: string): Json | undefined => ofText(readText, text)

/** The value at a path, which is a JSON array of steps. */
function find(text: string, path: string): Json | undefined {
  const value = readJson(text)
  return value && jsonAt(value, JSON.parse(path) as Step[])
}

/** Whether an array of JSON holds a value. */
const contains = (name: string, parameter: DuckDBType, same: (item: Json, wanted: never) => boolean): Scalar => ({
  name: `trino_json_array_contains_${name}`,
  parameters: [VARCHAR, parameter],
  result: BOOLEAN,
  of: (text: string, wanted: never) => {
    const value = readJson(text)
    return value?.k === 'array' ? value.items.some((item) => same(item, wanted)) : undefined
  },
})

const isInteger = (item: Json) => item.k === 'number' && /^-?\d+$/.test(item.text)

/** Whole numbers of JSON are written in one way, but for `-0`. */
const isBigint = (item: Json, wanted: bigint) => isInteger(item) && 'text' in item && item.text.replace(/^-0$/, '0') === String(wanted)

function size(text: string, path: string): bigint | undefined {
  const found = find(text, path)
  if (!found) return undefined
  return BigInt(found.k === 'array' ? found.items.length : found.k === 'object' ? found.entries.length : 0)
}

function arrayGet(text: string, index: bigint): string | undefined {
  const value = readJson(text)
  if (value?.k !== 'array') return undefined
  const item = value.items[Number(index < 0n ? BigInt(value.items.length) + index : index)]
  if (!item || (item.k === 'word' && item.text === 'null')) return undefined
  if (item.k === 'array' || item.k === 'object') return writeJson(item)
  // Trino gives the token of a plain value, of a text without its quotes, which mostly is no JSON then.
  if (item.k === 'string' && !readJson(item.text)) throw new BadArgument('json_array_get of a text is not served here', 'NOT_SUPPORTED')
  return item.text
}

/** All values at a lax path: what is in an array stands for it, and what is none is one of one. */
function allAt(value: Json, path: readonly Step[]): Json[] {
  let found: Json[] = [value]
  for (const step of path) {
    found = found.flatMap((item) => {
      if (typeof step === 'number') return item.k === 'array' ? item.items.slice(step, step + 1) : step === 0 ? [item] : []
      const holders = item.k === 'array' ? item.items : [item]
      return holders.flatMap((holder) =>
        holder.k === 'object' ? ((holder.entries.findLast(([key]) => key === step)?.slice(1) as Json[]) ?? []) : [],
      )
    })
  }
  return found
}

/** A scalar as a text of the type that is asked for; nothing of null and of what does not fit. */
function scalarOf(item: Json, type: string): string | undefined {
  if (item.k === 'array' || item.k === 'object' || (item.k === 'word' && item.text === 'null')) return undefined
  const isServed =
    item.k === 'number'
      ? /^-?\d{1,30}$/.test(item.text) && type !== 'boolean'
      : type === 'varchar' || (item.k === 'word' && type === 'boolean')
  if (!isServed) throw new BadArgument('JSON_VALUE of such a value is not served here yet', 'NOT_SUPPORTED')
  if (item.k !== 'number') return item.text
  const limit = type === 'integer' ? 2n ** 31n : 2n ** 63n
  const number = BigInt(item.text)
  if (number >= -limit && number < limit) return String(number)
  if (type === 'varchar') throw new BadArgument('JSON_VALUE of such a value is not served here yet', 'NOT_SUPPORTED')
  return undefined
}

/** The keys of an object once, each with the last of its values. */
function withoutDoubles(value: Json): Json {
  if (value.k === 'array') return { k: 'array', items: value.items.map(withoutDoubles) }
  if (value.k !== 'object') return value
  return { k: 'object', entries: [...new Map(value.entries)].map(([key, inner]) => [key, withoutDoubles(inner)] as const) }
}

/** `what` is `exists`, `query`, or the type of a scalar. Several values are an error, which is null. */
function atPath(text: string, path: string, what: string): string | undefined {
  const value = readJson(text)
  if (!value) throw new BadArgument('a JSON path in a text that is no JSON is not served here yet', 'NOT_SUPPORTED')
  const found = allAt(value, JSON.parse(path) as Step[])
  if (what === 'exists') return String(found.length > 0)
  const [item, ...others] = found
  if (!item || others.length > 0) return undefined
  return what === 'query' ? withoutPairs(writeJson(withoutDoubles(item))) : scalarOf(item, what)
}

export const JSON_SCALARS: readonly Scalar[] = [
  contains('varchar', VARCHAR, (item, wanted: string) => item.k === 'string' && item.text === wanted),
  contains('boolean', BOOLEAN, (item, wanted: boolean) => item.k === 'word' && item.text === String(wanted)),
  contains('bigint', BIGINT, isBigint),
  contains('double', DOUBLE, (item, wanted: number) => item.k === 'number' && !isInteger(item) && Number(item.text) === wanted),
  { name: 'trino_json_size', parameters: [VARCHAR, VARCHAR], result: BIGINT, of: size },
  { name: 'trino_json_path', parameters: [VARCHAR, VARCHAR, VARCHAR], result: VARCHAR, of: atPath },
  { name: 'trino_json_escaped', parameters: [VARCHAR], result: VARCHAR, of: withoutPairs },
  { name: 'trino_json_string', parameters: [VARCHAR], result: VARCHAR, of: writtenString },
  { name: 'trino_json_array_get', parameters: [VARCHAR, BIGINT], result: VARCHAR, of: arrayGet },
  {
    name: 'trino_json_parse',
    parameters: [VARCHAR],
    result: VARCHAR,
    of: (text: string) => {
      const canonical = ofText(canonicalJson, text)
      if (canonical === undefined) throw new BadArgument('Cannot convert value to JSON')
      return canonical
    },
  },
  {
    name: 'trino_json_extract',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    of: (text: string, path: string) => {
      const found = find(text, path)
      return found && withoutPairs(writeJson(found))
    },
  },
  {
    name: 'trino_json_extract_scalar',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    of: (text: string, path: string) => jsonScalar(find(text, path)),
  },
]
