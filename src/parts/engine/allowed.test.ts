import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { FILE_FUNCTIONS, FUNCTIONS, TABLE_FUNCTIONS } from '#parts/engine/allowed'
import { registerFunctions } from '#parts/engine/functions'

/** What this DuckDB has and the engine does not call, by the reason. A version that brings a function asks for it to be put here or there. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'reads settings, variables, the catalogue or the connection':
    /^(current_(setting|query|query_id|connection_id|transaction_id|catalog|database|schemas?|role|user)|getvariable|in_search_path|currval|nextval|session_user|user|version|txid_current|stats|get_block_size|parse_duckdb_log_message|format_pg_type|format_type|map_to_pg_oid|(col|obj|shobj)_description|has_.*_privilege|pg_.*|inet_.*)$/,
  'changes the connection, the log or the time': /^(setseed|sleep_ms|write_log)$/,
  'makes SQL or plans of text, or of SQL': /^json_(serialize_sql|serialize_plan)$/,
  "DuckDB's own plumbing":
    /^(__internal_.*|icu_collate_.*|icu_sort_key|aggregate|combine|finalize|create_sort_key|constant_or_null|is_histogram_other_bin|remap_struct|unpivot_list|vector_type|timetz_byte_comparable|array_to_string_comma_default|get_current_time(stamp)?)$/,
  'types as values, and types that the lake has not':
    /^(make_type|get_type|replace_type|cast_to_type|can_cast_implicitly|st_.*|variant_.*|json_(group_)?structure)$/,
}

let found: Map<string, Set<string>>
beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  registerFunctions(connection)
  const rows = (await connection.runAndReadAll('SELECT DISTINCT function_type, function_name FROM duckdb_functions()')).getRows()
  found = new Map()
  for (const [type, name] of rows) found.set(String(type), (found.get(String(type)) ?? new Set()).add(String(name)))
})

describe('scalar functions, aggregates and macros', () => {
  const all = () => [...new Set(['scalar', 'aggregate', 'macro'].flatMap((type) => [...(found.get(type) ?? [])]))]

  it('are each allowed, or refused for a reason, and not both', () => {
    expect(all().length).toBeGreaterThan(600)
    const reasons = Object.values(REFUSED)
    const odd = all().filter((name) => FUNCTIONS.has(name) === reasons.some((r) => r.test(name)))
    expect(odd).toEqual([])
  })
  it('that are allowed are there, and unnest, which the binder knows', () => {
    const there = new Set(all())
    expect([...FUNCTIONS].filter((name) => !there.has(name))).toEqual(['unnest'])
  })
  it('that may be called do not name what DuckDB calls volatile, but for random values and errors', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const rows = (
      await connection.runAndReadAll(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE' OR has_side_effects",
      )
    ).getRows()
    const allowed = rows.map((r) => String(r[0])).filter((name) => FUNCTIONS.has(name))
    expect(allowed.sort()).toEqual(['error', 'gen_random_uuid', 'random', 'uuid', 'uuidv4', 'uuidv7'])
  })
})

it('table functions that are allowed are there', () => {
  const there = found.get('table') ?? new Set()
  expect([...TABLE_FUNCTIONS, ...FILE_FUNCTIONS.keys()].filter((name) => !there.has(name))).toEqual([])
  expect(FILE_FUNCTIONS.size).toBeGreaterThan(0)
})
