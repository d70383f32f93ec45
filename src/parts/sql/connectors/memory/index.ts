// The catalogue `memory`: tables and views of everybody who may, until the server ends.
import { type Action, type Authoriser, authorise, type Caller } from '#kit/access'
import { ColumnNotFound, TableNotFound, WriteConflict } from '#parts/sql/connectors/errors'
import { alteredTable } from '#parts/sql/connectors/memory/alter'
import { type LinkedTable, linkTable, scanKept } from '#parts/sql/connectors/memory/scan'
import { createStore, type Kept, type KeptTable } from '#parts/sql/connectors/memory/store'
import { assertKept, storedType } from '#parts/sql/connectors/memory/types'
import { createMemoryViews } from '#parts/sql/connectors/memory/views'
import { prepareKeptWrite } from '#parts/sql/connectors/memory/write'
import { createVisibility } from '#parts/sql/connectors/visible'
import { sqlError } from '#parts/sql/errors'
import type { Connector, ConnectorViews, ConnectorWrites, Engine, QueryContext, TableDefinition, TableInfo } from '#parts/sql/ports'
import { schemaToMake, tableToMake } from '#parts/sql/to-make'

export interface MemoryConnectorDeps {
  readonly catalog: string
  /** Its own, on the file system of the queries' folders. What is in it is removed. */
  readonly folder: string
  readonly engine: Pick<Engine, 'run'>
  readonly authoriser: Authoriser
  /** Bytes that all tables and views may take. */
  readonly limitBytes: number
}

export function createMemoryConnector(
  deps: MemoryConnectorDeps,
): Connector & { readonly writes: ConnectorWrites; readonly views: ConnectorViews; close(): Promise<void> } {
  const { catalog, engine, authoriser } = deps
  const store = createStore(deps)
  const visible = createVisibility(authoriser, catalog)
  const full = (schema: string, table: string) => `${catalog}.${schema}.${table}`
  const may = (caller: Caller, action: Action, kind: string, ...path: string[]) =>
    authorise(authoriser, caller, action, { kind, path: [catalog, ...path] })
  const mayCreate = (caller: Caller, schema: string, table: string) =>
    authorise(authoriser, caller, 'create', tableToMake(catalog, schema, table))
  const tableOf = (schema: string, table: string): KeptTable => {
    const found = store.get(schema, table)
    if (found?.kind !== 'table') throw TableNotFound({ table: full(schema, table) })
    return found
  }
  const columnsOf = ({ columns }: TableDefinition) => {
    assertKept(columns)
    return columns.map((column, i) => ({ ...column, id: i + 1 }))
  }
  const refused = async (what: string): Promise<never> => {
    throw sqlError('NOT_SUPPORTED', undefined, `This connector does not support ${what}`)
  }

  /** Mentions of a table in a query see one state of it. */
  const linked = new WeakMap<QueryContext, Map<string, Promise<LinkedTable>>>()
  const link = (context: QueryContext, schema: string, table: string): Promise<LinkedTable> => {
    const ofQuery = linked.get(context) ?? new Map<string, Promise<LinkedTable>>()
    linked.set(context, ofQuery)
    const key = JSON.stringify([schema, table])
    const found = ofQuery.get(key) ?? linkTable(context, full(schema, table), () => tableOf(schema, table))
    ofQuery.set(key, found)
    return found
  }

  const writes: ConnectorWrites = {
    traits: { properties: false, defaults: false, addsNotNull: true, cascade: true },
    stored: storedType,
    async createSchema(caller, schema) {
      await authorise(authoriser, caller, 'create', schemaToMake(catalog, schema))
      store.createSchema(schema)
    },
    async dropSchema(caller, schema) {
      await may(caller, 'drop', 'schema', schema)
      store.dropSchema(schema)
    },
    async createTable(caller, definition) {
      await mayCreate(caller, definition.schema, definition.table)
      const { schema, table, comment } = definition
      store.create(schema, table, { kind: 'table', columns: columnsOf(definition), comment, files: [] })
    },
    async dropTable(caller, schema, table) {
      await may(caller, 'drop', 'table', schema, table)
      tableOf(schema, table)
      store.drop(schema, table)
    },
    async alterTable(caller, schema, table, change) {
      await may(caller, 'write', 'table', schema, table)
      store.replace(schema, table, alteredTable(tableOf(schema, table), change, `${schema}.${table}`))
    },
    async renameTable(caller, from, to) {
      await may(caller, 'drop', 'table', from.schema, from.table)
      await mayCreate(caller, to.schema, to.table)
      store.rename(from, to, tableOf(from.schema, from.table))
    },
    replaceTable: () => refused('replacing tables'),
    replaceTableAs: () => refused('replacing tables'),
    async createTableAs(context, definition) {
      await mayCreate(context.caller, definition.schema, definition.table)
      const { schema, table, comment } = definition
      const columns = columnsOf(definition)
      return prepareKeptWrite({
        store,
        engine,
        context,
        columns,
        keep: (files) => store.create(schema, table, { kind: 'table', columns, comment, files }),
      })
    },
    async insert(context, schema, table, written) {
      await may(context.caller, 'write', 'table', schema, table)
      const { columns } = tableOf(schema, table)
      const conflict = () => WriteConflict({ table: full(schema, table), attempts: 1 })
      if (columns.length !== written.length || written.some(({ name, type }, i) => columns[i]?.name !== name || columns[i]?.type !== type))
        throw conflict()
      const keep = (files: KeptTable['files']) => {
        const now = tableOf(schema, table)
        if (now.columns !== columns) throw conflict()
        store.replace(schema, table, { ...now, files: [...now.files, ...files] })
      }
      return prepareKeptWrite({ store, engine, context, columns, keep })
    },
    async change(context, schema, table) {
      await may(context.caller, 'write', 'table', schema, table)
      return refused('modifying table rows')
    },
    async truncate({ caller }, schema, table) {
      await may(caller, 'write', 'table', schema, table)
      store.replace(schema, table, { ...tableOf(schema, table), files: [] })
    },
  }

  return {
    name: 'memory',
    listSchemas: (caller) => visible.schemas(caller, store.schemas()),
    async listTables(caller, schema) {
      if (!(await visible.schema(caller, schema))) return []
      const all = store.list(schema).map(([name, { kind }]) => ({ name, kind }))
      const tables = await visible.tables(
        caller,
        schema,
        all.filter(({ kind }) => kind === 'table'),
      )
      const views = all.filter(({ kind }) => kind === 'view')
      const shown = await Promise.all(views.map(({ name }) => visible.view(caller, schema, name)))
      return [...tables, ...views.filter((_, i) => shown[i])]
    },
    async table(caller, schema, table) {
      const isShown = await visible.table(caller, schema, table)
      const found = store.get(schema, table)
      if (!found || !(found.kind === 'table' ? isShown : await visible.view(caller, schema, table))) return undefined
      return describe(schema, table, found)
    },
    async scan(context, request) {
      const { schema, table, columns, reader = context.caller } = request
      await visible.read(reader, schema, table, columns)
      const found = await link(context, schema, table)
      const wanted = columns.map((name) => {
        const column = found.table.columns.find((c) => c.name === name)
        if (!column) throw ColumnNotFound({ column: name, table: full(schema, table) })
        return column
      })
      return scanKept(found, wanted)
    },
    writes,
    views: createMemoryViews(catalog, store, authoriser),
    close: store.close,
  }
}

function describe(schema: string, table: string, kept: Kept): TableInfo {
  const { kind, columns, comment } = kept
  return {
    schema,
    table,
    kind,
    columns,
    ...(comment === undefined ? {} : { comment }),
    ...(kept.kind === 'view' ? { view: kept.view } : {}),
  }
}
