// A table with another definition, as far as Trino's connector of the name serves it.
import type { KeptColumn, KeptTable } from '#parts/sql/connectors/memory/store'
import { assertKept } from '#parts/sql/connectors/memory/types'
import { sqlError } from '#parts/sql/errors'
import type { TableAlteration } from '#parts/sql/ports'

const REFUSED = {
  add: ['adding columns', 'adding fields'],
  drop: ['dropping columns', 'dropping fields'],
  rename: ['renaming columns', 'renaming fields'],
  type: ['setting column types', 'setting field types'],
  nullable: ['dropping a not null constraint', 'dropping a not null constraint of a field'],
  comment: ['comments', 'comments of fields'],
  properties: ['setting table properties', 'setting table properties'],
} as const

const refused = (what: string) => sqlError('NOT_SUPPORTED', undefined, `This connector does not support ${what}`)

/** `name`: schema and table, for errors. Rows that are there have no value in a new column. */
export function alteredTable(table: KeptTable, change: TableAlteration, name: string): KeptTable {
  const { columns } = table
  const [column, ...inside] = 'path' in change ? change.path : []
  if (inside.length > 0) throw refused(REFUSED[change.k][1])
  const changed = (how: (found: KeptColumn) => KeptColumn): KeptTable => ({
    ...table,
    columns: columns.map((c) => (c.name === column ? how(c) : c)),
  })
  switch (change.k) {
    case 'add': {
      if (change.place) throw refused(`adding columns with ${change.place === 'first' ? 'FIRST' : 'AFTER'} clause`)
      if (change.notNull && table.files.length > 0)
        throw sqlError('NOT_SUPPORTED', undefined, `Unable to add NOT NULL column '${column}' for non-empty table: ${name}`)
      const { type, comment } = change
      const id = Math.max(0, ...columns.map((c) => c.id)) + 1
      const added = { name: column as string, type, nullable: !change.notNull, id, ...(comment === undefined ? {} : { comment }) }
      assertKept([added])
      return { ...table, columns: [...columns, added] }
    }
    case 'rename':
      return changed((c) => ({ ...c, name: change.to }))
    case 'nullable':
      return changed((c) => ({ ...c, nullable: true }))
    case 'comment': {
      if (column === undefined) return { ...table, comment: change.text }
      return changed(({ comment: _, ...c }) => (change.text === undefined ? c : { ...c, comment: change.text }))
    }
    default:
      throw refused(REFUSED[change.k][0])
  }
}
