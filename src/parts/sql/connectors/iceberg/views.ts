// Views of the lake as Trino keeps them: Iceberg views whose SQL is of the dialect `trino`, with the owner in a property.

import type { Caller } from '#kit/access'
import { AccessDenied, AkkoError } from '#kit/errors'
import { SchemaNotFound, TableExists, TableNotFound } from '#parts/sql/connectors/errors'
import { storedType, toIcebergSchema, toTrino } from '#parts/sql/connectors/iceberg/types'
import type { ConnectorViews, TableInfo, ViewDefinition } from '#parts/sql/ports'
import { type Lake, type LoadedView, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { Schema, SchemaInput } from '#wire/iceberg/types'
import { currentVersion, currentViewSchema, RUN_AS_OWNER } from '#wire/iceberg/view-metadata'
import type { ViewUpdate, ViewVersion } from '#wire/iceberg/view-types'

const DIALECT = 'trino'
const COMMENT = 'comment'
const LAST_ADDED = -1
const SUMMARY = { 'engine-name': 'akko' }

export interface IcebergViews extends ConnectorViews {
  /** Undefined when there is none, or none that the caller may read. */
  describe(caller: Caller, schema: string, view: string): Promise<TableInfo | undefined>
}

export function createIcebergViews(catalog: string, lake: Lake): IcebergViews {
  const full = (schema: string, view: string) => `${catalog}.${schema}.${view}`

  const translated = async <T>(schema: string, view: string, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (isCode(error, lakeErrors.namespaceNotFound)) throw SchemaNotFound({ schema }, error)
      if (isCode(error, lakeErrors.viewNotFound)) throw TableNotFound({ table: full(schema, view) }, error)
      if (isCode(error, lakeErrors.viewExists, lakeErrors.tableExists)) throw TableExists({ table: full(schema, view) }, error)
      throw error
    }
  }
  const load = (caller: Caller, schema: string, view: string) => translated(schema, view, lake.loadView(caller, identOf(schema, view)))
  const commit = (caller: Caller, schema: string, view: string, loaded: LoadedView, updates: readonly ViewUpdate[]) => {
    const requirements = [{ type: 'assert-view-uuid' as const, uuid: loaded.metadata['view-uuid'] }]
    return translated(schema, view, lake.commitView(caller, identOf(schema, view), { requirements, updates }))
  }

  return {
    stored: storedType,
    async describe(caller, schema, view) {
      try {
        return describeView(await lake.loadView(caller, identOf(schema, view)), schema, view)
      } catch (error) {
        if (isCode(error, lakeErrors.viewNotFound, lakeErrors.namespaceNotFound) || AccessDenied.is(error)) return undefined
        throw error
      }
    },
    async create(caller, definition) {
      const { schema, view } = definition
      const request = {
        name: view,
        schema: toIcebergSchema(definition.columns) as SchemaInput,
        'view-version': versionOf(definition),
        properties: propertiesOf(caller, definition),
      }
      await translated(schema, view, lake.createView(caller, schema.split('.'), request))
    },
    async replace(caller, definition) {
      const { schema, view } = definition
      const properties = propertiesOf(caller, definition)
      await commit(caller, schema, view, await load(caller, schema, view), [
        { action: 'add-schema', schema: toIcebergSchema(definition.columns) as SchemaInput },
        { action: 'add-view-version', 'view-version': versionOf(definition) },
        { action: 'set-current-view-version', 'view-version-id': LAST_ADDED },
        { action: 'remove-properties', removals: [RUN_AS_OWNER, COMMENT].filter((key) => !Object.hasOwn(properties, key)) },
        { action: 'set-properties', updates: properties },
      ])
    },
    async drop(caller, schema, view) {
      await translated(schema, view, lake.dropView(caller, identOf(schema, view)))
    },
    async rename(caller, from, to) {
      const work = lake.renameView(caller, identOf(from.schema, from.table), identOf(to.schema, to.table))
      await translated(to.schema, to.table, work)
    },
    async comment(caller, schema, view, column, comment) {
      const loaded = await load(caller, schema, view)
      if (column === undefined) {
        const change: ViewUpdate =
          comment === undefined
            ? { action: 'remove-properties', removals: [COMMENT] }
            : { action: 'set-properties', updates: { [COMMENT]: comment } }
        await commit(caller, schema, view, loaded, [change])
        return
      }
      await commit(caller, schema, view, loaded, [
        { action: 'add-schema', schema: withDoc(currentViewSchema(loaded.metadata), column, comment) },
        {
          action: 'add-view-version',
          'view-version': { ...currentVersion(loaded.metadata), 'timestamp-ms': Date.now(), 'schema-id': LAST_ADDED },
        },
        { action: 'set-current-view-version', 'view-version-id': LAST_ADDED },
      ])
    },
  }
}

function versionOf({ sql, catalog, namespace }: ViewDefinition): ViewVersion {
  return {
    'version-id': 1,
    'timestamp-ms': Date.now(),
    'schema-id': LAST_ADDED,
    summary: SUMMARY,
    representations: [{ type: 'sql', sql, dialect: DIALECT }],
    'default-catalog': catalog,
    'default-namespace': namespace.split('.'),
  }
}

function propertiesOf(caller: Caller, { comment, definer }: ViewDefinition): Readonly<Record<string, string>> {
  return { ...(definer ? { [RUN_AS_OWNER]: caller.sub } : {}), ...(comment === undefined ? {} : { [COMMENT]: comment }) }
}

function withDoc(schema: Schema, column: string, comment: string | undefined): SchemaInput {
  const fields = schema.fields.map((field) => {
    if (field.name.toLowerCase() !== column) return field
    const { doc: _, ...rest } = field
    return comment === undefined ? rest : { ...rest, doc: comment }
  })
  return { type: 'struct', fields }
}

function describeView({ metadata, ownerAccount }: LoadedView, schema: string, view: string): TableInfo {
  const { representations, 'default-catalog': catalog, 'default-namespace': namespace } = currentVersion(metadata)
  const own = representations.find((r) => r.dialect.toLowerCase() === DIALECT)
  const owner = Object.hasOwn(metadata.properties, RUN_AS_OWNER) ? metadata.properties[RUN_AS_OWNER] : undefined
  const comment = Object.hasOwn(metadata.properties, COMMENT) ? metadata.properties[COMMENT] : undefined
  return {
    schema,
    table: view,
    kind: 'view',
    columns: currentViewSchema(metadata).fields.map((f) => ({
      name: f.name.toLowerCase(),
      type: toTrino(f.type),
      nullable: true,
      ...(f.doc === undefined ? {} : { comment: f.doc }),
    })),
    ...(comment === undefined ? {} : { comment }),
    view: {
      ...(own ? { sql: own.sql } : {}),
      dialects: representations.map((r) => r.dialect),
      catalog,
      // Without a catalogue, Trino completes no name.
      schema: catalog === undefined || namespace.length === 0 ? undefined : namespace.join('.'),
      ...(owner === undefined ? {} : { owner }),
      ...(ownerAccount === undefined ? {} : { ownerAccount }),
    },
  }
}

function identOf(schema: string, view: string): TableIdent {
  return { namespace: schema.split('.'), name: view }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof AkkoError && codes.includes(error.code)
}
