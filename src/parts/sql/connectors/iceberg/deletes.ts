// Position delete files as Trino writes them: one for each data file, sorted, with the path of that file alone.

import { randomUUID } from 'node:crypto'
import { join as pathJoin } from 'node:path'
import type { PlannedFile } from '#parts/sql/connectors/iceberg/snapshot'
import { describeFiles, type WrittenFile } from '#parts/sql/connectors/iceberg/statistics'
import { filesBelow, keyName } from '#parts/sql/connectors/iceberg/write'
import { runInto } from '#parts/sql/connectors/runs'
import type { Engine, QueryContext } from '#parts/sql/ports'
import { identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { encodeValue } from '#wire/iceberg/bounds'
import type { DataFile } from '#wire/iceberg/manifest/types'
import type { PartitionSpec, Schema } from '#wire/iceberg/types'

export interface Deletes {
  readonly files: readonly { readonly specId: number; readonly file: DataFile }[]
  readonly adopt: readonly { readonly path: string; readonly uri: string }[]
}

/** Reserved field ids of position delete files (spec, "Reserved Field IDs"). */
export const PATH_ID = 2147483546
export const POSITION_ID = 2147483545
const SCHEMA: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: PATH_ID, name: 'file_path', type: 'string', required: true },
    { id: POSITION_ID, name: 'pos', type: 'long', required: true },
  ],
}
const UNPARTITIONED: PartitionSpec = { 'spec-id': 0, fields: [] }

/** `changes` has the local path of a row's file in c1 and its position in c2; `files` are those of which rows go. */
export async function writeDeletes(
  engine: Pick<Engine, 'run'>,
  context: QueryContext,
  location: string,
  changes: Sql,
  files: readonly (PlannedFile & { readonly path: string })[],
): Promise<Deletes> {
  if (files.length === 0) return { files: [], adopt: [] }
  const name = `deletes-${randomUUID()}`
  const paths = sql`(VALUES ${join(files.map((f, i) => sql`(${literal(f.path)}, ${literal(f.file.path)}, ${integer(i)})`))}) n(path, uri, file)`
  // The positions of a file stand in one list, so that whoever writes them has them in order.
  const lists = sql`SELECT n.file, n.uri, list(c.c2 ORDER BY c.c2) AS positions FROM ${changes} c JOIN ${paths} ON c.c1 = n.path GROUP BY n.file, n.uri`
  await runInto(
    engine,
    context,
    sql`SELECT uri AS file_path, unnest(positions) AS pos, file AS ${identifier(keyName(0))} FROM (${lists})`,
    {
      folder: name,
      fieldIds: SCHEMA.fields.map((f) => ({ name: f.name, id: f.id })),
      partitionBy: [keyName(0)],
    },
  )
  const written = await filesBelow(pathJoin(context.spool, 'out', name))
  const uriOf = (file: WrittenFile) => `${location}/data/${file.uriName}`
  const described = await describeFiles(engine, context, written, SCHEMA, UNPARTITIONED, uriOf)
  const byUri = new Map(written.map((file) => [uriOf(file), file]))
  return {
    files: described.map((file) => {
      const of = files[Number(/=(\d+)$/.exec(byUri.get(file.path)?.folders[0] ?? '')?.[1])] as PlannedFile
      return { specId: of.spec['spec-id'], file: deleteFile(file, of) }
    }),
    adopt: written.map((file) => ({ path: file.path, uri: uriOf(file) })),
  }
}

function deleteFile({ sortOrderId: _, ...file }: DataFile, of: PlannedFile): DataFile {
  const path = encodeValue(of.file.path, 'string')
  return {
    ...file,
    content: 'position-deletes',
    partition: of.file.partition,
    lowerBounds: new Map(file.lowerBounds).set(PATH_ID, path),
    upperBounds: new Map(file.upperBounds).set(PATH_ID, path),
  }
}
