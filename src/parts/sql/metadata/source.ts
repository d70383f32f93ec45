// What a metadata table is, and helpers to declare one.

import { type Caller, decide } from '#kit/access'
import type { Cell, ColumnInfo, Pushdown, TableInfo, ViewInfo } from '#parts/sql/ports'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { kindOf } from '#parts/sql/resource-kinds'

/** `name type` pairs; all may be null. */
export function columnsOf(text: string): ColumnInfo[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const space = part.indexOf(' ')
      return { name: part.slice(0, space), type: part.slice(space + 1).trim(), nullable: true }
    })
}

/** The values that conditions allow for a column; undefined when they do not limit it. */
export function asked(predicates: readonly Pushdown[], column: string): ReadonlySet<string> | undefined {
  const limits = predicates.filter((p) => p.column === column && (p.op === '=' || p.op === 'in'))
  if (limits.length === 0) return undefined
  return new Set(limits.flatMap((p) => p.values).map(String))
}

export interface MetadataDeps extends ExecutorDeps {
  readonly caller: Caller
  /** The catalogue in whose name the table is read. */
  readonly catalog: string
  /** The tables that this part makes itself in a schema. */
  readonly made: (catalog: string, schema: string) => Readonly<Record<string, MetadataSource>>
}

export interface MetadataSource {
  readonly columns: readonly ColumnInfo[]
  /** What the caller may know; conditions may be used to do less. */
  rows(deps: MetadataDeps, predicates: readonly Pushdown[]): Promise<readonly (readonly Cell[])[]>
}

/** A table of a connector as the caller may know it: without the columns that he may not select, nor a text that names them. */
export async function shown(deps: MetadataDeps, info: TableInfo | undefined): Promise<TableInfo | undefined> {
  if (!info) return undefined
  const path = [deps.catalog, info.schema, info.table]
  const { visibleColumns } = await decide(deps.authoriser, deps.caller, 'list', {
    kind: kindOf(info),
    path,
    columns: info.columns.map((c) => c.name),
  })
  if (!visibleColumns) return info
  const visible = new Set(visibleColumns)
  const { view, ...rest } = info
  return { ...rest, columns: info.columns.filter((c) => visible.has(c.name)), ...(view ? { view: withoutText(view) } : {}) }
}

const withoutText = ({ sql: _, ...view }: ViewInfo): ViewInfo => view

/** The catalogues that the caller may know of, `system` included. */
export async function catalogsOf(deps: MetadataDeps): Promise<string[]> {
  const names = [...Object.keys(deps.connectors), 'system'].sort()
  const answers = await Promise.all(names.map((name) => decide(deps.authoriser, deps.caller, 'list', { kind: 'catalog', path: [name] })))
  return names.filter((_, i) => answers[i]?.allow)
}
