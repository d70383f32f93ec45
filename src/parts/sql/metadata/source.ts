// What a metadata table is, helpers to declare one, and its rows as a relation of the engine.

import { type Caller, decide } from '#kit/access'
import { storable } from '#kit/storable'
import { duckType } from '#parts/sql/dialect/types'
import type { Cell, ColumnInfo, Pushdown } from '#parts/sql/ports'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { bool, identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { parseType } from '#wire/trino/type'

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

/** The catalogues that the caller may know of, `system` included. */
export async function catalogsOf(deps: MetadataDeps): Promise<string[]> {
  const names = [...Object.keys(deps.connectors), 'system'].sort()
  const answers = await Promise.all(names.map((name) => decide(deps.authoriser, deps.caller, 'list', { kind: 'catalog', path: [name] })))
  return names.filter((_, i) => answers[i]?.allow)
}

/** Rows as a DuckDB table expression with typed columns. */
export function renderRows(columns: readonly ColumnInfo[], rows: readonly (readonly Cell[])[]): Sql {
  const types = columns.map((c) => duckType(parseType(c.type)))
  const names = join(columns.map((c) => identifier(c.name)))
  const list = join(columns.map((c, i) => sql`CAST(${identifier(c.name)} AS ${types[i] as Sql}) AS ${identifier(c.name)}`))
  if (rows.length === 0) {
    const nulls = join(columns.map((c, i) => sql`CAST(NULL AS ${types[i] as Sql}) AS ${identifier(c.name)}`))
    return sql`(SELECT ${nulls} WHERE FALSE)`
  }
  const values = join(rows.map((row) => sql`(${join(columns.map((_, i) => cell(row[i])))})`))
  return sql`(SELECT ${list} FROM (VALUES ${values}) AS v(${names}))`
}

/** Texts of others, such as past statements, are shown even with characters that the engine cannot carry. */
function cell(value: Cell): Sql {
  if (value === null || value === undefined) return sql`NULL`
  if (value instanceof Date) return literal(value.toISOString())
  if (typeof value === 'string') return literal(storable(value))
  if (typeof value === 'boolean') return bool(value)
  if (value instanceof Map) return textMap(value)
  if (Array.isArray(value)) return sql`CAST([${join(value.map((text: string) => literal(storable(text))))}] AS VARCHAR[])`
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return integer(value as bigint | number)
  return sql`CAST(${literal(String(value))} AS DOUBLE)`
}

function textMap(map: ReadonlyMap<string, string>): Sql {
  const [keys, values] = [[...map.keys()], [...map.values()]].map(
    (texts) => sql`[${join(texts.map((text) => literal(storable(text))))}]`,
  ) as [Sql, Sql]
  return sql`CAST(map(${keys}, ${values}) AS MAP(VARCHAR, VARCHAR))`
}
