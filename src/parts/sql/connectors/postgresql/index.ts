// A PostgreSQL database as a read-only SQL catalogue: its tables from pg_catalog, its rows by COPY.
import pg, { type Pool } from 'pg'
import type { Authoriser } from '#kit/access'
import { ColumnNotFound, TableNotFound } from '#parts/sql/connectors/errors'
import { readSchemas, readTable, readTables } from '#parts/sql/connectors/postgresql/catalog'
import { whereClause } from '#parts/sql/connectors/postgresql/pushdown'
import { preparePgScan } from '#parts/sql/connectors/postgresql/scan'
import { mapType } from '#parts/sql/connectors/postgresql/types'
import { createVisibility } from '#parts/sql/connectors/visible'
import type { Connector, ScanRequest } from '#parts/sql/ports'

export interface PostgresConnectorDeps {
  /** The SQL catalogue's name: the first element of what the authoriser is asked about. */
  readonly catalog: string
  /** Connections to the one database, as its read-only service role. Each running scan takes one, and one more to cancel. */
  readonly pool: Pool
  readonly authoriser: Authoriser
}

export function createPostgresConnector({ catalog, pool, authoriser }: PostgresConnectorDeps): Connector {
  const visible = createVisibility(authoriser, catalog)

  async function plan({ schema, table, columns, predicates }: ScanRequest) {
    const found = await readTable(pool, schema, table)
    const name = `${catalog}.${schema}.${table}`
    if (!found) throw TableNotFound({ table: name })
    const mappings = new Map(found.columns.map((c) => [c.name, mapType(c)]))
    const wanted = columns.map((column) => {
      const mapping = mappings.get(column)
      if (!mapping) throw ColumnNotFound({ column, table: name })
      return { name: column, mapping }
    })
    const list = wanted.map((c) => c.mapping.select(pg.escapeIdentifier(c.name))).join(', ')
    const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`
    return { table: name, columns: wanted, select: `SELECT ${list} FROM ${from}${whereClause(predicates, mappings)}` }
  }

  return {
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
  }
}
