// information_schema: what a catalogue holds, as far as the caller may know.

import { decide } from '#kit/access'
import { dictionary } from '#kit/dictionary'
import { asked, columnsOf, type MetadataDeps, type MetadataSource, shown } from '#parts/sql/metadata/source'
import type { Connector, Pushdown, TableInfo } from '#parts/sql/ports'
import { describedType } from '#wire/trino/type'

const ALL = 'information_schema'

export const INFORMATION_SCHEMA: Readonly<Record<string, MetadataSource>> = dictionary({
  schemata: {
    columns: columnsOf('catalog_name varchar; schema_name varchar'),
    rows: async (deps) => (await schemasOf(deps)).map((schema) => [deps.catalog, schema]),
  },
  tables: {
    columns: columnsOf('table_catalog varchar; table_schema varchar; table_name varchar; table_type varchar'),
    rows: async (deps, predicates) =>
      (await tablesOf(deps, predicates)).map((t) => [deps.catalog, t.schema, t.name, t.kind === 'view' ? 'VIEW' : 'BASE TABLE']),
  },
  views: {
    columns: columnsOf('table_catalog varchar; table_schema varchar; table_name varchar; view_definition varchar'),
    rows: async (deps, predicates) =>
      (await infosOf(deps, predicates, 'view')).map((t) => [deps.catalog, t.schema, t.table, t.view?.sql ?? null]),
  },
  columns: {
    columns: columnsOf(
      `table_catalog varchar; table_schema varchar; table_name varchar; column_name varchar; ordinal_position bigint; column_default varchar;
       is_nullable varchar; data_type varchar; comment varchar; extra_info varchar; column_comment varchar`,
    ).slice(0, 9),
    rows: async (deps, predicates) =>
      (await infosOf(deps, predicates)).flatMap((info) =>
        info.columns.map((c, i) => [
          deps.catalog,
          info.schema,
          info.table,
          c.name,
          i + 1,
          null,
          c.nullable ? 'YES' : 'NO',
          describedType(c.type),
          c.comment,
        ]),
      ),
  },
  table_privileges: {
    columns: columnsOf(
      `grantor varchar; grantor_type varchar; grantee varchar; grantee_type varchar; table_catalog varchar; table_schema varchar;
       table_name varchar; privilege_type varchar; is_grantable varchar; with_hierarchy varchar`,
    ),
    rows: privileges,
  },
  applicable_roles: {
    columns: columnsOf('grantee varchar; grantee_type varchar; role_name varchar; is_grantable varchar'),
    rows: async ({ caller }) => caller.roles.map((role) => [caller.sub, 'USER', role, 'NO']),
  },
  enabled_roles: {
    columns: columnsOf('role_name varchar'),
    rows: async ({ caller }) => caller.roles.map((role) => [role]),
  },
  roles: {
    columns: columnsOf('role_name varchar'),
    rows: async ({ caller }) => caller.roles.map((role) => [role]),
  },
})

export async function schemasOf(deps: MetadataDeps): Promise<string[]> {
  const own = deps.catalog === 'system' ? ['history', 'jdbc', 'metadata', 'runtime'] : await connectorOf(deps).listSchemas(deps.caller)
  return [...new Set([...own, ALL])].sort()
}

function connectorOf(deps: MetadataDeps): Connector {
  const connector = deps.connectors[deps.catalog]
  if (!connector) throw new Error(`no catalogue ${deps.catalog}`)
  return connector
}

export async function tablesOf(
  deps: MetadataDeps,
  predicates: readonly Pushdown[],
): Promise<{ schema: string; name: string; kind: 'table' | 'view' }[]> {
  const [schemas, names] = [asked(predicates, 'table_schema'), asked(predicates, 'table_name')]
  const found = await Promise.all(
    (await schemasOf(deps))
      .filter((schema) => !schemas || schemas.has(schema))
      .map(async (schema) => {
        const tables = await tablesIn(deps, schema)
        return tables.map((t) => ({ schema, ...t }))
      }),
  )
  return found.flat().filter((t) => !names || names.has(t.name))
}

export async function tablesIn(
  deps: MetadataDeps,
  schema: string,
): Promise<readonly { readonly name: string; readonly kind: 'table' | 'view' }[]> {
  const made = Object.keys(deps.made(deps.catalog, schema))
  if (made.length > 0) return made.map((name) => ({ name, kind: 'table' as const }))
  return deps.catalog === 'system' ? [] : connectorOf(deps).listTables(deps.caller, schema)
}

async function infosOf(deps: MetadataDeps, predicates: readonly Pushdown[], kind?: TableInfo['kind']): Promise<TableInfo[]> {
  const tables = (await tablesOf(deps, predicates)).filter((t) => kind === undefined || t.kind === kind)
  const infos = await Promise.all(
    tables.map(async (t): Promise<TableInfo | undefined> => {
      const made = deps.made(deps.catalog, t.schema)[t.name]
      if (made) return { schema: t.schema, table: t.name, kind: t.kind, columns: made.columns }
      return shown(deps, await connectorOf(deps).table(deps.caller, t.schema, t.name))
    }),
  )
  return infos.filter((info) => info !== undefined)
}

async function privileges(deps: MetadataDeps, predicates: readonly Pushdown[]) {
  const tables = (await tablesOf(deps, predicates)).filter((t) => t.schema !== ALL)
  const rows = await Promise.all(
    tables.map(async (t) => {
      const held: string[] = []
      for (const [action, names] of [
        ['read', ['SELECT']],
        ['write', ['INSERT', 'UPDATE', 'DELETE']],
      ] as const) {
        const resource = { kind: t.kind === 'view' && connectorOf(deps).views ? 'view' : 'table', path: [deps.catalog, t.schema, t.name] }
        if ((await decide(deps.authoriser, deps.caller, action, resource)).allow) held.push(...names)
      }
      return held.map((privilege) => [null, null, deps.caller.sub, 'USER', deps.catalog, t.schema, t.name, privilege, 'NO', null])
    }),
  )
  return rows.flat()
}
