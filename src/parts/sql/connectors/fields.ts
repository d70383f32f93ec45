// Columns of files that the engine reads by field id, whatever they were called when the files were written.
import { MAX_STATEMENT } from '#parts/sql/ports'
import { integer, join, literal, print, type Sql, sql } from '#wire/duckdb/sql'

export interface FileField {
  readonly id: number
  /** While the files are read. */
  readonly name: string
  readonly type: Sql
}

/** What read_parquet takes as `schema`: a column that a file lacks is NULL. */
export function fieldMap(fields: readonly FileField[]): Sql {
  const items = fields.map(
    ({ id, name, type }) =>
      sql`${integer(id)}: {name: ${literal(name)}, type: ${literal(print(type, { maxLength: MAX_STATEMENT }))}, default_value: NULL}`,
  )
  return sql`MAP {${join(items)}}`
}

export const pathList = (paths: readonly string[]): Sql => sql`[${join(paths.map((path) => literal(path)))}]`
