// What the engine would read silently wrong is refused by name: format version 3, nested fields that changed names, or have others in the files, files without field ids.

import { NotSupported } from '#parts/sql/connectors/errors'
import { type Engine, MAX_STATEMENT } from '#parts/sql/ports'
import { integer, join, literal, print, type Sql, sql } from '#wire/duckdb/sql'
import { NAME_MAPPING } from '#wire/iceberg/evolve'
import { allFields, type NamedField } from '#wire/iceberg/schema'
import type { Field, TableMetadata } from '#wire/iceberg/types'

const REWRITE = 'rewrite the table: CREATE TABLE ... AS SELECT with an engine that reads it'

/** Version 3 has deletion vectors, default values and row ids, which are neither read nor written here. */
export function assertVersion({ 'format-version': version }: TableMetadata, table: string): void {
  if (version > 2)
    throw NotSupported({
      what: `${table}, an Iceberg table of format version ${version},`,
      hint: 'use it through the catalogue with an engine that reads it',
    })
}

/** Top-level columns are found by field id, fields inside of them by name: both must have meant the same all along. */
export function assertNestedNames(metadata: TableMetadata, columns: readonly Field[]): void {
  const column = columns.find((c) => !keepsNestedNames(metadata.schemas, c))
  if (column) throw NotSupported({ what: `reading ${column.name}, whose nested fields were renamed,`, hint: REWRITE })
}

/** Whether fields inside of a column have had one id for each name, and one name for each id. */
export function keepsNestedNames(schemas: TableMetadata['schemas'], column: Field): boolean {
  if (typeof column.type === 'string') return true
  const ids = new Map<string, number>()
  const names = new Map<number, string>()
  for (const schema of schemas) {
    const then = schema.fields.find((f) => f.id === column.id)
    for (const { id, path } of then ? allFields({ type: 'struct', fields: [{ ...then, name: '' }] }) : []) {
      const name = path.toLowerCase()
      if ((ids.get(name) ?? id) !== id || (names.get(id) ?? name) !== name) return false
      ids.set(name, id)
      names.set(id, name)
    }
  }
  return true
}

/**
 * Fields inside of columns whose names Avro has not: writers put others in their stead into Parquet (`first_x20name`), by which the
 * engine, which finds these by name, would not see them.
 */
export function renamedByWriters(columns: readonly Field[]): readonly NamedField[] {
  return columns.flatMap((c) => allFields({ type: 'struct', fields: [c] }).slice(1)).filter((f) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(f.name))
}

/** Asks the footers where what the files hold might read as NULL: files without field ids, and fields under other names than the table's. */
export async function assertFooters(
  engine: Pick<Engine, 'run'>,
  at: { readonly queryId: string; readonly spool: string },
  metadata: TableMetadata,
  columns: readonly Field[],
  lease: () => Promise<readonly string[]>,
): Promise<void> {
  const renamed = renamedByWriters(columns)
  const faults: [what: string, having: Sql][] = []
  if (NAME_MAPPING in metadata.properties) faults.push(['without field ids (added by name mapping)', sql`count(field_id) = 0`])
  if (renamed.length > 0) {
    const differs = renamed.map((f) => sql`(field_id = ${integer(f.id)} AND name <> ${literal(f.name)})`)
    const what = `that have other names for ${renamed.map((f) => f.path).join(', ')}`
    faults.push([what, sql`count(CASE WHEN ${join(differs, ' OR ')} THEN 1 END) > 0`])
  }
  if (faults.length === 0) return
  const paths = await lease()
  if (paths.length === 0) return
  const files = sql`[${join(paths.map((path) => literal(path)))}]`
  for (const [what, having] of faults) {
    const query = sql`SELECT file_name FROM parquet_schema(${files}) GROUP BY file_name HAVING ${having}`
    const run = engine.run({
      queryId: at.queryId,
      spool: at.spool,
      sql: print(query, { maxLength: MAX_STATEMENT }),
      output: 'rows',
      types: ['varchar'],
    })
    let count = 0
    for await (const batch of run.rows) count += batch.length
    await run.done
    if (count > 0) throw NotSupported({ what: `reading ${count} data files ${what}`, hint: REWRITE })
  }
}
