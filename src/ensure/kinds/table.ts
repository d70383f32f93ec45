// A table that a service expects: columns and indexes are added when missing, never dropped or retyped.
import { defineKind, type ResourceOf } from '#ensure/kind'
import { liveAvailability, liveContents } from '#ensure/kinds/postgres-live'
import { createIndex, createTable, extensionsOf, ownTable, printColumn, tableName } from '#ensure/kinds/postgres-sql'

type Table = ResourceOf<'table'>

interface Live {
  readonly owner: string
  readonly columns: readonly string[]
  readonly indexes: readonly string[]
}

export const tableKind = defineKind<'table', Live>({
  kind: 'table',
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
})

const missingColumns = (live: Live, table: Table) => table.columns.filter((c) => !live.columns.includes(c.name))

const missingIndexes = (live: Live, table: Table) => (table.indexes ?? []).filter((i) => !live.indexes.includes(i.name))
