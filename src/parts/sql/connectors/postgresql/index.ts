// A PostgreSQL database as an SQL catalogue: its tables from pg_catalog, its rows by COPY, both ways.
import pg, { type Pool } from 'pg'
import { type Action, type Authoriser, authorise, type Caller } from '#kit/access'
import { ColumnNotFound, TableNotFound } from '#parts/sql/connectors/errors'
import { assertBoundAreHis, type BoundChange } from '#parts/sql/connectors/postgresql/bound'
import { readSchemas, readTable, readTables } from '#parts/sql/connectors/postgresql/catalog'
import { type PlacedScan, preparePgChange } from '#parts/sql/connectors/postgresql/change'
import { alterStatement, createStatements, nameOf, quoted, renameStatement } from '#parts/sql/connectors/postgresql/define'
import { whereClause } from '#parts/sql/connectors/postgresql/pushdown'
import { preparePgScan } from '#parts/sql/connectors/postgresql/scan'
import { inTransaction } from '#parts/sql/connectors/postgresql/transaction'
import { mapType } from '#parts/sql/connectors/postgresql/types'
import { storedType } from '#parts/sql/connectors/postgresql/values'
import { type PgWrite, preparePgCreation, preparePgInsert, targetOf } from '#parts/sql/connectors/postgresql/write'
import { createVisibility } from '#parts/sql/connectors/visible'
import { sqlError } from '#parts/sql/errors'
import type { Connector, ConnectorWrites, Engine, PreparedScan, QueryContext, ScanRequest } from '#parts/sql/ports'
import { schemaToMake, tableToMake } from '#parts/sql/to-make'

export interface PostgresConnectorDeps {
  /** The SQL catalogue's name: the first element of what the authoriser is asked about. */
  readonly catalog: string
  /** Connections to the one database, as its read-only service role. Each running scan takes one, and one more to cancel. */
  readonly pool: Pool
  /** Connections as the role that owns the database, one for each write that runs, and who reads what is written. Absent: it is read only. */
  readonly writes?: { readonly pool: Pool; readonly engine: Pick<Engine, 'run'> }
  readonly authoriser: Authoriser
}

export function createPostgresConnector(deps: PostgresConnectorDeps): Connector {
  const { catalog, pool, writes, authoriser } = deps
  const visible = createVisibility(authoriser, catalog)

  async function plan({ schema, table, columns, predicates }: ScanRequest, place: PlacedScan['place'] = []) {
    const found = await readTable(pool, schema, table)
    const name = `${catalog}.${schema}.${table}`
    if (!found) throw TableNotFound({ table: name })
    const mappings = new Map(found.columns.map((c) => [c.name, mapType(c)]))
    const wanted = columns.map((column) => {
      const mapping = mappings.get(column)
      if (!mapping) throw ColumnNotFound({ column, table: name })
      return { name: column, mapping }
    })
    wanted.push(...place)
    const list = wanted.map((c) => c.mapping.select(pg.escapeIdentifier(c.name))).join(', ')
    const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`
    return { table: name, columns: wanted, select: `SELECT ${list} FROM ${from}${whereClause(predicates, mappings)}` }
  }

  async function placedScan(context: QueryContext, request: ScanRequest, { snapshot, place }: PlacedScan) {
    await visible.read(context.caller, request.schema, request.table, request.columns)
    return preparePgScan({ pool, context, snapshot, ...(await plan(request, place)) })
  }

  return {
    name: 'postgresql',
    async listSchemas(caller) {
      return visible.schemas(caller, await readSchemas(pool))
    },
    async listTables(caller, schema) {
      if (!(await visible.schema(caller, schema))) return []
      return visible.tables(caller, schema, await readTables(pool, schema))
    },
    async table(caller, schema, table) {
      if (!(await visible.table(caller, schema, table))) return undefined
      const found = await readTable(pool, schema, table)
      if (!found) return undefined
      return {
        schema,
        table,
        kind: found.kind,
        columns: found.columns.map((c) => ({
          name: c.name,
          type: mapType(c).trino,
          nullable: c.nullable,
          ...(c.comment === undefined ? {} : { comment: c.comment }),
          ...(c.nested.length === 0 ? {} : { nested: c.nested }),
        })),
        ...(found.comment === undefined ? {} : { comment: found.comment }),
      }
    },
    async scan(context, request) {
      await visible.read(request.reader ?? context.caller, request.schema, request.table, request.columns)
      return preparePgScan({ pool, context, ...(await plan(request)) })
    },
    ...(writes ? { writes: writesOf({ ...deps, writes }, placedScan) } : {}),
  }
}

/** Each asks for the caller first: the database itself knows the role that owns it, and no person. */
function writesOf(
  { catalog, writes, authoriser }: Required<PostgresConnectorDeps>,
  placedScan: (context: QueryContext, request: ScanRequest, placed: PlacedScan) => Promise<PreparedScan>,
): ConnectorWrites {
  const { engine, pool: writer } = writes
  const full = (schema: string, table: string) => `${catalog}.${schema}.${table}`
  const may = (caller: Caller, action: Action, kind: string, ...path: string[]) =>
    authorise(authoriser, caller, action, { kind, path: [catalog, ...path] })
  const mayCreate = (caller: Caller, schema: string, table: string) =>
    authorise(authoriser, caller, 'create', tableToMake(catalog, schema, table))
  const run = (schema: string, table: string, ...statements: string[]) =>
    inTransaction(writer, { schema, table: full(schema, table) }, async (transaction) => {
      for (const statement of statements) await transaction.query(statement)
    })
  const noReplacing = async (): Promise<never> => {
    throw sqlError('NOT_SUPPORTED', undefined, 'This connector does not support replacing tables')
  }
  const writeOf = async (context: QueryContext, schema: string, table: string): Promise<PgWrite> => {
    await may(context.caller, 'write', 'table', schema, table)
    return { writer, engine, context, catalog, schema, table }
  }

  const bound = (context: QueryContext, change: Omit<BoundChange, 'catalog'>) =>
    assertBoundAreHis(writer, authoriser, context.caller, { catalog, ...change })

  return {
    traits: { properties: false, defaults: true, addsNotNull: true, cascade: false },
    stored: storedType,
    async createSchema(caller, schema) {
      await authorise(authoriser, caller, 'create', schemaToMake(catalog, schema))
      await run(schema, '', `CREATE SCHEMA ${quoted(schema)}`)
    },
    async dropSchema(caller, schema) {
      await may(caller, 'drop', 'schema', schema)
      await run(schema, '', `DROP SCHEMA ${quoted(schema)}`)
    },
    async createTable(caller, definition) {
      await mayCreate(caller, definition.schema, definition.table)
      await run(definition.schema, definition.table, ...createStatements(definition))
    },
    async dropTable(caller, schema, table) {
      await may(caller, 'drop', 'table', schema, table)
      await run(schema, table, `DROP TABLE ${nameOf({ schema, table })}`)
    },
    async alterTable(caller, schema, table, change) {
      await may(caller, 'write', 'table', schema, table)
      await run(schema, table, alterStatement(schema, table, change))
    },
    async renameTable(caller, from, to) {
      await may(caller, 'drop', 'table', from.schema, from.table)
      await mayCreate(caller, to.schema, to.table)
      await run(to.schema, to.table, renameStatement(from, to))
    },
    replaceTable: noReplacing,
    replaceTableAs: noReplacing,
    async createTableAs(context, definition) {
      const { schema, table } = definition
      await mayCreate(context.caller, schema, table)
      return preparePgCreation({ writer, engine, context, catalog, schema, table }, definition)
    },
    async insert(context, schema, table, columns) {
      const write = await writeOf(context, schema, table)
      await bound(context, { schema, table, updated: undefined, touchesRows: false })
      return preparePgInsert(write, columns)
    },
    async change(context, schema, table, change) {
      const write = await writeOf(context, schema, table)
      await bound(context, { schema, table, updated: change.inserts ? undefined : change.updated, touchesRows: true })
      return preparePgChange({ ...write, ...change, scan: (request, placed) => placedScan(context, request, placed) })
    },
    async truncate(context, schema, table) {
      const write = await writeOf(context, schema, table)
      await targetOf(writer, write, [])
      await run(schema, table, `TRUNCATE TABLE ${nameOf(write)}`)
    },
  }
}
