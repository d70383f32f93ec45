// Definitions in a PostgreSQL database, as the statements that Trino's connector sends. Names and texts go through the server's own quoting.
import pg from 'pg'
import { NotSupported } from '#parts/sql/connectors/errors'
import { columnType } from '#parts/sql/connectors/postgresql/values'
import { sqlError } from '#parts/sql/errors'
import type { TableAlteration, TableDefinition } from '#parts/sql/ports'

/** Bytes that a name may have: the server would cut a longer one, and mean another thing by it. */
const MAX_NAME = 63

export function quoted(name: string): string {
  if (Buffer.byteLength(name) > MAX_NAME) throw NotSupported({ what: `a name of more than ${MAX_NAME} bytes`, hint: 'PostgreSQL has none' })
  return pg.escapeIdentifier(name)
}

export const nameOf = ({ schema, table }: { readonly schema: string; readonly table: string }): string =>
  `${quoted(schema)}.${quoted(table)}`

const refused = (text: string): Error => sqlError('NOT_SUPPORTED', undefined, `This connector does not support ${text}`)

const commentText = (text: string | undefined): string => (text === undefined ? 'NULL' : pg.escapeLiteral(text))

export function createStatements(definition: TableDefinition): string[] {
  const name = nameOf(definition)
  const columns = definition.columns.map((column) => {
    if (column.comment !== undefined) throw refused('creating tables with column comment')
    return `${quoted(column.name)} ${columnType(column.type)}${column.nullable ? '' : ' NOT NULL'}`
  })
  return [
    `CREATE TABLE ${name} (${columns.join(', ')})`,
    ...(definition.comment === undefined ? [] : [`COMMENT ON TABLE ${name} IS ${commentText(definition.comment)}`]),
  ]
}

export function alterStatement(schema: string, table: string, change: TableAlteration): string {
  const name = nameOf({ schema, table })
  if (change.k === 'properties') throw refused('setting table properties')
  if (change.path.length > 1) throw refused('changing fields in a column')
  const [column] = change.path.map(quoted)
  if (change.k === 'comment')
    return `COMMENT ON ${column === undefined ? `TABLE ${name}` : `COLUMN ${name}.${column}`} IS ${commentText(change.text)}`
  switch (change.k) {
    case 'add':
      if (change.comment !== undefined) throw refused('adding columns with comments')
      if (change.place !== undefined) throw refused(`adding columns with ${change.place === 'first' ? 'FIRST' : 'AFTER'} clause`)
      return `ALTER TABLE ${name} ADD COLUMN ${column} ${columnType(change.type)}${change.notNull ? ' NOT NULL' : ''}`
    case 'drop':
      return `ALTER TABLE ${name} DROP COLUMN ${column}`
    case 'nullable':
      return `ALTER TABLE ${name} ALTER COLUMN ${column} DROP NOT NULL`
    case 'rename':
      return `ALTER TABLE ${name} RENAME COLUMN ${column} TO ${quoted(change.to)}`
    case 'type':
      return `ALTER TABLE ${name} ALTER COLUMN ${column} SET DATA TYPE ${columnType(change.type)}`
  }
}

export function renameStatement(from: { schema: string; table: string }, to: { schema: string; table: string }): string {
  if (from.schema !== to.schema) throw refused('renaming tables across schemas')
  return `ALTER TABLE ${nameOf(from)} RENAME TO ${quoted(to.table)}`
}
