// `t$partitions`: what the files of each partition hold together.
import { type Column, type Kind, kind } from '#parts/sql/connectors/iceberg/kinds'
import { partitionRow, valueCell } from '#parts/sql/connectors/iceberg/partition-values'
import { readEntries, readManifests, type SpecEntry, specsOf } from '#parts/sql/connectors/iceberg/snapshot'
import { trinoType } from '#parts/sql/connectors/iceberg/types'
import { type Cell, Fields } from '#parts/sql/ports'
import { decodeValue } from '#wire/iceberg/bounds'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import { isIdentity } from '#wire/iceberg/transforms'
import type { Field, PrimitiveType, TableMetadata } from '#wire/iceberg/types'
import { compareValues, type Value } from '#wire/iceberg/values'
import { printType, rowOf, simple } from '#wire/trino/type'

/** The data files of one partition; there is one at least. */
type Partition = readonly SpecEntry[]

type PrimitiveField = Field & { readonly type: PrimitiveType }

export function partitionKind(m: TableMetadata): Kind {
  const row = partitionRow(m)
  const identity = new Set(defaultSpec(m).fields.flatMap((f) => (isIdentity(f.transform) ? [f['source-id']] : [])))
  const measured = currentSchema(m).fields.filter((f): f is PrimitiveField => typeof f.type === 'string' && !identity.has(f.id))
  const bigint = simple('bigint')
  const metrics = rowOf(
    measured.map(({ type }) => rowOf([trinoType(type), trinoType(type), bigint, bigint], ['min', 'max', 'null_count', 'nan_count'])),
    measured.map(({ name }) => name),
  )
  const columns: readonly Column<Partition>[] = [
    ...(row ? [['partition', row.type, ([first]) => first && row.of(first.file, first.spec)] satisfies Column<Partition>] : []),
    ['record_count', 'bigint', (files) => sum(files.map(({ file }) => file.recordCount))],
    ['file_count', 'bigint', (files) => files.length],
    ['total_size', 'bigint', (files) => sum(files.map(({ file }) => file.sizeBytes))],
    ...(measured.length > 0
      ? [['data', printType(metrics), (files) => new Fields(measured.map((field) => metricsOf(field, files)))] satisfies Column<Partition>]
      : []),
  ]
  return kind(columns, async ({ metadata, files }) => {
    const manifests = (await readManifests(metadata, files)).filter((manifest) => manifest.content === 'data')
    const entries = (await readEntries(manifests, files, specsOf(metadata, currentSchema(metadata)))).flat()
    return [...Map.groupBy(entries, ({ file, spec }) => keyOf(file.partition, spec)).values()]
  })
}

/** Files are of one partition where the same fields have the same values. */
function keyOf(values: readonly (Value | null)[], spec: SpecEntry['spec']): string {
  const texts = values.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : Object.is(value, -0) ? '-0' : String(value)))
  return JSON.stringify([spec.fields.map((f) => f['field-id']), texts, values.map((value) => value === null)])
}

/** Least and greatest value, and how many are null and no number: each unknown where one file does not tell. Null where nothing is known. */
function metricsOf({ id, type }: PrimitiveField, files: Partition): Cell {
  const each = files.map((entry) => metricsOfFile(id, type, entry))
  const filled = each.filter(({ nulls, rows }) => nulls === undefined || nulls !== rows)
  const [least, greatest] = [
    extreme(
      filled.map((f) => f.lower),
      -1,
    ),
    extreme(
      filled.map((f) => f.upper),
      1,
    ),
  ]
  const nulls = total(each.map((f) => f.nulls))
  const nans = total(files.map(({ file }) => file.nanCounts?.get(id)))
  if (least === undefined && greatest === undefined && nulls === undefined) return null
  return new Fields([valueCell(least, type), valueCell(greatest, type), nulls, nans])
}

interface FileMetrics {
  readonly lower: Value | undefined
  readonly upper: Value | undefined
  readonly nulls: number | undefined
  readonly rows: number
}

/** What the files are partitioned by is told by the partition. */
function metricsOfFile(id: number, type: PrimitiveType, { file, spec }: SpecEntry): FileMetrics {
  const place = spec.fields.findIndex((f) => f['source-id'] === id && isIdentity(f.transform))
  const rows = file.recordCount
  if (place >= 0) {
    const value = file.partition[place] ?? undefined
    return { lower: value, upper: value, nulls: value === undefined ? rows : 0, rows }
  }
  const bound = (bytes: Buffer | undefined) => (bytes === undefined ? undefined : decodeValue(bytes, type))
  return { lower: bound(file.lowerBounds.get(id)), upper: bound(file.upperBounds.get(id)), nulls: file.nullCounts.get(id), rows }
}

function extreme(values: readonly (Value | undefined)[], sign: 1 | -1): Value | undefined {
  let best = values[0]
  for (const value of values) {
    if (best === undefined || value === undefined) return undefined
    if (compareValues(value, best) * sign > 0) best = value
  }
  return best
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const total = (numbers: readonly (number | undefined)[]): number | undefined =>
  numbers.every((n) => n !== undefined) ? sum(numbers) : undefined
