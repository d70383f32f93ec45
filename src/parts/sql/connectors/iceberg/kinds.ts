// What a table that tells of a table is: its columns, and where the things come from that its rows are about.
import type { TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { Cell, ColumnInfo } from '#parts/sql/ports'
import type { TableMetadata } from '#wire/iceberg/types'

export interface TableState {
  readonly metadata: TableMetadata
  /** Where the metadata is kept. */
  readonly metadataFile: string | undefined
  readonly files: TableFiles
  /** For how long old snapshots are kept, and files that nothing names; milliseconds. */
  readonly keepMs: number
}

/** A column of rows about things: its name, its type as Trino's text, and its value. */
export type Column<T> = readonly [name: string, type: string, of: (item: T) => Cell]

export interface Kind {
  readonly columns: readonly ColumnInfo[]
  /** Those columns of the rows, in this order. */
  rows(state: TableState, names: readonly string[]): Promise<readonly (readonly Cell[])[]>
}

export function kind<T>(columns: readonly Column<T>[], items: (state: TableState) => readonly T[] | Promise<readonly T[]>): Kind {
  return {
    columns: columns.map(([name, type]) => ({ name, type, nullable: true })),
    async rows(state, names) {
      const wanted = names.map((name) => columns.find((c) => c[0] === name) as Column<T>)
      return (await items(state)).map((item) => wanted.map(([, , of]) => of(item)))
    },
  }
}
