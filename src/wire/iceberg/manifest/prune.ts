// Which manifests and files cannot hold a row that a condition keeps: from partition values and column bounds.
import { decodeValue } from '#wire/iceberg/bounds'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'
import { applyTransform, isMonotonic } from '#wire/iceberg/transforms'
import type { PartitionSpec, PrimitiveType } from '#wire/iceberg/types'
import { compareValues, type Value } from '#wire/iceberg/values'

/** A condition on a top-level column of a primitive type, with its values read. */
export interface Condition {
  readonly fieldId: number
  readonly type: PrimitiveType
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'in' | 'is null' | 'is not null'
  readonly values: readonly Value[]
}

interface Range {
  readonly lower: Value | undefined
  readonly upper: Value | undefined
}

export function mayMatchManifest(
  manifest: ManifestFile,
  spec: PartitionSpec,
  types: readonly PrimitiveType[],
  conditions: readonly Condition[],
): boolean {
  return conditions.every((condition) =>
    spec.fields.every((field, i) => {
      const summary = manifest.partitions[i]
      if (field['source-id'] !== condition.fieldId || !summary) return true
      if (condition.op === 'is null') return summary.containsNull || field.transform === 'void'
      if (condition.op === 'is not null' || summary.containsNan) return true
      const type = types[i] as PrimitiveType
      const range = {
        lower: summary.lower === undefined ? undefined : decodeValue(summary.lower, type),
        upper: summary.upper === undefined ? undefined : decodeValue(summary.upper, type),
      }
      if (range.lower === undefined && range.upper === undefined) return field.transform === 'void' || !summary.containsNull
      return overlaps(projected(condition, field.transform), range)
    }),
  )
}

export function mayMatchFile(file: DataFile, spec: PartitionSpec, conditions: readonly Condition[]): boolean {
  return conditions.every((condition) => partitionMayMatch(file, spec, condition) && boundsMayMatch(file, condition))
}

function partitionMayMatch(file: DataFile, spec: PartitionSpec, condition: Condition): boolean {
  return spec.fields.every((field, i) => {
    if (field['source-id'] !== condition.fieldId || field.transform === 'void') return true
    const value = file.partition[i] ?? null
    if (condition.op === 'is null') return value === null
    if (value === null) return false
    if (condition.op === 'is not null' || Number.isNaN(value)) return true
    return overlaps(projected(condition, field.transform), { lower: value, upper: value })
  })
}

function boundsMayMatch(file: DataFile, condition: Condition): boolean {
  const { fieldId, type, op } = condition
  const nulls = file.nullCounts.get(fieldId)
  const all = file.valueCounts.get(fieldId)
  if (op === 'is null') return nulls !== 0
  if (nulls !== undefined && all !== undefined && all > 0 && nulls === all) return false
  if (op === 'is not null') return true
  const lower = file.lowerBounds.get(fieldId)
  const upper = file.upperBounds.get(fieldId)
  return overlaps(condition, {
    lower: lower === undefined ? undefined : decodeValue(lower, type),
    upper: upper === undefined ? undefined : decodeValue(upper, type),
  })
}

type Test = Pick<Condition, 'op' | 'values'>

/** The condition on the transform's result that holds wherever the one on the column does. */
function projected({ op, values, type }: Condition, transform: string): Test {
  const results = values.map((v) => applyTransform(transform, v, type) as Value)
  if (op === '=' || op === 'in') return { op, values: results }
  if (!isMonotonic(transform)) return { op: 'is not null', values: [] }
  if (transform === 'identity') return { op, values: results }
  return { op: op === '<' || op === '<=' ? '<=' : '>=', values: results }
}

function overlaps({ op, values }: Test, { lower, upper }: Range): boolean {
  const above = (v: Value, or: boolean) => upper === undefined || compareValues(upper, v) > (or ? -1 : 0)
  const below = (v: Value, or: boolean) => lower === undefined || compareValues(lower, v) < (or ? 1 : 0)
  const first = values[0]
  switch (op) {
    case '=':
    case 'in':
      return values.some((v) => above(v, true) && below(v, true))
    case '<':
      return first === undefined || below(first, false)
    case '<=':
      return first === undefined || below(first, true)
    case '>':
      return first === undefined || above(first, false)
    case '>=':
      return first === undefined || above(first, true)
    default:
      return true
  }
}
