// JSON of Trino where DuckDB reads or writes it otherwise: canonical texts, tokens of numbers.
import { BIGINT, BOOLEAN, DOUBLE, type DuckDBType, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { canonicalJson, type Json, jsonAt, jsonScalar, readJson, type Step, writeJson } from '#wire/trino/json-text'

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
  return writeJson(item)
}

export const JSON_SCALARS: readonly Scalar[] = [
  contains('varchar', VARCHAR, (item, wanted: string) => item.k === 'string' && item.text === wanted),
  contains('boolean', BOOLEAN, (item, wanted: boolean) => item.k === 'word' && item.text === String(wanted)),
  contains('bigint', BIGINT, isBigint),
  contains('double', DOUBLE, (item, wanted: number) => item.k === 'number' && !isInteger(item) && Number(item.text) === wanted),
  { name: 'trino_json_size', parameters: [VARCHAR, VARCHAR], result: BIGINT, of: size },
  { name: 'trino_json_array_get', parameters: [VARCHAR, BIGINT], result: VARCHAR, of: arrayGet },
  {
    name: 'trino_json_parse',
    parameters: [VARCHAR],
    result: VARCHAR,
    of: (text: string) => {
      const canonical = canonicalJson(text)
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
      return found && writeJson(found)
    },
  },
  {
    name: 'trino_json_extract_scalar',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    of: (text: string, path: string) => jsonScalar(find(text, path)),
  },
]
