// ALTER TABLE and COMMENT as commits of the catalogue: a new schema, spec or properties on the state that they were planned on.
import type { Caller } from '#kit/access'
import { AkkoError } from '#kit/errors'
import { NotSupported, WriteConflict } from '#parts/sql/connectors/errors'
import { parsePartitioning } from '#parts/sql/connectors/iceberg/partitioning'
import { assertNestedNames, assertVersion } from '#parts/sql/connectors/iceberg/readable'
import { toIcebergSchema } from '#parts/sql/connectors/iceberg/types'
import { sqlError } from '#parts/sql/errors'
import type { TableAlteration } from '#parts/sql/ports'
import { fieldAt, isPromotion, renumbered, withField, withNewField } from '#wire/iceberg/evolve'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import { type Lake, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import { highestFieldId } from '#wire/iceberg/schema'
import type { Field, Schema, SchemaInput, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'

const ATTEMPTS = 4

export async function alterIceberg(lake: Lake, caller: Caller, ident: TableIdent, table: string, change: TableAlteration): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { metadata } = await lake.loadTable(caller, ident)
    assertVersion(metadata, table)
    const updates = updatesOf(metadata, change)
    if (updates.length === 0) return
    try {
      await lake.commitTable(caller, ident, { requirements: requirementsOf(metadata), updates })
      return
    } catch (error) {
      if (!(error instanceof AkkoError) || error.code !== lakeErrors.commitConflict) throw error
      if (attempt >= ATTEMPTS) throw WriteConflict({ table, attempts: attempt }, error)
    }
  }
}

function requirementsOf(m: TableMetadata): TableRequirement[] {
  return [
    { type: 'assert-table-uuid', uuid: m['table-uuid'] },
    { type: 'assert-current-schema-id', 'current-schema-id': m['current-schema-id'] },
    { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': m['last-column-id'] },
    { type: 'assert-default-spec-id', 'default-spec-id': m['default-spec-id'] },
    { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': m['last-partition-id'] },
  ]
}

function updatesOf(metadata: TableMetadata, change: TableAlteration): TableUpdate[] {
  const schema = currentSchema(metadata)
  switch (change.k) {
    case 'properties':
      return propertyUpdates(metadata, change)
    case 'comment':
      if (change.path.length > 0)
        return replaced(
          metadata,
          withField(schema, change.path, (f) => documented(f, change.text)),
        )
      return change.text === undefined
        ? [{ action: 'remove-properties', removals: ['comment'] }]
        : [{ action: 'set-properties', updates: { comment: change.text } }]
    case 'add': {
      const name = change.path.at(-1) as string
      const [made] = toIcebergSchema([{ name, type: change.type, nullable: true }]).fields as [Field]
      const field = documented(renumbered(made, metadata['last-column-id']), change.comment)
      return replaced(metadata, withNewField(schema, change.path.slice(0, -1), field, change.place))
    }
    case 'drop':
      assertDroppable(metadata, schema, change.path)
      return replaced(
        metadata,
        withField(schema, change.path, () => undefined),
      )
    case 'rename':
      return replaced(
        metadata,
        withField(schema, change.path, (f) => ({ ...f, name: change.to })),
      )
    case 'nullable':
      return replaced(
        metadata,
        withField(schema, change.path, (f) => ({ ...f, required: false })),
      )
    case 'type':
      return replaced(
        metadata,
        withField(schema, change.path, (f) => promoted(f, change.type)),
      )
  }
}

function documented({ doc: _, ...field }: Field, text: string | undefined): Field {
  return text === undefined ? field : { ...field, doc: text }
}

/** The schema in place of the current one; refused where older files would be read wrongly by it. */
function replaced(metadata: TableMetadata, { 'schema-id': _, ...schema }: SchemaInput): TableUpdate[] {
  const then = { ...schema, 'schema-id': -1 } as Schema
  assertNestedNames({ ...metadata, schemas: [...metadata.schemas, then] }, then.fields)
  const highest = Math.max(metadata['last-column-id'], highestFieldId(schema))
  return [
    { action: 'add-schema', schema, 'last-column-id': highest },
    { action: 'set-current-schema', 'schema-id': -1 },
  ]
}

function assertDroppable(metadata: TableMetadata, schema: Schema, path: readonly string[]): void {
  const field = fieldAt(schema, path)
  const uses = (spec: TableMetadata['partition-specs'][number]) =>
    spec.fields.some((f) => f['source-id'] === field?.id && f.transform !== 'void')
  const refuse = (text: string) => sqlError('NOT_SUPPORTED', undefined, text)
  if (uses(defaultSpec(metadata))) throw refuse(`Cannot drop partition field: ${field?.name}`)
  if (metadata['partition-specs'].some(uses)) throw refuse(`Cannot drop column that is used by an old partition spec: ${field?.name}`)
  if (metadata['sort-orders'].some((o) => o.fields.some((f) => f['source-id'] === field?.id)))
    throw refuse(`Cannot drop a column that the table is sorted by: ${field?.name}`)
  if (path.length === 1 && schema.fields.length === 1) throw refuse('Cannot drop the only non-hidden column in a table')
}

function promoted(field: Field, type: string): Field {
  const [to] = toIcebergSchema([{ name: field.name, type, nullable: true }]).fields as [Field]
  if (typeof field.type !== 'string' || typeof to.type !== 'string' || !isPromotion(field.type, to.type))
    throw NotSupported({
      what: `setting the type of ${field.name} to ${type}`,
      hint: 'Iceberg takes integer to bigint, real to double, and a decimal to one of more digits',
    })
  return { ...field, type: to.type }
}

function propertyUpdates(metadata: TableMetadata, change: Extract<TableAlteration, { k: 'properties' }>): TableUpdate[] {
  const { 'format-version': version, ...properties } = change.properties
  const updates: TableUpdate[] = []
  if (version !== undefined && Number(version) < metadata['format-version'])
    throw sqlError(
      'INVALID_TABLE_PROPERTY',
      undefined,
      `a table of format version ${metadata['format-version']} cannot go back to ${version}`,
    )
  if (version !== undefined) updates.push({ action: 'upgrade-format-version', 'format-version': Number(version) })
  if (change.partitioning) {
    if (metadata['format-version'] === 1)
      throw NotSupported({ what: 'another partitioning of a table of format version 1', hint: 'set format_version = 2 first' })
    const fields = parsePartitioning(change.partitioning, currentSchema(metadata))
    updates.push({ action: 'add-spec', spec: { fields } }, { action: 'set-default-spec', 'spec-id': -1 })
  }
  if (Object.keys(properties).length > 0) updates.push({ action: 'set-properties', updates: properties })
  return updates
}
