// A write in two steps: the query whose rows the engine writes into the query's folder, and the commit of what lies there.

import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join as pathJoin } from 'node:path'
import type { Caller } from '#kit/access'
import { commitFiles } from '#parts/sql/connectors/iceberg/commit'
import { folderSql, transformSql } from '#parts/sql/connectors/iceberg/partitioning'
import type { Beginning } from '#parts/sql/connectors/iceberg/replace'
import { describeFiles, type WrittenFile } from '#parts/sql/connectors/iceberg/statistics'
import { fieldIds, toDuck } from '#parts/sql/connectors/iceberg/types'
import { orViolation } from '#parts/sql/connectors/not-null'
import type { Engine, LakeFiles, PreparedWrite, QueryContext } from '#parts/sql/ports'
import { identifier, join, type Sql, sql } from '#wire/duckdb/sql'
import { partitionTypes } from '#wire/iceberg/manifest/schemas'
import type { DataFile } from '#wire/iceberg/manifest/types'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import type { Lake, TableIdent } from '#wire/iceberg/rest'
import { fieldById } from '#wire/iceberg/schema'
import { parseTransform } from '#wire/iceberg/transforms'
import type { Field, PrimitiveType, TableMetadata } from '#wire/iceberg/types'

export interface IcebergWrite {
  readonly lake: Lake
  readonly files: LakeFiles
  readonly engine: Pick<Engine, 'run'>
  readonly context: QueryContext
  readonly filesCaller: Caller
  readonly ident: TableIdent
  readonly table: string
  readonly metadata: TableMetadata
  readonly begin?: Beginning
}

export interface Written {
  readonly dataFiles: readonly DataFile[]
  readonly adopt: readonly { readonly path: string; readonly uri: string }[]
}

export interface RowWrite extends PreparedWrite {
  /** What lies in the folder once the engine is through. */
  collect(): Promise<Written>
}

export function prepareIcebergWrite(write: IcebergWrite): RowWrite {
  const { engine, context, metadata } = write
  const schema = currentSchema(metadata)
  const spec = defaultSpec(metadata)
  const name = `write-${randomUUID()}`
  const folder = pathJoin(context.spool, 'out', name)
  const keyed = spec.fields.length > 0
  async function collect(): Promise<Written> {
    const written = await filesBelow(folder)
    const uriOf = (file: WrittenFile) => `${metadata.location}/data/${file.uriName}`
    const dataFiles = await describeFiles(engine, context, written, schema, spec, uriOf)
    const kept = new Set(dataFiles.map((f) => f.path))
    return { dataFiles, adopt: written.map((file) => ({ path: file.path, uri: uriOf(file) })).filter((file) => kept.has(file.uri)) }
  }

  return {
    output: {
      folder: name,
      fieldIds: fieldIds(schema.fields),
      ...(keyed ? { partitionBy: spec.fields.map((_, i) => keyName(i)) } : {}),
    },
    query(select) {
      const names = schema.fields.map((_, i) => identifier(`c${i}`))
      const columns = schema.fields.map((f, i) => {
        const value = sql`CAST(q.${identifier(`c${i}`)} AS ${toDuck(f.type)})`
        return sql`${f.required ? orViolation(sql`q.${identifier(`c${i}`)}`, f.name, value) : value} AS ${identifier(f.name)}`
      })
      const typed = sql`SELECT ${join(columns)} FROM (${select}) AS q(${join(names)})`
      if (!keyed) return typed
      const keys = partitionTypes(spec, schema).map((type, i) => {
        const field = spec.fields[i] as (typeof spec.fields)[number]
        const source = fieldById(schema, field['source-id'])
        const column = sql`t.${join(pathOf(schema.fields, field['source-id']).map(identifier), '.')}`
        const value = transformSql(field.transform, column, (source?.type ?? 'string') as PrimitiveType)
        return sql`${parseTransform(field.transform).kind === 'void' ? sql`'n'` : folderSql(keyText(value, type), type)} AS ${identifier(keyName(i))}`
      })
      return sql`SELECT t.*, ${join(keys)} FROM (${typed}) t`
    },
    collect,
    async commit() {
      const { dataFiles, adopt } = await collect()
      await commitFiles({ ...write, dataFiles, adopt })
      return { rows: dataFiles.reduce((sum, f) => sum + f.recordCount, 0) }
    },
    async abort() {
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Names from the top to a field, since a name may itself hold a point. */
function pathOf(fields: readonly Field[], id: number): string[] {
  for (const field of fields) {
    if (field.id === id) return [field.name]
    const below = typeof field.type === 'object' && field.type.type === 'struct' ? pathOf(field.type.fields, id) : []
    if (below.length > 0) return [field.name, ...below]
  }
  return []
}

export const keyName = (i: number): string => `__akko_key_${i}`

/** Values of these types are written as their plain text in UTC. */
function keyText(e: Sql, type: PrimitiveType): Sql {
  return type === 'timestamptz' ? sql`CAST(${e} AS TIMESTAMP)` : e
}

export async function filesBelow(folder: string): Promise<WrittenFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((e) => e.isFile() && e.name.endsWith('.parquet'))
  return Promise.all(
    files.map(async (entry) => {
      const path = pathJoin(entry.parentPath, entry.name)
      const below = entry.parentPath === folder ? [] : entry.parentPath.slice(folder.length + 1).split('/')
      const folders = below.map((f) => decodeURIComponent(f))
      return { path, folders, sizeBytes: (await stat(path)).size, uriName: `${randomUUID()}.parquet` }
    }),
  )
}
