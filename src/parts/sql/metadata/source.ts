// What a metadata table is, helpers to declare one, and its rows as a relation of the engine.
import { type Caller, decide } from '#kit/access'
import { parseType } from '#wire/trino/type'
import { duckType, quoteName, quoteText } from '../dialect/types.ts'
import type { ColumnInfo, Pushdown } from '../ports.ts'
import type { ExecutorDeps } from '../query/context.ts'

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

export type Cell = string | number | bigint | boolean | Date | null | undefined | readonly string[]

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

/** The catalogues that the caller may know of, `system` included. */
export async function catalogsOf(deps: MetadataDeps): Promise<string[]> {
  const names = [...Object.keys(deps.connectors), 'system'].sort()
  const answers = await Promise.all(names.map((name) => decide(deps.authoriser, deps.caller, 'list', { kind: 'catalog', path: [name] })))
  return names.filter((_, i) => answers[i]?.allow)
}

/** Rows as a DuckDB table expression with typed columns. */
export function renderRows(columns: readonly ColumnInfo[], rows: readonly (readonly Cell[])[]): string {
  const types = columns.map((c) => duckType(parseType(c.type)))
  const names = columns.map((c) => quoteName(c.name)).join(', ')
  const list = columns.map((c, i) => `CAST(${quoteName(c.name)} AS ${types[i]}) AS ${quoteName(c.name)}`).join(', ')
  if (rows.length === 0) {
    const nulls = columns.map((c, i) => `CAST(NULL AS ${types[i]}) AS ${quoteName(c.name)}`).join(', ')
    return `(SELECT ${nulls} WHERE FALSE)`
  }
  const text = rows.map((row) => `(${columns.map((_, i) => cell(row[i])).join(', ')})`).join(', ')
  return `(SELECT ${list} FROM (VALUES ${text}) AS v(${names}))`
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return 'NULL'
  if (value instanceof Date) return quoteText(value.toISOString())
  if (typeof value === 'string') return quoteText(value)
  if (Array.isArray(value)) return `CAST([${value.map(quoteText).join(', ')}] AS VARCHAR[])`
  return String(value)
}
