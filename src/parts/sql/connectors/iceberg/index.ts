// The lake's catalogue as an SQL catalogue: Iceberg tables read by field id and written by fast append.
import { type Authoriser, authorise, type Caller } from '#kit/access'
import { AccessDenied, AkkoError } from '#kit/errors'
import { SchemaExists, SchemaNotEmpty, SchemaNotFound, TableExists, TableNotFound } from '#parts/sql/connectors/errors'
import { alterIceberg } from '#parts/sql/connectors/iceberg/alter'
import { assertChangeable, prepareIcebergChange, truncateIceberg } from '#parts/sql/connectors/iceberg/change'
import { createDecoded } from '#parts/sql/connectors/iceberg/decoded'
import { type Detail, detailColumns, detailOf, detailRows } from '#parts/sql/connectors/iceberg/details'
import { createHeld } from '#parts/sql/connectors/iceberg/held'
import { hiddenIn } from '#parts/sql/connectors/iceberg/hidden'
import { parsePartitioning, printPartitioning } from '#parts/sql/connectors/iceberg/partitioning'
import { asOf, snapshotAt } from '#parts/sql/connectors/iceberg/past'
import { createProcedures, WEEK } from '#parts/sql/connectors/iceberg/procedures'
import { assertFooters, assertVersion } from '#parts/sql/connectors/iceberg/readable'
import { replacement } from '#parts/sql/connectors/iceberg/replace'
import { type Placed, prepareIcebergScan } from '#parts/sql/connectors/iceberg/scan'
import { createTableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { sortedBy } from '#parts/sql/connectors/iceberg/sorting'
import { storedType, toIcebergSchema, toTrino } from '#parts/sql/connectors/iceberg/types'
import { createIcebergViews } from '#parts/sql/connectors/iceberg/views'
import { type IcebergWrite, prepareIcebergWrite } from '#parts/sql/connectors/iceberg/write'
import { createVisibility } from '#parts/sql/connectors/visible'
import type {
  Connector,
  ConnectorWrites,
  Engine,
  LakeFiles,
  PreparedScan,
  QueryContext,
  ScanRequest,
  TableDefinition,
  TableInfo,
} from '#parts/sql/ports'
import { renderRows } from '#parts/sql/rows'
import { schemaToMake, tableToMake } from '#parts/sql/to-make'
import { currentSchema, defaultSpec, stagedUpdates } from '#wire/iceberg/metadata'
import { type Lake, type LoadTableResult, lakeErrors, type TableIdent } from '#wire/iceberg/rest'
import type { SchemaInput, TableMetadata } from '#wire/iceberg/types'
import { applyUpdates } from '#wire/iceberg/updates'

export interface IcebergConnectorDeps {
  /** The SQL catalogue's name: the first element of what the authoriser is asked about. */
  readonly catalog: string
  readonly lake: Lake
  readonly files: LakeFiles
  readonly engine: Pick<Engine, 'run'>
  readonly authoriser: Authoriser
  /**
   * As whom the store is asked once the table was authorised for the caller: users have no rights of their own on the
   * warehouse bucket. Default: the same user, vouched for by this cell.
   */
  readonly filesCaller?: (caller: Caller) => Caller
  /** For how long the maintenance of tables keeps what is not needed any more; milliseconds, default a week. */
  readonly keepMs?: number
}

export function createIcebergConnector(deps: IcebergConnectorDeps): Connector & { readonly writes: ConnectorWrites } {
  const { catalog, lake, files, engine, authoriser, keepMs = WEEK } = deps
  const visible = createVisibility(authoriser, catalog)
  const trusted = deps.filesCaller ?? ((caller: Caller): Caller => ({ ...caller, via: 'internal' }))
  const views = createIcebergViews(catalog, lake)
  const full = (schema: string, table: string) => `${catalog}.${schema}.${table}`

  /** Undefined when there is none, or none that the caller may read. */
  async function loaded(caller: Caller, schema: string, table: string): Promise<LoadTableResult | undefined> {
    try {
      return await lake.loadTable(caller, identOf(schema, table))
    } catch (error) {
      if (isCode(error, lakeErrors.tableNotFound, lakeErrors.namespaceNotFound) || AccessDenied.is(error)) return undefined
      throw error
    }
  }
  const load = async (caller: Caller, schema: string, table: string): Promise<TableMetadata | undefined> =>
    (await loaded(caller, schema, table))?.metadata
  async function mustLoad(caller: Caller, schema: string, table: string): Promise<LoadTableResult> {
    const found = await loaded(caller, schema, table)
    if (!found) throw TableNotFound({ table: full(schema, table) })
    return found
  }
  const decoded = createDecoded()
  const held = createHeld()
  const tables = new WeakMap<QueryContext, Map<string, ReturnType<typeof open>>>()
  async function open(context: QueryContext, reader: Caller, schema: string, table: string) {
    const { metadata, 'metadata-location': metadataFile } = await mustLoad(reader, schema, table)
    assertVersion(metadata, full(schema, table))
    held.hold(context, metadata.location, metadata['current-snapshot-id'])
    return { metadata, metadataFile, tableFiles: filesOf(context, full(schema, table), metadata) }
  }
  const filesOf = ({ caller, queryId }: QueryContext, table: string, { location }: TableMetadata) =>
    createTableFiles(files, trusted(caller), queryId, table, location, decoded)
  /** A table that a query mentions twice is loaded once for each reader: both mentions have the same snapshot. */
  function opened(context: QueryContext, schema: string, table: string, reader = context.caller) {
    const ofQuery = tables.get(context) ?? new Map<string, ReturnType<typeof open>>()
    tables.set(context, ofQuery)
    const key = JSON.stringify([reader === context.caller ? null : reader.sub, schema, table])
    const found = ofQuery.get(key) ?? open(context, reader, schema, table)
    ofQuery.set(key, found)
    return found
  }
  const mayCreate = (caller: Caller, schema: string, table: string) =>
    authorise(authoriser, caller, 'create', tableToMake(catalog, schema, table))
  const mayOnTable = (caller: Caller, action: 'write' | 'drop', schema: string, table: string) =>
    authorise(authoriser, caller, action, { kind: 'table', path: [catalog, schema, table] })

  const mayReplace = async (caller: Caller, schema: string, table: string) => {
    await mayOnTable(caller, 'drop', schema, table)
    await mayCreate(caller, schema, table)
  }

  const writes: ConnectorWrites = {
    traits: { properties: true, defaults: false, addsNotNull: false, cascade: true },
    stored: storedType,
    async createSchema(caller, schema) {
      await authorise(authoriser, caller, 'create', schemaToMake(catalog, schema))
      await translated({ schema }, lake.createNamespace(caller, schema.split('.')))
    },
    async dropSchema(caller, schema) {
      await authorise(authoriser, caller, 'drop', { kind: 'schema', path: [catalog, schema] })
      await translated({ schema }, lake.dropNamespace(caller, schema.split('.')))
    },
    async createTable(caller, definition) {
      await mayCreate(caller, definition.schema, definition.table)
      const { schema, table } = definition
      await translated(
        { schema, table: full(schema, table) },
        lake.createTable(caller, schema.split('.'), createRequest(definition, false)),
      )
    },
    async dropTable(caller, schema, table) {
      await mayOnTable(caller, 'drop', schema, table)
      await translated({ schema, table: full(schema, table) }, lake.dropTable(caller, identOf(schema, table), { purge: 'later' }))
    },
    async alterTable(caller, schema, table, change) {
      await mayOnTable(caller, 'write', schema, table)
      await translated(
        { schema, table: full(schema, table) },
        alterIceberg(lake, caller, identOf(schema, table), full(schema, table), change),
      )
    },
    async renameTable(caller, from, to) {
      await mayOnTable(caller, 'drop', from.schema, from.table)
      await mayCreate(caller, to.schema, to.table)
      const names = { schema: to.schema, table: full(from.schema, from.table), target: full(to.schema, to.table) }
      await translated(names, lake.renameTable(caller, identOf(from.schema, from.table), identOf(to.schema, to.table)))
    },
    async createTableAs(context, definition) {
      await mayCreate(context.caller, definition.schema, definition.table)
      const { schema, table } = definition
      const names = { schema, table: full(schema, table) }
      const created = await translated(names, lake.createTable(context.caller, schema.split('.'), createRequest(definition, true)))
      return guarded(
        names,
        prepareIcebergWrite({
          ...{ lake, files, engine, context, filesCaller: trusted(context.caller), ident: identOf(schema, table), table: names.table },
          metadata: created.metadata,
          begin: { updates: stagedUpdates(created.metadata), requirements: [{ type: 'assert-create' }] },
        }),
      )
    },
    async replaceTable(caller, definition) {
      const { schema, table } = definition
      await mayReplace(caller, schema, table)
      const { metadata } = await mustLoad(caller, schema, table)
      assertVersion(metadata, full(schema, table))
      const begin = replacement(metadata, definition)
      await translated({ schema, table: full(schema, table) }, lake.commitTable(caller, identOf(schema, table), begin))
    },
    async replaceTableAs(context, definition) {
      const { schema, table } = definition
      await mayReplace(context.caller, schema, table)
      const write = await written(context, schema, table)
      const begin = replacement(write.metadata, definition)
      const metadata = applyUpdates(write.metadata, begin.updates, Date.now())
      return guarded({ schema, table: full(schema, table) }, prepareIcebergWrite({ ...write, metadata, begin }))
    },
    async insert(context, schema, table) {
      return guarded({ schema, table: full(schema, table) }, prepareIcebergWrite(await written(context, schema, table)))
    },
    async change(context, schema, table, { isWhole }) {
      const write = await written(context, schema, table)
      assertChangeable(write.metadata, full(schema, table))
      const scan = async (request: ScanRequest, placed: Placed) => {
        await visible.read(context.caller, schema, table, request.columns)
        return scanOf(context, request, placed)
      }
      return guarded({ schema, table: full(schema, table) }, prepareIcebergChange({ ...write, scan, isWhole }))
    },
    async truncate(context, schema, table) {
      const write = await written(context, schema, table)
      assertChangeable(write.metadata, full(schema, table))
      await translated({ schema, table: full(schema, table) }, truncateIceberg(write))
    },
    procedures: createProcedures({
      written,
      filesOf,
      held,
      translated: (schema, table, work) => translated({ schema, table: full(schema, table) }, work),
    }),
  }

  /** What a write to a table that is there begins with. */
  async function written(context: QueryContext, schema: string, table: string): Promise<IcebergWrite> {
    await mayOnTable(context.caller, 'write', schema, table)
    const { metadata } = await opened(context, schema, table)
    const who = { context, filesCaller: trusted(context.caller), ident: identOf(schema, table), table: full(schema, table) }
    return { lake, files, engine, ...who, metadata }
  }
  async function scanOf(context: QueryContext, request: ScanRequest, placed?: Placed): Promise<PreparedScan> {
    const name = full(request.schema, request.table)
    const { metadata: now, tableFiles } = await opened(context, request.schema, request.table, request.reader)
    const metadata = request.snapshot === undefined ? now : asOf(now, request.snapshot)
    held.hold(context, now.location, request.snapshot)
    return prepareIcebergScan(metadata, tableFiles, request, name, (...asked) => assertFooters(engine, context, ...asked), placed)
  }

  async function detailsOf(context: QueryContext, request: ScanRequest, detail: Detail): Promise<PreparedScan> {
    const { metadata, metadataFile, tableFiles } = await opened(context, request.schema, detail.table, request.reader)
    const [columns, rows] = await detailRows({ metadata, metadataFile, files: tableFiles, keepMs }, detail.kind, request.columns)
    return { relation: renderRows(columns, rows), scannedBytes: () => 0, splits: 1, close: async () => {} }
  }

  return {
    name: 'iceberg',
    async listSchemas(caller) {
      return visible.schemas(
        caller,
        (await lake.listNamespaces(caller)).map((n) => n.join('.')),
      )
    },
    async listTables(caller, schema) {
      if (!(await visible.schema(caller, schema))) return []
      try {
        const namespace = schema.split('.')
        const [tables, kept] = await Promise.all([lake.listTables(caller, namespace), lake.listViews(caller, namespace)])
        const own = tables.map((t) => ({ name: t.name, kind: 'table' as const }))
        return [...(await visible.tables(caller, schema, own)), ...kept.map((v) => ({ name: v.name, kind: 'view' as const }))]
      } catch (error) {
        if (isCode(error, lakeErrors.namespaceNotFound) || AccessDenied.is(error)) return []
        throw error
      }
    },
    async table(caller, schema, table) {
      if (await visible.table(caller, schema, table)) {
        const metadata = await load(caller, schema, table)
        if (metadata) return describeTable(metadata, schema, table)
      }
      return (await visible.view(caller, schema, table)) ? views.describe(caller, schema, table) : undefined
    },
    async at(caller, schema, table, pointer) {
      const now = (await visible.table(caller, schema, table)) ? await load(caller, schema, table) : undefined
      if (!now) return undefined
      const snapshot = snapshotAt(now, pointer, `${schema}."${table}"`)
      const past = asOf(now, snapshot)
      return {
        now: describeTable(now, schema, table),
        past: describeTable(past, schema, table),
        snapshot,
        sameColumns: past['current-schema-id'] === now['current-schema-id'],
      }
    },
    details: {
      of: detailOf,
      async columns(caller, schema, table, kind) {
        const metadata = await load(caller, schema, table)
        return metadata && detailColumns(metadata, kind)
      },
    },
    async scan(context, request) {
      const { schema, table, columns, reader = context.caller } = request
      const detail = detailOf(table)
      await visible.read(reader, schema, detail?.table ?? table, detail ? [] : columns)
      return detail ? detailsOf(context, request, detail) : scanOf(context, request)
    },
    writes,
    views,
  }
}

function identOf(schema: string, table: string): TableIdent {
  return { namespace: schema.split('.'), name: table }
}

function describeTable(metadata: TableMetadata, schema: string, table: string): TableInfo {
  const current = currentSchema(metadata)
  const comment = metadata.properties.comment
  const partitioning = printPartitioning(defaultSpec(metadata), current)
  const sorted = sortedBy(metadata)
  const retries = metadata.properties['commit.retry.num-retries']
  return {
    schema,
    table,
    kind: 'table',
    columns: current.fields.map((f) => ({
      name: f.name.toLowerCase(),
      type: toTrino(f.type),
      nullable: !f.required,
      ...(f.doc === undefined ? {} : { comment: f.doc }),
    })),
    hidden: hiddenIn(current),
    partitioning,
    properties: [
      ['format', 'PARQUET'],
      ['format_version', metadata['format-version']],
      ['location', metadata.location],
      ...(retries === undefined ? [] : [['max_commit_retry', Number(retries)] as const]),
      ...(partitioning.length > 0 ? [['partitioning', partitioning] as const] : []),
      ...(sorted && sorted.length > 0 ? [['sorted_by', sorted] as const] : []),
    ],
    ...(comment === undefined ? {} : { comment }),
  }
}

function createRequest(definition: TableDefinition, staged: boolean) {
  const schema = toIcebergSchema(definition.columns) as SchemaInput
  const fields = parsePartitioning(definition.partitioning, schema)
  return {
    name: definition.table,
    schema,
    ...(fields.length > 0 ? { 'partition-spec': { fields } } : {}),
    'stage-create': staged,
    properties: {
      'write.parquet.compression-codec': 'zstd',
      ...definition.properties,
      ...(definition.comment === undefined ? {} : { comment: definition.comment }),
    },
  }
}

interface Names {
  readonly schema: string
  readonly table?: string
  /** The new name of a rename. */
  readonly target?: string
}

/** The catalogue's errors in the nouns of SQL. */
async function translated<T>(names: Names, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { schema, table, target } = names
    if (isCode(error, lakeErrors.namespaceNotFound)) throw SchemaNotFound({ schema }, error)
    if (isCode(error, lakeErrors.namespaceExists)) throw SchemaExists({ schema }, error)
    if (isCode(error, lakeErrors.namespaceNotEmpty)) throw SchemaNotEmpty({ schema }, error)
    if (isCode(error, lakeErrors.tableNotFound)) throw TableNotFound({ table }, error)
    if (isCode(error, lakeErrors.tableExists)) throw TableExists({ table: target ?? table }, error)
    throw error
  }
}

function guarded<T extends { commit(): Promise<{ readonly rows: number }> }>(names: Names, write: T): T {
  return { ...write, commit: () => translated(names, write.commit()) }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof AkkoError && codes.includes(error.code)
}
