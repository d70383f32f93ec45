// The statements that make roles, databases, extensions, schemas and tables: one text for the engine and for the first-time scripts.

import pg from 'pg'
import { own } from '#kit/own'
import type { ResourceOf } from '#platform/resources'

type Role = ResourceOf<'role'>
type Database = ResourceOf<'database'>
type Extension = ResourceOf<'extension'>
type Schema = ResourceOf<'schema'>
type Table = ResourceOf<'table'>
type Column = Table['columns'][number]
type Index = NonNullable<Table['indexes']>[number]

const NO_POWER = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
/** What every role of ours is; with NOLOGIN until it has its password. */
export const ATTRIBUTES = `LOGIN ${NO_POWER}`

/** A role that nobody can open yet: its password is not known where this is run. */
export const createClosedRole = ({ name }: Role) => `CREATE ROLE ${pg.escapeIdentifier(name)} NOLOGIN ${NO_POWER}`

export const grantGroups = ({ name }: Role, groups: readonly string[]) =>
  groups.map((group) => `GRANT ${pg.escapeIdentifier(group)} TO ${pg.escapeIdentifier(name)}`)

export const createDatabase = ({ name, owner }: Database) =>
  `CREATE DATABASE ${pg.escapeIdentifier(name)} OWNER ${pg.escapeIdentifier(owner)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`

export const closeDatabase = ({ name }: Database) => `REVOKE ALL ON DATABASE ${pg.escapeIdentifier(name)} FROM PUBLIC`

export const openDatabase = ({ name }: Database, roles: readonly string[]) =>
  roles.map((role) => `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(name)} TO ${pg.escapeIdentifier(role)}`)

/** Extensions that work only when the server loaded their library at its start. */
export const PRELOADED: ReadonlySet<string> = new Set(['pgaudit'])

export const createExtension = ({ name }: Extension) => `CREATE EXTENSION ${pg.escapeIdentifier(name)}`

export const createSchema = ({ name, owner }: Schema) =>
  `CREATE SCHEMA ${pg.escapeIdentifier(name)} AUTHORIZATION ${pg.escapeIdentifier(owner)}`

/** Types and index methods that an extension brings. */
const FROM_EXTENSION: Readonly<Record<string, string>> = {
  vector: 'vector',
  halfvec: 'vector',
  sparsevec: 'vector',
  hnsw: 'vector',
  ivfflat: 'vector',
  geometry: 'postgis',
  geography: 'postgis',
}

/** Extensions without which a table cannot be made. */
export function extensionsOf(table: Table): string[] {
  const words = [...table.columns.map((c) => c.type), ...(table.indexes ?? []).map((i) => i.using)].map((t) => /^\w+/.exec(t)?.[0] ?? '')
  return [...new Set(words.flatMap((w) => own(FROM_EXTENSION, w) ?? []))]
}

export const tableName = (table: Table) => `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`

export function createTable(table: Table): string[] {
  const key = table.primaryKey?.length ? [`PRIMARY KEY (${table.primaryKey.map((name) => pg.escapeIdentifier(name)).join(', ')})`] : []
  const parts = [...table.columns.map(printColumn), ...key].join(', ')
  return [`CREATE TABLE ${tableName(table)} (${parts})`, ownTable(table), ...(table.indexes ?? []).map((i) => createIndex(table, i))]
}

export const ownTable = (table: Table) => `ALTER TABLE ${tableName(table)} OWNER TO ${pg.escapeIdentifier(table.owner)}`

/** Type and default are SQL of the declaration, not of a user. */
export function printColumn(column: Column): string {
  const fallback = column.default === undefined ? '' : ` DEFAULT ${column.default}`
  return `${pg.escapeIdentifier(column.name)} ${column.type}${column.notNull ? ' NOT NULL' : ''}${fallback}`
}

export function createIndex(table: Table, index: Index): string {
  return `CREATE INDEX ${pg.escapeIdentifier(index.name)} ON ${tableName(table)} USING ${pg.escapeIdentifier(index.using)} (${index.on})`
}

/** For a script: many statements know no IF NOT EXISTS (CREATE DATABASE, CREATE ROLE), so all of them are asked for in the same way. */
export function unless(exists: string, statement: string, where: readonly string[] = []): string {
  return `SELECT ${pg.escapeLiteral(statement)} WHERE ${[`NOT EXISTS (SELECT ${exists})`, ...where].join(' AND ')} \\gexec`
}
