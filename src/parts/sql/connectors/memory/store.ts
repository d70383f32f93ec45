// What the catalogue `memory` holds, for as long as this process lives, within a limit of bytes: definitions here, rows in files of a folder of its own.
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryLimit, SchemaExists, SchemaNotEmpty, SchemaNotFound, TableExists, TableNotFound } from '#parts/sql/connectors/errors'
import type { ColumnInfo, ViewInfo } from '#parts/sql/ports'

/** Its id is that of the field in every file, so that a name may change. */
export interface KeptColumn extends ColumnInfo {
  readonly id: number
}

export interface KeptFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

export interface KeptTable {
  readonly kind: 'table'
  readonly columns: readonly KeptColumn[]
  readonly comment?: string | undefined
  readonly files: readonly KeptFile[]
}

export interface KeptView {
  readonly kind: 'view'
  readonly columns: readonly ColumnInfo[]
  readonly comment?: string | undefined
  readonly view: ViewInfo
}

export type Kept = KeptTable | KeptView

/** Entries are never changed, but replaced whole. Names in errors are full ones. */
export interface Store {
  readonly schemas: () => string[]
  list(schema: string): readonly (readonly [name: string, kept: Kept])[]
  get(schema: string, name: string): Kept | undefined
  createSchema(schema: string): void
  dropSchema(schema: string): void
  create(schema: string, name: string, kept: Kept): void
  /** Of one that is there. Files that the new one does not have are removed. */
  replace(schema: string, name: string, kept: Kept): void
  rename(from: Place, to: Place, kept: Kept): void
  drop(schema: string, name: string): void
  /** Takes a file of rows into the folder; it counts once an entry has it. */
  adopt(path: string, rows: number): Promise<KeptFile>
  remove(file: KeptFile): Promise<void>
  /** Removes all rows. */
  close(): Promise<void>
}

export interface Place {
  readonly schema: string
  readonly table: string
}

const FIRST_SCHEMA = 'default'

/** What earlier processes left in the folder is removed. */
export function createStore({ catalog, folder, limitBytes }: { catalog: string; folder: string; limitBytes: number }): Store {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const held = new Map<string, Map<string, Kept>>([[FIRST_SCHEMA, new Map()]])
  let used = 0
  const full = (schema: string, name: string) => `${catalog}.${schema}.${name}`
  const of = (schema: string): Map<string, Kept> => {
    const found = held.get(schema)
    if (!found) throw SchemaNotFound({ schema })
    return found
  }
  const must = (schema: string, name: string): Kept => {
    const found = of(schema).get(name)
    if (!found) throw TableNotFound({ table: full(schema, name) })
    return found
  }
  /** Throws MemoryLimit for what is more than there is room for. */
  const count = (bytes: number) => {
    if (bytes > 0 && used + bytes > limitBytes) throw MemoryLimit({ limit: limitBytes })
    used += bytes
  }
  const remove = (file: KeptFile) => rm(file.path, { force: true })
  const put = (schema: string, name: string, kept: Kept) => {
    const names = of(schema)
    const old = names.get(name)
    count(sizeOf(name, kept) - (old ? sizeOf(name, old) : 0))
    names.set(name, kept)
    const left = new Set(filesOf(kept))
    for (const file of old ? filesOf(old) : []) if (!left.has(file)) void remove(file)
  }
  const create = (schema: string, name: string, kept: Kept) => {
    if (of(schema).has(name)) throw TableExists({ table: full(schema, name) })
    put(schema, name, kept)
  }

  return {
    schemas: () => [...held.keys()],
    list: (schema) => [...(held.get(schema) ?? [])],
    get: (schema, name) => held.get(schema)?.get(name),
    createSchema(schema) {
      if (held.has(schema)) throw SchemaExists({ schema })
      count(schema.length)
      held.set(schema, new Map())
    },
    dropSchema(schema) {
      if (of(schema).size > 0) throw SchemaNotEmpty({ schema })
      held.delete(schema)
      count(-schema.length)
    },
    create,
    replace(schema, name, kept) {
      must(schema, name)
      put(schema, name, kept)
    },
    rename(from, to, kept) {
      const old = must(from.schema, from.table)
      create(to.schema, to.table, kept)
      of(from.schema).delete(from.table)
      count(-sizeOf(from.table, old))
    },
    drop(schema, name) {
      const old = must(schema, name)
      of(schema).delete(name)
      count(-sizeOf(name, old))
      for (const file of filesOf(old)) void remove(file)
    },
    async adopt(path, rows) {
      const { size } = await stat(path)
      if (used + size > limitBytes) throw MemoryLimit({ limit: limitBytes })
      const own = join(folder, `${randomUUID()}.parquet`)
      await rename(path, own)
      return { path: own, rows, bytes: size }
    },
    remove,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const filesOf = (kept: Kept): readonly KeptFile[] => (kept.kind === 'table' ? kept.files : [])

function sizeOf(name: string, kept: Kept): number {
  const { files, ...definition } = kept.kind === 'table' ? kept : { ...kept, files: [] }
  return files.reduce((sum, file) => sum + file.bytes, name.length + JSON.stringify(definition).length)
}
