// The catalogue tree as a flat list of visible lines. Pure: the component only draws and moves.
import type { ColumnName, TableName } from '~/lib/sql/complete'

export type TreeLine = {
  /** Stable: the path of names. */
  readonly key: string
  readonly level: number
  readonly position: number
  readonly siblings: number
} & (
  | { readonly kind: 'catalog' | 'schema'; readonly name: string; readonly open: boolean; readonly catalog: string }
  | { readonly kind: 'table'; readonly name: string; readonly open: boolean; readonly table: TableName }
  | { readonly kind: 'column'; readonly name: string; readonly type: string }
  | { readonly kind: 'loading' | 'empty'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly error: unknown; readonly retryKey: string }
)

export interface Loaded<T> {
  readonly data?: T | undefined
  readonly error?: unknown
}

export interface TreeSource {
  readonly catalogs: readonly string[]
  tables(catalog: string): Loaded<readonly TableName[]>
  schemas(catalog: string): Loaded<readonly string[]>
  columns(table: TableName): Loaded<readonly ColumnName[]>
}

export const keyOf = {
  catalog: (catalog: string) => catalog,
  schema: (catalog: string, schema: string) => JSON.stringify([catalog, schema]),
  table: (t: TableName) => JSON.stringify([t.catalog, t.schema, t.table]),
}

/** The lines to show. With a filter, catalogues and schemas open by themselves around what matches. */
export function treeLines(source: TreeSource, open: ReadonlySet<string>, filter: string): TreeLine[] {
  const wanted = filter.trim().toLowerCase()
  const lines: TreeLine[] = []
  const note = (kind: 'loading' | 'empty', key: string, name: string, level: number) =>
    lines.push({ kind, key, name, level, position: 1, siblings: 1 })
  const shown = source.catalogs.filter((c) => wanted === '' || source.tables(c).data?.some((t) => matches(t, wanted)) !== false)
  shown.forEach((catalog, at) => {
    const isOpen = wanted !== '' || open.has(keyOf.catalog(catalog))
    lines.push({
      kind: 'catalog',
      key: keyOf.catalog(catalog),
      name: catalog,
      catalog,
      level: 1,
      open: isOpen,
      position: at + 1,
      siblings: shown.length,
    })
    if (!isOpen) return
    const { data, error } = source.tables(catalog)
    if (error) {
      const key = `${catalog}!`
      lines.push({ kind: 'failed', key, name: 'Not readable now', error, retryKey: catalog, level: 2, position: 1, siblings: 1 })
      return
    }
    if (!data) {
      note('loading', `${catalog}…`, 'Loading', 2)
      return
    }
    const tables = data.filter((t) => wanted === '' || matches(t, wanted))
    const named = wanted === '' ? (source.schemas(catalog).data ?? []) : []
    const schemas = [...new Set([...tables.map((t) => t.schema), ...named])].sort((a, b) => a.localeCompare(b))
    if (schemas.length === 0) note('empty', `${catalog}-`, wanted === '' ? 'No schemas' : 'Nothing matches', 2)
    for (const [i, schema] of schemas.entries()) {
      const own = tables.filter((t) => t.schema === schema)
      pushSchema(catalog, schema, i, schemas.length, own)
    }
  })
  return lines

  function pushSchema(catalog: string, schema: string, at: number, siblings: number, tables: readonly TableName[]) {
    const key = keyOf.schema(catalog, schema)
    const isOpen = wanted !== '' || open.has(key)
    lines.push({ kind: 'schema', key, name: schema, catalog, level: 2, open: isOpen, position: at + 1, siblings })
    if (!isOpen) return
    if (tables.length === 0) return void note('empty', `${key}-`, 'No tables', 3)
    tables.forEach((table, i) => {
      const tableKey = keyOf.table(table)
      const tableOpen = open.has(tableKey)
      lines.push({
        kind: 'table',
        key: tableKey,
        name: table.table,
        table,
        level: 3,
        open: tableOpen,
        position: i + 1,
        siblings: tables.length,
      })
      if (tableOpen) pushColumns(table, tableKey)
    })
  }

  function pushColumns(table: TableName, key: string) {
    const { data, error } = source.columns(table)
    if (error)
      lines.push({
        kind: 'failed',
        key: `${key}!`,
        name: 'Columns not readable now',
        error,
        retryKey: key,
        level: 4,
        position: 1,
        siblings: 1,
      })
    else if (!data) note('loading', `${key}…`, 'Loading', 4)
    else if (data.length === 0) note('empty', `${key}-`, 'No columns that you may see', 4)
    else
      data.forEach((c, i) => {
        lines.push({
          kind: 'column',
          key: `${key}.${c.name}`,
          name: c.name,
          type: c.type,
          level: 4,
          position: i + 1,
          siblings: data.length,
        })
      })
  }
}

function matches(t: TableName, wanted: string): boolean {
  return `${t.catalog}.${t.schema}.${t.table}`.toLowerCase().includes(wanted)
}
