// The server's names (catalogues, schemas, tables, columns, functions), asked for once and kept for a while.
import type { QueryClient } from '@tanstack/react-query'
import { plainName, quoteText } from '#wire/trino/names'
import type { Row } from '#wire/trino/protocol'
import type { ColumnName, FunctionName, Names, TableName } from '~/lib/sql/complete'
import { runQuery } from '~/lib/trino/client'

/** The source under which the cockpit asks for its own needs; left out of the history that it shows. */
export const METADATA_SOURCE = 'cockpit-metadata'
const KEEP_MS = 5 * 60_000

async function rowsOf(sql: string, user: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  await runQuery({ sql, user, source: METADATA_SOURCE, onUpdate: (update) => void rows.push(...update.rows) })
  return rows
}

export const namesQuery = {
  catalogs: (user: string) => ({
    queryKey: ['names', 'catalogs', user],
    queryFn: async () => (await rowsOf('SHOW CATALOGS', user)).map((r) => String(r[0])).sort(byImportance),
    staleTime: KEEP_MS,
  }),
  schemas: (user: string, catalog: string) => ({
    queryKey: ['names', 'schemas', user, catalog],
    queryFn: async () => (await rowsOf(`SHOW SCHEMAS FROM ${plainName(catalog)}`, user)).map((r) => String(r[0])).filter(isShown),
    staleTime: KEEP_MS,
  }),
  tables: (user: string, catalog: string) => ({
    queryKey: ['names', 'tables', user, catalog],
    queryFn: async () =>
      (
        await rowsOf(
          `SELECT table_schema, table_name FROM ${plainName(catalog)}.information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2`,
          user,
        )
      ).map((r): TableName => ({ catalog, schema: String(r[0]), table: String(r[1]) })),
    staleTime: KEEP_MS,
  }),
  columns: (user: string, t: TableName) => ({
    queryKey: ['names', 'columns', user, t.catalog, t.schema, t.table],
    queryFn: async () =>
      (
        await rowsOf(
          `SELECT column_name, data_type FROM ${plainName(t.catalog)}.information_schema.columns ` +
            `WHERE table_schema = ${quoteText(t.schema)} AND table_name = ${quoteText(t.table)} ORDER BY ordinal_position`,
          user,
        )
      ).map((r): ColumnName => ({ name: String(r[0]), type: String(r[1]) })),
    staleTime: KEEP_MS,
  }),
  functions: (user: string) => ({
    queryKey: ['names', 'functions', user],
    queryFn: async () => groupFunctions(await rowsOf('SHOW FUNCTIONS', user)),
    staleTime: Number.POSITIVE_INFINITY,
  }),
}

/** Completion's view of the same cache. */
export function namesFrom(client: QueryClient, user: string): Names {
  return {
    catalogs: () => client.fetchQuery(namesQuery.catalogs(user)),
    tables: (catalog) => client.fetchQuery(namesQuery.tables(user, catalog)),
    columns: (table) => client.fetchQuery(namesQuery.columns(user, table)),
    functions: () => client.fetchQuery(namesQuery.functions(user)),
  }
}

/** One entry per name; the signature is the first one, with the number of others. */
export function groupFunctions(rows: readonly Row[]): FunctionName[] {
  const byName = new Map<string, Row[]>()
  for (const row of rows) {
    const name = String(row[0])
    byName.set(name, [...(byName.get(name) ?? []), row])
  }
  return [...byName].map(([name, overloads]) => {
    const [, result, args, , , description] = overloads[0]!
    const more = overloads.length > 1 ? ` +${overloads.length - 1}` : ''
    const text = typeof description === 'string' && description !== '' ? { description } : {}
    return { name, signature: `(${args ?? ''}) ${result ?? ''}${more}`, ...text }
  })
}

/** The lake first, the system's own last, the rest by name. */
function byImportance(a: string, b: string): number {
  const rank = (name: string) => (name === 'iceberg' ? 0 : name === 'system' ? 2 : 1)
  return rank(a) - rank(b) || a.localeCompare(b)
}

function isShown(schema: string): boolean {
  return schema !== 'information_schema'
}
