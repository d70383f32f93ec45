// A table that a service expects: columns and indexes are added when missing, never dropped or retyped.
import pg from 'pg'
import { defineKind } from '#ensure/kind'
import { liveAvailability, liveContents } from '#ensure/kinds/postgres-live'
import { createIndex, createTable, extensionsOf, ownTable, printColumn, tableName, unless } from '#ensure/kinds/postgres-sql'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    table: {
      readonly server: Server
      readonly database: string
      readonly schema: string
      readonly name: string
      readonly owner: string
      readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull?: true; readonly default?: string }[]
      readonly primaryKey?: readonly string[]
      readonly indexes?: readonly { readonly name: string; readonly using: string; readonly on: string }[]
    }
  }
}

type Table = ResourceOf<'table'>

interface Live {
  readonly owner: string
  readonly columns: readonly string[]
  readonly indexes: readonly string[]
}

export const tableKind = defineKind<'table', Live>({
  kind: 'table',
  id: ({ server, database, schema, name }) => `${server}/${database}/${schema}.${name}`,
  shares: ({ database }) => `contents ${database}`,
  after: ['extension', 'schema'],
  unavailable: async ({ clients }, table) => {
    const { available } = await liveAvailability(clients.postgres(table.server))
    const lacking = extensionsOf(table).find((extension) => !available.has(extension))
    return lacking === undefined ? undefined : `${table.server} has no files of ${lacking}`
  },
  read: async ({ clients }, table) => {
    const contents = await liveContents(clients.postgres(table.server), table.database)
    return contents?.tables.get(`${table.schema}.${table.name}`)
  },
  diff: (live, table) => [
    ...(live.owner === table.owner ? [] : [`owned by ${live.owner}`]),
    ...missingColumns(live, table).map((c) => `without column ${c.name}`),
    ...missingIndexes(live, table).map((i) => `without index ${i.name}`),
  ],
  create: ({ clients }, table) => clients.postgres(table.server).execute(table.database, ...createTable(table)),
  update: ({ clients }, table, live) =>
    clients
      .postgres(table.server)
      .execute(
        table.database,
        ...missingColumns(live, table).map((c) => `ALTER TABLE ${tableName(table)} ADD COLUMN ${printColumn(c)}`),
        ...(live.owner === table.owner ? [] : [ownTable(table)]),
        ...missingIndexes(live, table).map((i) => createIndex(table, i)),
      ),
  firstTime: (table) => {
    const exists = relation(table.schema, table.name)
    const there = `EXISTS (SELECT ${exists})`
    const [create, own] = createTable(table)
    const possible = extensionsOf(table).map((name) => `EXISTS (SELECT FROM pg_extension WHERE extname = ${pg.escapeLiteral(name)})`)
    return [
      unless(exists, create as string, possible),
      unless(`${exists} AND pg_get_userbyid(c.relowner) = ${pg.escapeLiteral(table.owner)}`, own as string, [there]),
      ...(table.indexes ?? []).map((index) => unless(relation(table.schema, index.name), createIndex(table, index), [there])),
    ]
  },
})

const missingColumns = (live: Live, table: Table) => table.columns.filter((c) => !live.columns.includes(c.name))

const missingIndexes = (live: Live, table: Table) => (table.indexes ?? []).filter((i) => !live.indexes.includes(i.name))

const relation = (schema: string, name: string) =>
  `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${pg.escapeLiteral(schema)} AND c.relname = ${pg.escapeLiteral(name)}`
