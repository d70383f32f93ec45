// What the engine wrote, read from the Parquet footers: the files of a snapshot with their counts and bounds.

import { parseFolder } from '#parts/sql/connectors/iceberg/partitioning'
import { type Engine, MAX_STATEMENT, type QueryContext } from '#parts/sql/ports'
import { join, literal, print, sql } from '#wire/duckdb/sql'
import { lowerBound, upperBound } from '#wire/iceberg/bounds'
import { partitionTypes } from '#wire/iceberg/manifest/schemas'
import type { DataFile } from '#wire/iceberg/manifest/types'
import type { PartitionSpec, PrimitiveType, Schema, Type } from '#wire/iceberg/types'
import { compareValues, parseValue, type Value } from '#wire/iceberg/values'

export interface WrittenFile {
  /** In the spool. */
  readonly path: string
  /** Folders below the write's own: `p0=v12`. */
  readonly folders: readonly string[]
  readonly sizeBytes: number
  /** Its name in the store, below the table's data folder. */
  readonly uriName: string
}

/** `[path, row group, rows, column path, values, nulls, bytes, min, max]` */
type Chunk = readonly [string, number, number, string, number, number | null, number, string | null, string | null]

export async function describeFiles(
  engine: Pick<Engine, 'run'>,
  context: QueryContext,
  written: readonly WrittenFile[],
  schema: Schema,
  spec: PartitionSpec,
  uriOf: (file: WrittenFile) => string,
): Promise<DataFile[]> {
  const chunks = await readChunks(engine, context, written)
  const leaves = leavesOf(schema)
  const types = partitionTypes(spec, schema)
  return written
    .map((file) => toDataFile(file, chunks.get(file.path) ?? [], leaves, uriOf(file), types))
    .filter((file) => file.recordCount > 0)
}

async function readChunks(
  engine: Pick<Engine, 'run'>,
  { queryId, spool }: QueryContext,
  written: readonly WrittenFile[],
): Promise<Map<string, Chunk[]>> {
  const found = new Map<string, Chunk[]>()
  if (written.length === 0) return found
  const query = sql`SELECT file_name, row_group_id, row_group_num_rows, path_in_schema, num_values, stats_null_count, total_compressed_size,
      CASE WHEN min_is_exact THEN stats_min_value END, CASE WHEN max_is_exact THEN stats_max_value END
    FROM parquet_metadata([${join(written.map((f) => literal(f.path)))}])`
  const types = ['varchar', 'bigint', 'bigint', 'varchar', 'bigint', 'bigint', 'bigint', 'varchar', 'varchar']
  const run = engine.run({ queryId, spool, sql: print(query, { maxLength: MAX_STATEMENT }), output: 'rows', types })
  for await (const batch of run.rows) {
    for (const row of batch) {
      const chunk = JSON.parse(row) as Chunk
      found.set(chunk[0], [...(found.get(chunk[0]) ?? []), chunk])
    }
  }
  await run.done
  return found
}

interface Leaf {
  readonly id: number
  readonly type: PrimitiveType
  /** Below a list or a map: counts only, no bounds. */
  readonly repeated: boolean
}

/** Leaves by the column path that DuckDB writes: `tags, list, element`. */
function leavesOf(schema: Schema): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  const visit = (type: Type, id: number, path: readonly string[], repeated: boolean): void => {
    if (typeof type === 'string') leaves.set(path.join(', '), { id, type, repeated })
    else if (type.type === 'struct') for (const f of type.fields) visit(f.type, f.id, [...path, f.name], repeated)
    else if (type.type === 'list') visit(type.element, type['element-id'], [...path, 'list', 'element'], true)
    else {
      visit(type.key, type['key-id'], [...path, 'key_value', 'key'], true)
      visit(type.value, type['value-id'], [...path, 'key_value', 'value'], true)
    }
  }
  for (const f of schema.fields) visit(f.type, f.id, [f.name], false)
  return leaves
}

function toDataFile(
  file: WrittenFile,
  chunks: readonly Chunk[],
  leaves: ReadonlyMap<string, Leaf>,
  uri: string,
  types: readonly PrimitiveType[],
): DataFile {
  const [columnSizes, valueCounts, nullCounts] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
  const [lowerBounds, upperBounds] = [new Map<number, Buffer>(), new Map<number, Buffer>()]
  const groups = new Map(chunks.map((c) => [c[1], c[2]]))
  for (const [path, leaf] of leaves) {
    const own = chunks.filter((c) => c[3] === path)
    if (own.length === 0) continue
    columnSizes.set(leaf.id, sum(own.map((c) => c[6])))
    valueCounts.set(leaf.id, sum(own.map((c) => c[4])))
    if (own.every((c) => c[5] !== null)) nullCounts.set(leaf.id, sum(own.map((c) => c[5] ?? 0)))
    if (leaf.repeated || !BOUNDED.test(leaf.type)) continue
    const filled = own.filter((c) => c[5] === null || c[5] < c[4])
    const lowest = extreme(
      filled.map((c) => c[7]),
      leaf.type,
      -1,
    )
    const highest = extreme(
      filled.map((c) => c[8]),
      leaf.type,
      1,
    )
    if (lowest !== undefined) lowerBounds.set(leaf.id, lowerBound(lowest, leaf.type))
    const upper = highest === undefined ? undefined : upperBound(highest, leaf.type)
    if (upper) upperBounds.set(leaf.id, upper)
  }
  return {
    content: 'data',
    path: uri,
    format: 'PARQUET',
    partition: types.map((type, i) => parseFolder((file.folders[i] ?? 'n').replace(/^[^=]*=/, ''), type)),
    recordCount: sum([...groups.values()]),
    sizeBytes: file.sizeBytes,
    columnSizes,
    valueCounts,
    nullCounts,
    lowerBounds,
    upperBounds,
    sortOrderId: 0,
  }
}

/** Types whose bounds are written: not floats, where a NaN would be hidden, and not bytes, whose texts are escaped. */
const BOUNDED = /^(boolean|int|long|date|time|timestamp|timestamptz|string|decimal.*)$/

/** The least or greatest of all row groups; undefined when one of them does not tell. */
function extreme(texts: readonly (string | null)[], type: PrimitiveType, sign: 1 | -1): Value | undefined {
  let best: Value | undefined
  for (const text of texts) {
    const value = text === null ? undefined : parseValue(text, type)
    if (value === undefined) return undefined
    if (best === undefined || compareValues(value, best) * sign > 0) best = value
  }
  return best
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
