// View metadata as a whole: a new view's, and the reading, checking and printing of files (Iceberg view spec, version 1).
import { z } from 'zod'
import { MANY, overlong } from '#wire/iceberg/budget'
import { BadUpdate, BadViewUpdate, InvalidMetadata } from '#wire/iceberg/errors'
import { parseJson, printJson } from '#wire/iceberg/json'
import { assertSchema } from '#wire/iceberg/schema'
import { implausible, maybe, misplaced, misshapen, schema, texts } from '#wire/iceberg/shapes'
import type { Schema } from '#wire/iceberg/types'
import type { ViewMetadata, ViewVersion } from '#wire/iceberg/view-types'

/** Trino's: with whose rights the view is read; without it, with those of who reads it. */
export const RUN_AS_OWNER = 'trino.run-as-owner'

const id = z.int().min(0).max(2_147_483_647)
const millis = z.int().min(0)
const representation = z.object({ type: z.string().min(1), sql: z.string(), dialect: z.string().min(1) })

/** A version as clients send it: `-1` for the schema that was added last. */
export const viewVersion = z.object({
  'version-id': z.int().min(-1).max(2_147_483_647),
  'timestamp-ms': millis,
  'schema-id': z.int().min(-1).max(2_147_483_647),
  summary: texts,
  representations: z.array(representation).max(MANY),
  'default-catalog': maybe(z.string()),
  'default-namespace': z.array(z.string()),
})

const viewFile = z.looseObject({
  'view-uuid': z.guid(),
  'format-version': z.int(),
  location: z.string().min(1),
  'current-version-id': id,
  versions: z.array(viewVersion).min(1).max(MANY),
  'version-log': z.array(z.looseObject({ 'timestamp-ms': millis, 'version-id': id })).max(MANY),
  schemas: z.array(schema).min(1).max(MANY),
  properties: texts.nullish(),
})

/** A metadata file as complete, valid metadata. Throws InvalidMetadata when it is not one. */
export function readViewMetadata(text: string): ViewMetadata {
  const deep = overlong(text, Number.POSITIVE_INFINITY)
  if (deep) throw InvalidMetadata({ reason: deep })
  let raw: unknown
  try {
    raw = parseJson(text)
  } catch (error) {
    throw InvalidMetadata({ reason: 'it is not JSON' }, error)
  }
  const fault = implausible(raw) ?? misshapen(viewFile, raw)
  if (fault) throw InvalidMetadata({ reason: `not a view metadata file of Iceberg: ${fault}` })
  const file = raw as ViewMetadata
  const metadata: ViewMetadata = {
    'view-uuid': file['view-uuid'].toLowerCase(),
    'format-version': 1,
    location: file.location.replace(/\/+$/, ''),
    'current-version-id': file['current-version-id'],
    versions: file.versions,
    'version-log': file['version-log'],
    schemas: file.schemas.map((s) => ({ ...s, 'schema-id': s['schema-id'] ?? 0 })),
    properties: file.properties ?? {},
  }
  try {
    assertViewFormatVersion(file['format-version'])
    assertView(metadata)
  } catch (error) {
    throw BadUpdate.is(error) || BadViewUpdate.is(error) ? InvalidMetadata({ reason: error.values.reason }, error) : error
  }
  return metadata
}

export function printViewMetadata(metadata: ViewMetadata): string {
  return printJson(metadata)
}

export function assertViewFormatVersion(version: number): void {
  if (version !== 1) throw BadViewUpdate({ reason: `Unsupported format version: v${version}` })
}

/** Throws BadUpdate with the first fault. */
export function assertView(m: ViewMetadata): void {
  const fault = misplaced(m.location)
  if (fault) throw BadViewUpdate({ reason: fault })
  const schemas = new Set(m.schemas.map((s) => s['schema-id']))
  if (schemas.size !== m.schemas.length) throw BadViewUpdate({ reason: 'two schemas have one id' })
  for (const schema of m.schemas) assertSchema(schema)
  const versions = new Set(m.versions.map((v) => v['version-id']))
  if (versions.size !== m.versions.length) throw BadViewUpdate({ reason: 'two view versions have one id' })
  for (const version of m.versions) {
    if (!schemas.has(version['schema-id']))
      throw BadViewUpdate({ reason: `Cannot add version with unknown schema: ${version['schema-id']}` })
    assertDialects(version)
  }
  if (!versions.has(m['current-version-id']))
    throw BadViewUpdate({ reason: `Cannot set current version to unknown version: ${m['current-version-id']}` })
}

function assertDialects({ representations }: ViewVersion): void {
  if (representations.length === 0) throw BadViewUpdate({ reason: 'Invalid view version: it has no representation' })
  const seen = new Set<string>()
  for (const { type, dialect } of representations) {
    if (type !== 'sql') throw BadViewUpdate({ reason: `Invalid view version: a representation of type ${type} is not known` })
    const name = dialect.toLowerCase()
    if (seen.has(name)) throw BadViewUpdate({ reason: `Invalid view version: Cannot add multiple queries for dialect ${name}` })
    seen.add(name)
  }
}

export function currentVersion(m: ViewMetadata): ViewVersion {
  const found = m.versions.find((v) => v['version-id'] === m['current-version-id'])
  if (!found) throw BadViewUpdate({ reason: `view version ${m['current-version-id']} is not in the metadata` })
  return found
}

export function currentViewSchema(m: ViewMetadata): Schema {
  const wanted = currentVersion(m)['schema-id']
  const found = m.schemas.find((s) => s['schema-id'] === wanted)
  if (!found) throw BadViewUpdate({ reason: `schema ${wanted} is not in the metadata` })
  return found
}
