// Rows on their way from the engine into a database: written into the query's folder first, as lines of COPY, so that nothing is begun before every source ended well.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join as pathJoin } from 'node:path'
import { copyField, copyLine } from '#parts/sql/connectors/postgresql/values'
import { runBatches } from '#parts/sql/connectors/runs'
import type { Engine, QueryContext, WrittenColumn } from '#parts/sql/ports'
import { identifier, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { ParquetOutput } from '#wire/engine/protocol'
import { printRaised } from '#wire/engine/raised'

/** A column to write into. */
export interface TargetColumn extends WrittenColumn {
  readonly nullable: boolean
  /** PostgreSQL type in which its values are handed over. */
  readonly write: string
}

export interface Lines {
  readonly output: ParquetOutput
  /** The rows that the engine wrote, as a relation. */
  readonly written: Sql
  /** The column `line` of a query, each with its end. */
  of(query: Sql): AsyncIterable<string>
  remove(): Promise<void>
}

/** `columns`: how many the engine writes. */
export function linesIn(engine: Pick<Engine, 'run'>, context: QueryContext, columns: number): Lines {
  const folder = `rows-${randomUUID()}`
  return {
    output: { folder, fieldIds: Array.from({ length: columns }, (_, i) => ({ name: `c${i}`, id: i + 1 })) },
    written: sql`read_parquet([${literal(pathJoin(context.spool, 'out', folder, '0.parquet'))}])`,
    async *of(query) {
      for await (const batch of runBatches(engine, context, query, ['varchar']))
        yield batch.map((row) => `${(JSON.parse(row) as [string])[0]}\n`).join('')
    },
    remove: () => rm(pathJoin(context.spool, 'out', folder), { recursive: true, force: true }),
  }
}

/** Fields of the line for these columns of `q`; `from` is the place of the first. Where `held` is true, one that must be there is. */
export function fieldsOf(columns: readonly (TargetColumn & { readonly at: number })[], held: Sql): Sql {
  return copyLine(
    columns.map(({ name, type, nullable, at }) => {
      const value = sql`q.${identifier(`c${at}`)}`
      const field = copyField(value, type)
      if (nullable) return field
      const message = literal(printRaised({ name: 'CONSTRAINT_VIOLATION', text: `NULL value not allowed for NOT NULL column: ${name}` }))
      return sql`CASE WHEN ${held} AND ${value} IS NULL THEN error(${message}) ELSE ${field} END`
    }),
  )
}
