// JSON of Trino where DuckDB reads or writes it otherwise: canonical texts, tokens of numbers.
import { VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { canonicalJson, type Json, jsonAt, jsonScalar, readJson, type Step, writeJson } from '#wire/trino/json-text'

/** The value at a path, which is a JSON array of steps. */
function find(text: string, path: string): Json | undefined {
  const value = readJson(text)
  return value && jsonAt(value, JSON.parse(path) as Step[])
}

export const JSON_SCALARS: readonly Scalar[] = [
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
