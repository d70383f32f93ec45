// Small results that need no engine: rows made here, sent like any other.

import type { Query } from '#parts/sql/query/query'
import { announce } from '#parts/sql/query/run'
import { parseType } from '#wire/trino/type'

/** Columns as `name type` pairs. */
export async function answer(
  query: Query,
  columns: readonly (readonly [name: string, type: string])[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  announce(
    query,
    columns.map(([name, type]) => ({ name, type: parseType(type) })),
  )
  query.state = 'RUNNING'
  query.rowCount = rows.length
  await query.rows.push(rows.map((row) => JSON.stringify(row.map((value) => (value === undefined ? null : value)))))
}

/** A statement without rows: an empty list of columns, as Trino answers, and what it was. */
export async function acknowledge(query: Query, updateType: string): Promise<void> {
  query.updateType = updateType
  query.columns = []
}
