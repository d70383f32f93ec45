// A table that a service expects: columns and indexes are added when missing, never dropped or retyped.
import { quoteName } from '../clients/postgres.ts'
import { defineKind, type ResourceOf } from '../kind.ts'
import { liveAvailability, liveContents } from './postgres-live.ts'

type Table = ResourceOf<'table'>
type Column = Table['columns'][number]
type Index = NonNullable<Table['indexes']>[number]

interface Live {
  readonly owner: string
  readonly columns: readonly string[]
  readonly indexes: readonly string[]
}

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

export const tableKind = defineKind<'table', Live>({
  kind: 'table',
  after: ['extension', 'schema'],
  unavailable: async ({ clients }, table) => {
    const { available } = await liveAvailability(clients.postgres(table.server))
    const words = [...table.columns.map((c) => c.type), ...(table.indexes ?? []).map((i) => i.using)].map((t) => /^\w+/.exec(t)?.[0] ?? '')
    const lacking = words.map((w) => FROM_EXTENSION[w]).find((extension) => extension !== undefined && !available.has(extension))
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
  create: ({ clients }, table) => {
    const key = table.primaryKey?.length ? [`PRIMARY KEY (${table.primaryKey.map(quoteName).join(', ')})`] : []
    const parts = [...table.columns.map(printColumn), ...key].join(', ')
    return clients
      .postgres(table.server)
      .execute(
        table.database,
        `CREATE TABLE ${target(table)} (${parts})`,
        `ALTER TABLE ${target(table)} OWNER TO ${quoteName(table.owner)}`,
        ...(table.indexes ?? []).map((i) => printIndex(table, i)),
      )
  },
  update: ({ clients }, table, live) =>
    clients
      .postgres(table.server)
      .execute(
        table.database,
        ...missingColumns(live, table).map((c) => `ALTER TABLE ${target(table)} ADD COLUMN ${printColumn(c)}`),
        ...(live.owner === table.owner ? [] : [`ALTER TABLE ${target(table)} OWNER TO ${quoteName(table.owner)}`]),
        ...missingIndexes(live, table).map((i) => printIndex(table, i)),
      ),
})

const target = (table: Table) => `${quoteName(table.schema)}.${quoteName(table.name)}`

const missingColumns = (live: Live, table: Table) => table.columns.filter((c) => !live.columns.includes(c.name))

const missingIndexes = (live: Live, table: Table) => (table.indexes ?? []).filter((i) => !live.indexes.includes(i.name))

/** Type and default are SQL of the declaration, not of a user. */
function printColumn(column: Column): string {
  const fallback = column.default === undefined ? '' : ` DEFAULT ${column.default}`
  return `${quoteName(column.name)} ${column.type}${column.notNull ? ' NOT NULL' : ''}${fallback}`
}

function printIndex(table: Table, index: Index): string {
  return `CREATE INDEX ${quoteName(index.name)} ON ${target(table)} USING ${quoteName(index.using)} (${index.on})`
}
