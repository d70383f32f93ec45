// The catalogue of TPC-H's data: what Trino's connector of that name shows, with its rows.
import type { Authoriser } from '#kit/access'
import { NotSupported } from '#parts/sql/connectors/errors'
import { readKept } from '#parts/sql/connectors/kept'
import { createTpchFiles, type TpchFilesDeps } from '#parts/sql/connectors/tpch/files'
import { COLUMNS, isTable, ROW_NUMBER, SCHEMAS, scaleOf, TABLES } from '#parts/sql/connectors/tpch/tables'
import { createVisibility } from '#parts/sql/connectors/visible'
import type { Connector } from '#parts/sql/ports'

export interface TpchConnectorDeps extends TpchFilesDeps {
  readonly catalog: string
  readonly authoriser: Authoriser
  /** The largest scale whose rows are made. */
  readonly maxScale: number
}

/** The smallest scale that every table has rows of. */
const MIN_SCALE = 0.001

export function createTpchConnector(deps: TpchConnectorDeps): Connector & { close(): Promise<void> } {
  const { catalog, authoriser, maxScale } = deps
  const visible = createVisibility(authoriser, catalog)
  const files = createTpchFiles(deps)
  return {
    name: 'tpch',
    listSchemas: (caller) => visible.schemas(caller, SCHEMAS),
    async listTables(caller, schema) {
      if (scaleOf(schema) === undefined || !(await visible.schema(caller, schema))) return []
      return visible.tables(
        caller,
        schema,
        TABLES.map((name) => ({ name, kind: 'table' as const })),
      )
    },
    async table(caller, schema, table) {
      if (!isTable(table) || scaleOf(schema) === undefined || !(await visible.table(caller, schema, table))) return undefined
      return { schema, table, kind: 'table', columns: COLUMNS[table], hidden: [ROW_NUMBER] }
    },
    async scan(context, request) {
      const { schema, table, columns, reader = context.caller } = request
      await visible.read(reader, schema, table, columns)
      const scale = scaleOf(schema)
      if (!isTable(table) || scale === undefined) throw new Error(`no rows of ${schema}.${table}`)
      if (scale < MIN_SCALE || scale > maxScale)
        throw NotSupported({
          what: `making the rows of ${catalog}.${schema} (scales from ${MIN_SCALE} to ${maxScale} are made here)`,
          hint: 'an administrator raises sql.tpchScale',
        })
      return readKept([await files.of(context, table, scale)], columns)
    },
    close: files.close,
  }
}
