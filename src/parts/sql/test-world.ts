// For tests: a catalogue in which every schema is there, a table and a view of given names, whatever these are. It remembers what it is asked to change.
import { join as pathJoin } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { storedType } from '#parts/sql/connectors/iceberg/types'
import { meaning } from '#parts/sql/dialect/test-trees'
import type { Connector, ConnectorViews, ConnectorWrites, PreparedChange, QueryContext, TableInfo } from '#parts/sql/ports'
import { identifier, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { quoteName, quoteText } from '#wire/trino/names'
import { parseType } from '#wire/trino/type'

/** The second name is a table's, the third a view's, and all are their columns'; nothing has the first one yet. */
export interface Words {
  readonly literals: readonly string[]
  readonly names: readonly string[]
}

export interface World {
  readonly connector: Connector
  words: Words
  /** What was asked since it was read last, with the rows that were written. */
  told(): readonly unknown[]
}

/** `reader` reads what the engine wrote. */
export function createWorld(reader: DuckDBConnection, words: Words): World {
  let asked: unknown[] = []
  let made = 0
  const tell = async (what: string, ...more: readonly unknown[]): Promise<void> => {
    asked.push([what, ...more])
  }
  /** Where a name stood in the statement is told along with some; a text of SQL is told as what it means, and that of a type. */
  const read = (key: string, value: unknown) => {
    if (key === 'pos') return undefined
    if (key === 'type') return parseType(value as string)
    return key === 'sql' ? meaning(value as string) : value
  }
  const told =
    (what: string) =>
    (_caller: unknown, ...more: readonly unknown[]) =>
      tell(what, ...JSON.parse(JSON.stringify(more, read)))

  const write = (context: QueryContext, columns: number, ...what: readonly [string, ...unknown[]]) => {
    const folder = `written-${made++}`
    const names = Array.from({ length: columns }, (_, i) => identifier(`c${i}`))
    return {
      output: { folder, fieldIds: names.map((_, i) => ({ name: `c${i}`, id: i + 1 })) },
      query: (select: Sql) => sql`SELECT * FROM (${select}) AS q(${join(names)})`,
      async commit() {
        const file = pathJoin(context.spool, 'out', folder, '0.parquet')
        const rows = (await reader.runAndReadAll(`SELECT * FROM read_parquet('${file}')`)).getRowsJson()
        await told(what[0])(undefined, ...what.slice(1), rows)
        return { rows: rows.length }
      },
      abort: () => told('abort')(undefined, ...what),
    }
  }

  const values = () => world.words.literals.map(literal)
  const connector: Connector & { readonly writes: ConnectorWrites; readonly views: ConnectorViews } = {
    name: 'world',
    listSchemas: async () => [...world.words.names, 's'],
    listTables: async () => [
      { name: world.words.names[1] as string, kind: 'table' },
      { name: world.words.names[2] as string, kind: 'view' },
    ],
    async table(_caller, schema, table) {
      const { literals, names } = world.words
      const columns = names.map((name) => ({ name, type: 'varchar', nullable: true, comment: literals[0] as string }))
      const found: TableInfo = { schema, table, kind: 'table', columns, comment: literals[1] as string }
      if (table === names[1]) return found
      const text = `SELECT ${names.map((name, i) => `${quoteText(literals[i] as string)} AS ${quoteName(name)}`).join(', ')}`
      const view = { sql: text, dialects: ['trino'], catalog: 'c', schema: 's' }
      return table === names[2] ? { ...found, kind: 'view', view } : undefined
    },
    async scan(_context, request) {
      const columns = request.columns.map((name) => sql`${values()[world.words.names.indexOf(name)] as Sql} AS ${identifier(name)}`)
      return { relation: sql`(SELECT ${join(columns)})`, scannedBytes: () => 0, splits: 1, close: async () => {} }
    },
    writes: {
      traits: { properties: true, defaults: false, addsNotNull: false, cascade: true },
      stored: storedType,
      createSchema: told('createSchema'),
      dropSchema: told('dropSchema'),
      createTable: told('createTable'),
      dropTable: told('dropTable'),
      alterTable: told('alterTable'),
      renameTable: told('renameTable'),
      replaceTable: told('replaceTable'),
      truncate: told('truncate'),
      createTableAs: async (context, table) => write(context, table.columns.length, 'createTableAs', table),
      replaceTableAs: async (context, table) => write(context, table.columns.length, 'replaceTableAs', table),
      insert: async (context, ...table) => write(context, world.words.names.length, 'insert', ...table),
      async change(context, schema, table, change): Promise<PreparedChange> {
        const scan: PreparedChange['scan'] = async (request, place) => {
          const { relation, ...rest } = await connector.scan(context, request)
          const places = sql`'file' AS ${identifier(place.file)}, 7::BIGINT AS ${identifier(place.position)}`
          return { ...rest, relation: sql`(SELECT *, ${places} FROM ${relation} AS q)` }
        }
        return { ...write(context, world.words.names.length + 3, 'change', schema, table, change), scan }
      },
    },
    views: {
      stored: storedType,
      create: told('createView'),
      replace: told('replaceView'),
      drop: told('dropView'),
      rename: told('renameView'),
      comment: told('commentView'),
    },
  }
  const world: World = {
    connector,
    words,
    told() {
      const all = asked
      asked = []
      return all
    },
  }
  return world
}
