// CREATE OR REPLACE TABLE: another schema, partitioning and content for a table that is there; its older snapshots stay.
import { NotSupported } from '#parts/sql/connectors/errors'
import { parsePartitioning } from '#parts/sql/connectors/iceberg/partitioning'
import { keepsNestedNames } from '#parts/sql/connectors/iceberg/readable'
import { toIcebergSchema } from '#parts/sql/connectors/iceberg/types'
import type { TableDefinition } from '#parts/sql/ports'
import { currentSchema, MAIN_BRANCH } from '#wire/iceberg/metadata'
import { fieldById, highestFieldId, takesType, withIdsOf } from '#wire/iceberg/schema'
import type { Schema, SchemaInput, StructType, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'

export interface Beginning {
  readonly updates: readonly TableUpdate[]
  readonly requirements: readonly TableRequirement[]
}

/** What stands before the rows of the new content. */
export function replacement(m: TableMetadata, definition: TableDefinition): Beginning {
  const schema = replacingSchema(m, definition.columns)
  const { 'format-version': version, ...properties } = {
    ...definition.properties,
    ...(definition.comment === undefined ? {} : { comment: definition.comment }),
  } as Record<string, string>
  const hasComment = definition.comment === undefined && 'comment' in m.properties
  return {
    requirements: [
      { type: 'assert-table-uuid', uuid: m['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: MAIN_BRANCH, 'snapshot-id': m['current-snapshot-id'] ?? null },
      { type: 'assert-current-schema-id', 'current-schema-id': m['current-schema-id'] },
      { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': m['last-column-id'] },
      { type: 'assert-default-spec-id', 'default-spec-id': m['default-spec-id'] },
      { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': m['last-partition-id'] },
    ],
    updates: [
      ...(version === undefined ? [] : [{ action: 'upgrade-format-version', 'format-version': Number(version) } as const]),
      { action: 'add-schema', schema, 'last-column-id': highestFieldId(schema) },
      { action: 'set-current-schema', 'schema-id': -1 },
      { action: 'add-spec', spec: { fields: parsePartitioning(definition.partitioning, schema) } },
      { action: 'set-default-spec', 'spec-id': -1 },
      { action: 'add-sort-order', 'sort-order': { 'order-id': 0, fields: [] } },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
      ...(hasComment ? [{ action: 'remove-properties', removals: ['comment'] } as const] : []),
      ...(Object.keys(properties).length > 0 ? [{ action: 'set-properties', updates: properties } as const] : []),
      ...(m['current-snapshot-id'] === undefined ? [] : [{ action: 'remove-snapshot-ref', 'ref-name': MAIN_BRANCH } as const]),
    ],
  }
}

/** Columns of old names keep their ids, as in Iceberg's own replacement; one whose fields would change names under old ids is new. */
function replacingSchema(m: TableMetadata, columns: TableDefinition['columns']): SchemaInput {
  const made: SchemaInput = toIcebergSchema(columns)
  const before = currentSchema(m)
  const numbered = withIdsOf(made, before, m['last-column-id'])
  const schemas = [...m.schemas, { ...numbered, 'schema-id': -1 } as Schema]
  const changed = new Set(numbered.fields.filter((f) => !keepsNestedNames(schemas, f)).map((f) => f.id))
  const base: StructType = { type: 'struct', fields: before.fields.filter((f) => !changed.has(f.id)) }
  const schema = changed.size === 0 ? numbered : withIdsOf(made, base, m['last-column-id'])
  assertSourcesStay(m, before, schema)
  return schema
}

/** Iceberg's library does not write to a table, or not load it, one of whose old specs has no column, or one of a type that it cannot have. */
function assertSourcesStay(m: TableMetadata, before: Schema, schema: StructType): void {
  for (const { 'source-id': id, transform } of m['partition-specs'].flatMap((spec) => spec.fields)) {
    const was = fieldById(before, id)
    const now = fieldById(schema, id)
    if (!was || transform === 'void' || (now && takesType(transform, now.type))) continue
    throw NotSupported({
      what: `replacing a table that was partitioned by ${was.path}, ${now ? 'with another type of that column' : 'without that column'},`,
      hint: 'drop the table first',
    })
  }
}
