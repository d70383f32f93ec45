// What the engine would read silently wrong is refused by name: format version 3, nested fields that changed names, files without field ids.

import { NotSupported } from '#parts/sql/connectors/errors'
import { type Engine, MAX_STATEMENT } from '#parts/sql/ports'
import { join, literal, print, sql } from '#wire/duckdb/sql'
import { NAME_MAPPING } from '#wire/iceberg/evolve'
import { allFields } from '#wire/iceberg/schema'
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

/** Asks the footers where the table may hold files without field ids: their columns would read as NULL. */
export async function assertFieldIds(
  engine: Pick<Engine, 'run'>,
  at: { readonly queryId: string; readonly spool: string },
  metadata: TableMetadata,
  lease: () => Promise<readonly string[]>,
): Promise<void> {
  if (!(NAME_MAPPING in metadata.properties)) return
  const paths = await lease()
  if (paths.length === 0) return
  const files = sql`[${join(paths.map((path) => literal(path)))}]`
  const query = sql`SELECT file_name FROM parquet_schema(${files}) GROUP BY file_name HAVING count(field_id) = 0`
  const run = engine.run({
    queryId: at.queryId,
    spool: at.spool,
    sql: print(query, { maxLength: MAX_STATEMENT }),
    output: 'rows',
    types: ['varchar'],
  })
  let without = 0
  for await (const batch of run.rows) without += batch.length
  await run.done
  if (without > 0) throw NotSupported({ what: `reading ${without} data files without field ids (added by name mapping)`, hint: REWRITE })
}
