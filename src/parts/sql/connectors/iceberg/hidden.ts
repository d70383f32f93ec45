// Columns of every table that Trino has and no listing shows: the file that a row is in, and the partition of that file.
import { shownResult, urlEncoded } from '#parts/sql/connectors/iceberg/shown'
import { type PlannedFile, specsOf } from '#parts/sql/connectors/iceberg/snapshot'
import type { HiddenColumn } from '#parts/sql/ports'
import { identifier, join, literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import { currentSchema } from '#wire/iceberg/metadata'
import type { PrimitiveType, Schema, TableMetadata } from '#wire/iceberg/types'

/** When a file was made is not told with the file. */
const HIDDEN: readonly HiddenColumn[] = [
  { name: '$path', type: 'varchar', nullable: false },
  { name: '$partition', type: 'varchar', nullable: false },
  { name: '$file_modified_time', type: 'timestamp(3) with time zone', nullable: false, unserved: true },
]

/** Those that no column of the table's hides. */
export const hiddenIn = ({ fields }: Schema): readonly HiddenColumn[] =>
  HIDDEN.filter(({ name }) => !fields.some((f) => f.name.toLowerCase() === name))

/** Hidden columns in a scan: of files whose local paths are known, beside a relation `d` that tells the path of each row. */
export interface HiddenSql {
  readonly columns: readonly Sql[]
  /** For no file at all. */
  readonly none: readonly Sql[]
  joined(files: readonly PlannedFile[], paths: readonly string[]): Sql
}

export function hiddenSql(metadata: TableMetadata, names: readonly string[]): HiddenSql {
  const specOf = specsOf(metadata, currentSchema(metadata))
  const partition = ({ file, spec }: PlannedFile): string => {
    const { types } = specOf(spec['spec-id'])
    const shown = (i: number, transform: string) => shownResult(file.partition[i] ?? null, transform, types[i] as PrimitiveType)
    return spec.fields.map((f, i) => `${urlEncoded(f.name)}=${urlEncoded(shown(i, f.transform))}`).join('/')
  }
  const told = (name: string, file: PlannedFile): string => (name === '$path' ? file.file.path : partition(file))
  return {
    columns: names.map((name) => sql`h.${identifier(name)}`),
    none: names.map((name) => sql`CAST(NULL AS VARCHAR) AS ${identifier(name)}`),
    joined(files, paths) {
      if (names.length === 0) return nothing
      const rows = files.map((file, i) => sql`(${join([paths[i] as string, ...names.map((name) => told(name, file))].map(literal))})`)
      return sql` JOIN (VALUES ${join(rows)}) h(path, ${join(names.map(identifier))}) ON h.path = d.filename`
    },
  }
}
