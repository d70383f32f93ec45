// A write in two steps: the statement with which the engine fills the query's folder, and the commit of what lies there.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Caller } from '#kit/access'
import { partitionTypes } from '#wire/iceberg/manifest/schemas'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import type { Lake, TableIdent } from '#wire/iceberg/rest'
import { fieldById } from '#wire/iceberg/schema'
import { parseTransform } from '#wire/iceberg/transforms'
import type { PrimitiveType, TableMetadata } from '#wire/iceberg/types'
import type { Engine, LakeFiles, PreparedWrite, QueryContext } from '../../ports.ts'
import { duckIdentifier, duckLiteral } from '../duck.ts'
import { commitAppend } from './commit.ts'
import { folderSql, transformSql } from './partitioning.ts'
import { describeFiles, type WrittenFile } from './statistics.ts'
import { fieldIds, toDuck } from './types.ts'

export interface IcebergWrite {
  readonly lake: Lake
  readonly files: LakeFiles
  readonly engine: Pick<Engine, 'run'>
  readonly context: QueryContext
  readonly filesCaller: Caller
  readonly ident: TableIdent
  readonly table: string
  readonly metadata: TableMetadata
  readonly staged: boolean
}

export function prepareIcebergWrite(write: IcebergWrite): PreparedWrite {
  const { engine, context, metadata } = write
  const schema = currentSchema(metadata)
  const spec = defaultSpec(metadata)
  const folder = join(context.spool, `write-${randomUUID()}`)
  const keyed = spec.fields.length > 0

  return {
    statement(select) {
      mkdirSync(folder, { mode: 0o700 })
      const names = schema.fields.map((_, i) => `c${i}`)
      const columns = schema.fields.map((f, i) => {
        const value = `CAST(q.c${i} AS ${toDuck(f.type)})`
        const message = duckLiteral(`NULL value not allowed for NOT NULL column: ${f.name}`)
        return `${f.required ? `CASE WHEN q.c${i} IS NULL THEN error(${message}) ELSE ${value} END` : value} AS ${duckIdentifier(f.name)}`
      })
      const typed = `SELECT ${columns.join(', ')} FROM (${select}\n) AS q(${names.join(', ')})`
      const common = `FORMAT parquet, COMPRESSION zstd, FIELD_IDS ${fieldIds(schema.fields)}`
      if (!keyed) return `COPY (${typed}) TO ${duckLiteral(join(folder, '0.parquet'))} (${common})`
      const keys = partitionTypes(spec, schema).map((type, i) => {
        const field = spec.fields[i] as (typeof spec.fields)[number]
        const source = fieldById(schema, field['source-id'])
        const column = `t.${(source?.path ?? '').split('.').map(duckIdentifier).join('.')}`
        const value = transformSql(field.transform, column, (source?.type ?? 'string') as PrimitiveType)
        return `${parseTransform(field.transform).kind === 'void' ? "'n'" : folderSql(keyText(value, type), type)} AS ${key(i)}`
      })
      const by = spec.fields.map((_, i) => key(i)).join(', ')
      return `COPY (SELECT t.*, ${keys.join(', ')} FROM (${typed}) t) TO ${duckLiteral(folder)} (${common}, PARTITION_BY (${by}), WRITE_PARTITION_COLUMNS false, FILENAME_PATTERN '{uuid}', OVERWRITE_OR_IGNORE true)`
    },
    async commit() {
      const written = await filesBelow(folder)
      const uriOf = (file: WrittenFile) => `${metadata.location}/data/${file.uriName}`
      const dataFiles = await describeFiles(engine, context, written, schema, spec, uriOf)
      const kept = new Set(dataFiles.map((f) => f.path))
      const adopt = written.map((file) => ({ path: file.path, uri: uriOf(file) })).filter((file) => kept.has(file.uri))
      await commitAppend({ ...write, dataFiles, adopt })
      return { rows: dataFiles.reduce((sum, f) => sum + f.recordCount, 0) }
    },
    async abort() {
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const key = (i: number): string => `"__akko_key_${i}"`

/** Values of these types are written as their plain text in UTC. */
function keyText(e: string, type: PrimitiveType): string {
  return type === 'timestamptz' ? `CAST(${e} AS TIMESTAMP)` : e
}

async function filesBelow(folder: string): Promise<WrittenFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((e) => e.isFile() && e.name.endsWith('.parquet'))
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      const below = entry.parentPath === folder ? [] : entry.parentPath.slice(folder.length + 1).split('/')
      const folders = below.map((f) => decodeURIComponent(f))
      return { path, folders, sizeBytes: (await stat(path)).size, uriName: `${randomUUID()}.parquet` }
    }),
  )
}
