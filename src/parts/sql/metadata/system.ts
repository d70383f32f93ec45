// The catalogue `system`: the running server, catalogues as JDBC and dbt ask for them, and the history of queries.

import { decide } from '#kit/access'
import { dictionary } from '#kit/dictionary'
import { toQueryError } from '#parts/sql/errors'
import { JDBC } from '#parts/sql/metadata/jdbc'
import { asked, catalogsOf, columnsOf, type MetadataDeps, type MetadataSource } from '#parts/sql/metadata/source'
import { queryFor } from '#parts/sql/resource-kinds'

const empty = (columns: string): MetadataSource => ({ columns: columnsOf(columns), rows: async () => [] })

const isAdmin = async (deps: MetadataDeps): Promise<boolean> =>
  (await decide(deps.authoriser, deps.caller, 'manage', { kind: 'platform', path: [] })).allow

export const SYSTEM: Readonly<Record<string, Readonly<Record<string, MetadataSource>>>> = dictionary({
  runtime: dictionary({
    nodes: {
      columns: columnsOf('node_id varchar; http_uri varchar; node_version varchar; coordinator boolean; state varchar'),
      rows: async (deps) => [['akko', 'http://127.0.0.1', deps.version, true, 'active']],
    },
    queries: {
      columns: columnsOf(
        `query_id varchar; state varchar; user varchar; source varchar; query varchar; resource_group_id array(varchar); queued_time_ms bigint;
         analysis_time_ms bigint; planning_time_ms bigint; created timestamp(3) with time zone; started timestamp(3) with time zone;
         last_heartbeat timestamp(3) with time zone; "end" timestamp(3) with time zone; error_type varchar; error_code varchar`.replace(
          '"end"',
          'end',
        ),
      ),
      rows: async (deps) => {
        const rows = []
        for (const q of deps.queries()) {
          const decision = await decide(deps.authoriser, deps.caller, 'read', queryFor(deps.caller, q))
          if (!decision.allow) continue
          const queued = (q.started ?? q.ended ?? new Date()).getTime() - q.created.getTime()
          const heartbeat = new Date(q.lastContact)
          rows.push([
            q.id,
            q.state,
            q.caller.sub,
            q.source,
            q.sql,
            q.group,
            queued,
            0,
            0,
            q.created,
            q.started,
            heartbeat,
            q.ended,
            q.error && toQueryError(q.error).errorType,
            q.errorName,
          ])
        }
        return rows
      },
    },
  }),
  metadata: dictionary({
    catalogs: {
      columns: columnsOf('catalog_name varchar; connector_id varchar; connector_name varchar; state varchar'),
      rows: async (deps) => (await catalogsOf(deps)).map((name) => [name, name, deps.connectors[name]?.name ?? name, 'OPERATIONAL']),
    },
    table_comments: {
      columns: columnsOf('catalog_name varchar; schema_name varchar; table_name varchar; comment varchar'),
      rows: async (deps, predicates) => {
        const [catalogs, schemas, names] = ['catalog_name', 'schema_name', 'table_name'].map((c) => asked(predicates, c))
        const rows: (string | null | undefined)[][] = []
        for (const [catalog, connector] of Object.entries(deps.connectors)) {
          if (catalogs && !catalogs.has(catalog)) continue
          for (const schema of await connector.listSchemas(deps.caller)) {
            if (schemas && !schemas.has(schema)) continue
            for (const table of await connector.listTables(deps.caller, schema)) {
              if (names && !names.has(table.name)) continue
              rows.push([catalog, schema, table.name, (await connector.table(deps.caller, schema, table.name))?.comment])
            }
          }
        }
        return rows
      },
    },
    materialized_views: empty(
      `catalog_name varchar; schema_name varchar; name varchar; storage_catalog varchar; storage_schema varchar; storage_table varchar;
       freshness varchar; last_fresh_time timestamp(3) with time zone; comment varchar; definition varchar`,
    ),
    table_properties: properties([
      ['format', 'PARQUET', 'varchar', 'File format of the table'],
      ['partitioning', '[]', 'array(varchar)', 'Partition expressions'],
    ]),
    schema_properties: properties([]),
    column_properties: properties([]),
    materialized_view_properties: properties([]),
    analyze_properties: properties([]),
  }),
  jdbc: dictionary(JDBC),
  history: dictionary({
    queries: {
      columns: columnsOf(
        `query_id varchar; user varchar; source varchar; state varchar; query varchar; created timestamp(3) with time zone;
         ended timestamp(3) with time zone; elapsed_ms bigint; rows bigint; scanned_bytes bigint; error_name varchar; error_message varchar;
         request_id varchar`,
      ),
      rows: async (deps) => {
        const { sub, account } = deps.caller
        const entries = await deps.history.list({ ...((await isAdmin(deps)) ? {} : { user: sub, account }), limit: 10_000 })
        return entries.map((e) => [
          e.queryId,
          e.user,
          e.source,
          e.state,
          e.query,
          e.created,
          e.ended,
          e.elapsedMs,
          e.rows,
          e.scannedBytes,
          e.errorName,
          e.errorMessage,
          e.requestId,
        ])
      },
    },
  }),
})

function properties(rows: readonly (readonly [name: string, value: string, type: string, description: string])[]): MetadataSource {
  return {
    columns: columnsOf('catalog_name varchar; property_name varchar; default_value varchar; type varchar; description varchar'),
    rows: async (deps) =>
      Object.keys(deps.connectors)
        .filter((c) => c === 'iceberg')
        .flatMap((c) => rows.map((row) => [c, ...row])),
  }
}
