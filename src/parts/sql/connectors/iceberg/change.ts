// DELETE, UPDATE and MERGE, merge on read: the engine writes the changes, from them position delete files and new data files, and all is one commit.

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join as pathJoin } from 'node:path'
import { NotSupported } from '#parts/sql/connectors/errors'
import { commitFiles, type FileChange } from '#parts/sql/connectors/iceberg/commit'
import { assertHolds } from '#parts/sql/connectors/iceberg/conflicts'
import { type Deletes, writeDeletes } from '#parts/sql/connectors/iceberg/deletes'
import { type Placed, toConditions } from '#parts/sql/connectors/iceberg/scan'
import type { PlannedFile } from '#parts/sql/connectors/iceberg/snapshot'
import { type IcebergWrite, prepareIcebergWrite, type Written } from '#parts/sql/connectors/iceberg/write'
import { runInto, runRows } from '#parts/sql/connectors/runs'
import { sqlError } from '#parts/sql/errors'
import { OPERATION, type PreparedChange, type PreparedScan, type ScanRequest } from '#parts/sql/ports'
import { identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { Condition } from '#wire/iceberg/manifest/prune'
import { currentSchema, currentSnapshot } from '#wire/iceberg/metadata'
import type { TableMetadata } from '#wire/iceberg/types'

export interface IcebergChange extends IcebergWrite {
  /** The rows of the target as of `metadata`; tells of each file that is read. */
  readonly scan: (request: ScanRequest, placed: Placed) => Promise<PreparedScan>
  /** Every row goes. */
  readonly isWhole: boolean
}

/** Rows are changed in format version 2, which has delete files. */
export function assertChangeable({ 'format-version': version }: TableMetadata, table: string): void {
  if (version < 2)
    throw NotSupported({
      what: `changing rows of ${table}: Iceberg table updates require at least format version 2, and a table of version ${version}`,
      hint: 'write it anew by CREATE TABLE ... AS SELECT',
    })
}

export function prepareIcebergChange(change: IcebergChange): PreparedChange {
  const { engine, context, metadata, table } = change
  const rows = prepareIcebergWrite(change)
  const columns = currentSchema(metadata).fields.length
  const folder = `changes-${randomUUID()}`
  const planned = new Map<string, PlannedFile>()
  let conditions: readonly Condition[] = []
  const changes = sql`read_parquet([${literal(pathJoin(context.spool, 'out', folder, '0.parquet'))}])`

  async function newRows(): Promise<Written> {
    const names = Array.from({ length: columns }, (_, i) => identifier(`c${i + 3}`))
    const kept = sql`SELECT ${join(names)} FROM ${changes} WHERE c0 IN (${integer(OPERATION.update)}, ${integer(OPERATION.insert)})`
    await runInto(engine, context, rows.query(kept), rows.output)
    return rows.collect()
  }

  return {
    output: { folder, fieldIds: Array.from({ length: columns + 3 }, (_, i) => ({ name: `c${i}`, id: i + 1 })) },
    query: (select) => select,
    async scan(request, names) {
      conditions = toConditions(currentSchema(metadata), request.predicates)
      return change.scan(request, { names, told: (path, file) => planned.set(path, file) })
    },
    async commit() {
      const { touched, total, news } = await countChanges(engine, context, changes)
      const hit = [...touched].map(([path, count]) => ({ path, count, ...(planned.get(path) as PlannedFile) }))
      const isGone = (f: (typeof hit)[number]) =>
        f.count === f.file.recordCount && f.positionDeletes.length + f.equalityDeletes.length === 0
      const gone = change.isWhole ? [...planned.values()] : hit.filter(isGone)
      const partly = change.isWhole ? [] : hit.filter((f) => !isGone(f))
      const deletes: Deletes = await writeDeletes(engine, context, metadata.location, changes, partly)
      const { dataFiles, adopt }: Written = news > 0 ? await newRows() : { dataFiles: [], adopt: [] }
      const files: FileChange = {
        ...change,
        dataFiles,
        deleteFiles: deletes.files,
        removed: new Set(gone.map((f) => f.file.path)),
        adopt: [...adopt, ...deletes.adopt],
        validate: (now, tableFiles) => assertHolds({ table, base: metadata, touched: [...gone, ...partly], conditions }, now, tableFiles),
      }
      await commitFiles(files)
      return { rows: total }
    },
    async abort() {
      await rm(pathJoin(context.spool, 'out', folder), { recursive: true, force: true })
      await rows.abort()
    },
  }
}

/** By the path of each file that was read: how many of its rows change. Throws where one of them changes twice. */
async function countChanges(engine: IcebergChange['engine'], context: IcebergChange['context'], changes: Sql) {
  const query = sql`SELECT c1, count(*), count(DISTINCT c2), count(*) FILTER (WHERE c0 <> ${integer(OPERATION.delete)}) FROM ${changes} GROUP BY c1`
  const counts = await runRows<[string | null, number, number, number]>(engine, context, query, ['varchar', 'bigint', 'bigint', 'bigint'])
  const touched = new Map<string, number>()
  let [total, news] = [0, 0]
  for (const [path, count, distinct, written] of counts) {
    total += count
    news += written
    if (path === null) continue
    if (distinct < count)
      throw sqlError('MERGE_TARGET_ROW_MULTIPLE_MATCHES', undefined, 'One MERGE target table row matched more than one source row')
    touched.set(path, count)
  }
  return { touched, total, news }
}

/** Every file leaves the table; nothing is read. */
export async function truncateIceberg(write: IcebergWrite): Promise<void> {
  if (!currentSnapshot(write.metadata)) return
  await commitFiles({ ...write, dataFiles: [], adopt: [], removed: 'all' })
}
