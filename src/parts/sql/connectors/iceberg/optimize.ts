// Few large files in place of many small ones, and of those with deleted rows: EXECUTE optimize.
import { NotSupported } from '#parts/sql/connectors/errors'
import { commitFiles } from '#parts/sql/connectors/iceberg/commit'
import { assertHolds } from '#parts/sql/connectors/iceberg/conflicts'
import { numberProperty } from '#parts/sql/connectors/iceberg/properties'
import { assertFooters } from '#parts/sql/connectors/iceberg/readable'
import { rowsOfFiles } from '#parts/sql/connectors/iceberg/scan'
import {
  type PlannedFile,
  partitionKey,
  planFiles,
  readEntries,
  readManifests,
  specsOf,
  type TableFiles,
} from '#parts/sql/connectors/iceberg/snapshot'
import { type IcebergWrite, prepareIcebergWrite, type Written } from '#parts/sql/connectors/iceberg/write'
import { runInto } from '#parts/sql/connectors/runs'
import { sql } from '#wire/duckdb/sql'
import { currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import { allFields } from '#wire/iceberg/schema'
import type { TableMetadata } from '#wire/iceberg/types'

/** Bytes below which Trino takes a file for small, and as large as Iceberg's writers make one. */
export const SMALL = 100 * 1024 * 1024
const TARGET = 512 * 1024 * 1024
/** Files that the engine writes at once. */
const OPEN = 64

export interface Rewrite {
  /** What is read, and written, in one go. */
  readonly runs: readonly (readonly PlannedFile[])[]
  readonly files: readonly PlannedFile[]
}

export interface RewriteLimits {
  /** Bytes. */
  readonly small: number
  /** Bytes that are read; what is beyond is left for another time. */
  readonly most?: number
}

/** Which files are written anew, and together. Of a partition whose files would only be copied, none. */
export function planRewrite(
  metadata: TableMetadata,
  planned: readonly PlannedFile[],
  { small, most = Number.POSITIVE_INFINITY }: RewriteLimits,
): Rewrite {
  const target = numberProperty(metadata, 'write.target-file-size-bytes', TARGET)
  const partitions = new Map<string, PlannedFile[]>()
  for (const file of planned) {
    if (file.file.sizeBytes >= small && !hasDeletes(file)) continue
    const key = partitionKey(file)
    const known = partitions.get(key)
    if (known) known.push(file)
    else partitions.set(key, [file])
  }
  const bins = [...partitions.values()].map((files) => binned(files, target).filter((bin) => bin.length > 1 || bin.some(hasDeletes)))
  const runs = joined(bins, defaultSpec(metadata)['spec-id'], target)
  let left = most
  const taken = runs.filter((run) => {
    left -= bytesOf(run)
    return left >= 0
  })
  return { runs: taken, files: taken.flat() }
}

const hasDeletes = (f: PlannedFile): boolean => f.positionDeletes.length + f.equalityDeletes.length > 0
export const bytesOf = (files: readonly PlannedFile[]): number => files.reduce((sum, f) => sum + f.file.sizeBytes, 0)

/** In their order, each of at most so many bytes, or one file. */
function binned(files: readonly PlannedFile[], target: number): PlannedFile[][] {
  const bins: PlannedFile[][] = []
  let room = 0
  for (const file of files) {
    room -= file.file.sizeBytes
    const last = bins.at(-1)
    if (last && room >= 0) last.push(file)
    else {
      bins.push([file])
      room = target - file.file.sizeBytes
    }
  }
  return bins
}

/** Bins of several partitions as one run, where the engine tells them apart again: never two of one partition. */
function joined(partitions: readonly (readonly (readonly PlannedFile[])[])[], specId: number, target: number): PlannedFile[][] {
  const runs: PlannedFile[][] = []
  for (let level = 0; partitions.some((bins) => bins.length > level); level++) {
    let [room, count] = [0, OPEN]
    for (const bins of partitions) {
      const bin = bins[level]
      if (!bin) continue
      const apart = bin[0]?.spec['spec-id'] !== specId
      room -= bytesOf(bin)
      const last = runs.at(-1)
      if (last && !apart && room >= 0 && count < OPEN) {
        last.push(...bin)
        count++
      } else {
        runs.push([...bin])
        room = target - bytesOf(bin)
        count = apart ? OPEN : 1
      }
    }
  }
  return runs
}

/** Why files of the table are not written anew here. Version 1 has no sequence numbers, and the engine's files do not tell the length of fixed bytes. */
export function unrewritable(metadata: TableMetadata): string | undefined {
  if (metadata['format-version'] < 2) return 'which is of format version 1'
  const fixed = allFields(currentSchema(metadata)).find((f) => typeof f.type === 'string' && f.type.startsWith('fixed['))
  return fixed && `whose column ${fixed.path} is of type ${String(fixed.type)}`
}

export function assertRewritable(metadata: TableMetadata, table: string): void {
  const why = unrewritable(metadata)
  if (why !== undefined) throw NotSupported({ what: `writing files of ${table} anew, ${why},`, hint: 'use another engine' })
}

/** Nothing is done where nothing would be better. */
export async function optimizeIceberg(write: IcebergWrite, files: TableFiles, limits: RewriteLimits): Promise<void> {
  const { metadata, engine, context, table } = write
  assertRewritable(metadata, table)
  const schema = currentSchema(metadata)
  const planned = await planFiles(metadata, schema, files, [])
  const rewrite = planRewrite(metadata, planned, limits)
  if (rewrite.runs.length === 0) return
  await assertFooters(engine, context, metadata, schema.fields, () => files.lease(rewrite.files.map((f) => f.file.path)))
  const written: Written[] = []
  for (const run of rewrite.runs) {
    context.signal.throwIfAborted()
    const rows = prepareIcebergWrite(write)
    await runInto(engine, context, rows.query(sql`SELECT * FROM ${await rowsOfFiles(metadata, files, run)} r`), rows.output)
    written.push(await rows.collect())
  }
  await commitFiles({
    ...write,
    dataFiles: written.flatMap((w) => w.dataFiles),
    adopt: written.flatMap((w) => w.adopt),
    removed: new Set(rewrite.files.map((f) => f.file.path)),
    removedDeletes: await idleDeletes(metadata, files, planned, new Set(rewrite.files)),
    rewrites: true,
    validate: (now, tableFiles) => assertHolds({ table, base: metadata, touched: rewrite.files }, now, tableFiles),
  })
}

/** Delete files that apply to no file that stays. */
async function idleDeletes(
  metadata: TableMetadata,
  files: TableFiles,
  planned: readonly PlannedFile[],
  rewritten: ReadonlySet<PlannedFile>,
): Promise<ReadonlySet<string>> {
  const manifests = (await readManifests(metadata, files)).filter((m) => m.content === 'deletes')
  const all = (await readEntries(manifests, files, specsOf(metadata, currentSchema(metadata)))).flat().map((e) => e.file.path)
  const busy = new Set(
    planned.filter((f) => !rewritten.has(f)).flatMap((f) => [...f.positionDeletes, ...f.equalityDeletes].map((d) => d.path)),
  )
  return new Set(all.filter((path) => !busy.has(path)))
}
