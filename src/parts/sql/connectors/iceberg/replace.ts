// CREATE OR REPLACE TABLE: another schema, partitioning and content for a table that is there; its older snapshots stay.
import { parsePartitioning } from '#parts/sql/connectors/iceberg/partitioning'
import { toIcebergSchema } from '#parts/sql/connectors/iceberg/types'
import type { TableDefinition } from '#parts/sql/ports'
import { renumbered } from '#wire/iceberg/evolve'
import { MAIN_BRANCH } from '#wire/iceberg/metadata'
import { highestFieldId } from '#wire/iceberg/schema'
import type { SchemaInput, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'

export interface Beginning {
  readonly updates: readonly TableUpdate[]
  readonly requirements: readonly TableRequirement[]
}

/** What stands before the rows of the new content. Columns get new ids, so that nothing of old files is taken for theirs. */
export function replacement(m: TableMetadata, definition: TableDefinition): Beginning {
  const fields = toIcebergSchema(definition.columns).fields.map((f) => renumbered(f, m['last-column-id']))
  const schema: SchemaInput = { type: 'struct', fields }
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
      // The old partitioning holds columns that go.
      { action: 'add-spec', spec: { fields: [] } },
      { action: 'set-default-spec', 'spec-id': -1 },
      { action: 'add-sort-order', 'sort-order': { 'order-id': 0, fields: [] } },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
      { action: 'add-schema', schema, 'last-column-id': highestFieldId(schema) },
      { action: 'set-current-schema', 'schema-id': -1 },
      { action: 'add-spec', spec: { fields: parsePartitioning(definition.partitioning, schema) } },
      { action: 'set-default-spec', 'spec-id': -1 },
      ...(hasComment ? [{ action: 'remove-properties', removals: ['comment'] } as const] : []),
      ...(Object.keys(properties).length > 0 ? [{ action: 'set-properties', updates: properties } as const] : []),
      ...(m['current-snapshot-id'] === undefined ? [] : [{ action: 'remove-snapshot-ref', 'ref-name': MAIN_BRANCH } as const]),
    ],
  }
}
