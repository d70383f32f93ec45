// The procedures of a table, by Trino's names and with its least ages.
import { parseDataSize, parseDuration, type Quantity } from '#kit/quantity'
import { commitFiles } from '#parts/sql/connectors/iceberg/commit'
import { assertCollectable, expireIceberg } from '#parts/sql/connectors/iceberg/expire'
import type { Held } from '#parts/sql/connectors/iceberg/held'
import { mergeable } from '#parts/sql/connectors/iceberg/merge'
import { assertRewritable, optimizeIceberg, SMALL } from '#parts/sql/connectors/iceberg/optimize'
import { orphansOf } from '#parts/sql/connectors/iceberg/orphans'
import { readManifests, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { IcebergWrite } from '#parts/sql/connectors/iceberg/write'
import { sqlError } from '#parts/sql/errors'
import type { ProcedureValues, QueryContext, TableProcedure } from '#parts/sql/ports'
import type { TableMetadata } from '#wire/iceberg/types'

/** Milliseconds. */
export const WEEK = 7 * 24 * 3_600_000

export interface ProcedureDeps {
  /** Asks whether the caller may write the table. */
  written(context: QueryContext, schema: string, table: string): Promise<IcebergWrite>
  filesOf(context: QueryContext, table: string, metadata: TableMetadata): TableFiles
  held: Held
  /** Errors of the catalogue as those of the statement. */
  translated<T>(schema: string, table: string, work: Promise<T>): Promise<T>
}

type Begun = IcebergWrite & { readonly tableFiles: TableFiles }

export function createProcedures(deps: ProcedureDeps): Readonly<Record<string, TableProcedure>> {
  const procedure = (
    parameters: TableProcedure['parameters'],
    run: (begun: Begun, given: ProcedureValues) => Promise<void>,
    filtered = false,
  ): TableProcedure => ({
    parameters,
    filtered,
    async run(context, schema, table, given) {
      const write = await deps.written(context, schema, table)
      const tableFiles = deps.filesOf(context, write.table, write.metadata)
      await deps.translated(schema, table, run({ ...write, tableFiles }, given))
    },
  })
  return {
    optimize: procedure(
      { file_size_threshold: 'size' },
      ({ tableFiles, ...write }, { values, session }) => {
        const most = session.optimize_max_bytes === undefined ? undefined : parseDataSize(session.optimize_max_bytes)
        if (typeof most === 'string')
          throw sqlError('INVALID_SESSION_PROPERTY', undefined, `Session property 'iceberg.optimize_max_bytes' is invalid: ${most}`)
        const small = values.file_size_threshold?.value ?? SMALL
        return optimizeIceberg(write, tableFiles, { small, ...(most === undefined ? {} : { most: most.value }) })
      },
      true,
    ),
    optimize_manifests: procedure({}, async ({ tableFiles, ...write }) => {
      assertRewritable(write.metadata, write.table)
      const manifests = await readManifests(write.metadata, tableFiles)
      if (mergeable(write.metadata, manifests).length === 0) return
      await commitFiles({ ...write, dataFiles: [], adopt: [], merges: true, rewrites: true })
    }),
    expire_snapshots: procedure({ retention_threshold: 'duration' }, ({ lake, context, ident, table, metadata }, given) => {
      const age = ageOf('expire_snapshots', 'expire-snapshots', given)
      const filesOf = (m: TableMetadata) => deps.filesOf(context, table, m)
      return expireIceberg({ lake, caller: context.caller, ident, table, filesOf, held: () => deps.held.of(metadata.location) }, age)
    }),
    remove_orphan_files: procedure({ retention_threshold: 'duration' }, async ({ lake, context, ident, metadata, tableFiles }, given) => {
      const before = Date.now() - ageOf('remove_orphan_files', 'remove-orphan-files', given)
      assertCollectable(metadata, 'remove orphan files')
      const orphans = await orphansOf(() => lake.loadTable(context.caller, ident), tableFiles, before)
      await tableFiles.remove(
        orphans.map((o) => o.uri),
        before,
      )
    }),
  }
}

const TRINO_LEAST: Quantity = { value: WEEK, printed: '7.00d' }

/** Milliseconds. Throws where it is less than the session allows. */
function ageOf(procedure: string, property: string, { values, session }: ProcedureValues): number {
  const name = `${procedure}_min_retention`
  const least = session[name] === undefined ? TRINO_LEAST : parseDuration(session[name])
  if (typeof least === 'string')
    throw sqlError('INVALID_SESSION_PROPERTY', undefined, `Session property 'iceberg.${name}' is invalid: ${least}`)
  const asked = values.retention_threshold ?? TRINO_LEAST
  if (asked.value < least.value)
    throw sqlError(
      'INVALID_PROCEDURE_ARGUMENT',
      undefined,
      `Retention specified (${asked.printed}) is shorter than the minimum retention configured in the system (${least.printed}). Minimum retention can be changed with iceberg.${property}.min-retention configuration property or iceberg.${name} session property`,
    )
  return asked.value
}
