// The updates of a view's commit applied to its metadata, purely (REST protocol, ViewUpdate; checks as in the Java ViewMetadata.Builder).
import { overgrown } from '#wire/iceberg/budget'
import { Draft } from '#wire/iceberg/draft'
import { BadViewUpdate, CommitConflict } from '#wire/iceberg/errors'
import { assertSchema, schemaKey } from '#wire/iceberg/schema'
import type { Schema, SchemaInput } from '#wire/iceberg/types'
import { assertView, assertViewFormatVersion, currentVersion } from '#wire/iceberg/view-metadata'
import type { CreateViewRequest, ViewMetadata, ViewRequirement, ViewUpdate, ViewVersion } from '#wire/iceberg/view-types'

/** How many versions are kept, besides those that a commit adds. */
const HISTORY = 'version.history.num-entries'
const HISTORY_DEFAULT = 10
/** Whether a new version may leave out a dialect that the one before has. */
const DROP_DIALECT = 'replace.drop-dialect.allowed'
const LAST_ADDED = -1
const FIRST_VERSION = 1
const NO_VERSION = -1

/** What this commit added so far. */
interface Added {
  schema?: number
  version?: number
  readonly versions: Set<number>
  readonly draft: Draft
}

/** Metadata of a view that does not exist yet. */
export function createViewMetadata(
  request: CreateViewRequest,
  { uuid, location, now }: { readonly uuid: string; readonly location: string; readonly now: number },
): ViewMetadata {
  const empty: ViewMetadata = {
    'view-uuid': uuid,
    'format-version': 1,
    location,
    'current-version-id': NO_VERSION,
    versions: [],
    'version-log': [],
    schemas: [],
    properties: request.properties ?? {},
  }
  return applyViewUpdates(
    empty,
    [
      { action: 'add-schema', schema: request.schema },
      { action: 'add-view-version', 'view-version': { ...request['view-version'], 'schema-id': LAST_ADDED } },
      { action: 'set-current-view-version', 'view-version-id': LAST_ADDED },
    ],
    now,
  )
}

/** Throws CommitConflict where one does not hold. */
export function checkViewRequirements(metadata: ViewMetadata, requirements: readonly ViewRequirement[], view: string): void {
  for (const { uuid } of requirements)
    if (uuid.toLowerCase() !== metadata['view-uuid'])
      throw CommitConflict({
        table: view,
        detail: `view UUID does not match: expected ${metadata['view-uuid']} != ${uuid.toLowerCase()}`,
      })
}

/** The metadata after the updates; the input is not changed, and is given back when nothing changes. Throws BadViewUpdate. */
export function applyViewUpdates(metadata: ViewMetadata, updates: readonly ViewUpdate[], now: number): ViewMetadata {
  const added: Added = { versions: new Set(), draft: new Draft() }
  const result = updates.reduce((state, update) => apply(state, update, added, now), metadata)
  if (result === metadata) return metadata
  const much = overgrown(metadata.versions.length > 0 ? metadata : undefined, result)
  if (much) throw BadViewUpdate({ reason: `the view is refused: ${much}` })
  const kept = withinHistory(result, added.versions)
  assertView(kept)
  if (metadata.versions.length > 0) assertDialectsKept(metadata, kept)
  return kept
}

function apply(m: ViewMetadata, u: ViewUpdate, added: Added, now: number): ViewMetadata {
  switch (u.action) {
    case 'assign-uuid': {
      if (u.uuid.toLowerCase() !== m['view-uuid']) throw BadViewUpdate({ reason: 'Cannot reassign uuid' })
      return m
    }
    case 'upgrade-format-version':
      assertViewFormatVersion(u['format-version'])
      return m
    case 'add-schema':
      return addSchema(m, u.schema, added)
    case 'set-location': {
      const location = u.location.replace(/\/+$/, '')
      return location === m.location ? m : { ...m, location }
    }
    case 'set-properties':
      return Object.keys(u.updates).length === 0 ? m : { ...m, properties: added.draft.merged(m.properties, u.updates) }
    case 'remove-properties':
      return u.removals.some((name) => Object.hasOwn(m.properties, name))
        ? { ...m, properties: added.draft.without(m.properties, u.removals) }
        : m
    case 'add-view-version':
      return addVersion(m, u['view-version'], added)
    case 'set-current-view-version':
      return setCurrent(m, u['view-version-id'], added, now)
    default:
      throw BadViewUpdate({ reason: `update ${(u as { action: unknown }).action} is not served here` })
  }
}

function addSchema(m: ViewMetadata, input: SchemaInput, added: Added): ViewMetadata {
  assertSchema(input)
  const { known, next } = added.draft.look(m.schemas, schemaKey(input), schemaKey, schemaId)
  const id = known?.['schema-id'] ?? next
  added.schema = id
  const schema: Schema = { ...input, type: 'struct', 'schema-id': id }
  return known ? m : { ...m, schemas: added.draft.plus(m.schemas, schema, schemaId) }
}

function addVersion(m: ViewMetadata, given: ViewVersion, added: Added): ViewMetadata {
  const schemaId = given['schema-id'] === LAST_ADDED ? added.schema : given['schema-id']
  if (schemaId === undefined) throw BadViewUpdate({ reason: 'Cannot set last added schema: no schema has been added' })
  const wanted: ViewVersion = { ...given, 'schema-id': schemaId }
  const { known, next } = added.draft.look(m.versions, versionKey(wanted), versionKey, versionId)
  if (known) {
    added.version = known['version-id']
    return m
  }
  const id = Math.max(FIRST_VERSION, next)
  added.version = id
  added.versions.add(id)
  return { ...m, versions: added.draft.plus(m.versions, { ...wanted, 'version-id': id }, versionId) }
}

function setCurrent(m: ViewMetadata, wanted: number, added: Added, now: number): ViewMetadata {
  const id = wanted === LAST_ADDED ? added.version : wanted
  if (id === undefined) throw BadViewUpdate({ reason: 'Cannot set last version id: no current version id has been set' })
  if (id === m['current-version-id']) return m
  const version = m.versions.find((v) => v['version-id'] === id)
  if (!version) throw BadViewUpdate({ reason: `Cannot set current version to unknown version: ${id}` })
  const at = added.versions.has(id) ? version['timestamp-ms'] : now
  return { ...m, 'current-version-id': id, 'version-log': [...m['version-log'], { 'timestamp-ms': at, 'version-id': id }] }
}

/** The newest versions and the current one; the log from the last version that is gone. */
function withinHistory(m: ViewMetadata, addedNow: ReadonlySet<number>): ViewMetadata {
  const limit = Number(m.properties[HISTORY] ?? HISTORY_DEFAULT)
  if (!Number.isInteger(limit) || limit <= 0)
    throw BadViewUpdate({ reason: `${HISTORY} must be positive but was ${m.properties[HISTORY]}` })
  const most = Math.max(limit, addedNow.size)
  if (m.versions.length <= most) return m
  const current = m['current-version-id']
  const newest = m.versions
    .map((v) => v['version-id'])
    .filter((id) => id !== current)
    .sort((a, b) => b - a)
    .slice(0, most - 1)
  const kept = new Set([current, ...newest])
  const gap = m['version-log'].findLastIndex((entry) => !kept.has(entry['version-id']))
  return { ...m, versions: m.versions.filter((v) => kept.has(v['version-id'])), 'version-log': m['version-log'].slice(gap + 1) }
}

function assertDialectsKept(before: ViewMetadata, after: ViewMetadata): void {
  if (before['current-version-id'] === after['current-version-id'] || after.properties[DROP_DIALECT] === 'true') return
  const [previous, next] = [before, after].map((m) =>
    currentVersion(m)
      .representations.map((r) => r.dialect.toLowerCase())
      .sort(),
  )
  if (previous?.every((dialect) => next?.includes(dialect))) return
  throw BadViewUpdate({
    reason: `Cannot replace view due to loss of view dialects (${DROP_DIALECT}=false):\nPrevious dialects: [${previous}]\nNew dialects: [${next}]`,
  })
}

const schemaId = (s: Schema) => s['schema-id']
const versionId = (v: ViewVersion) => v['version-id']
/** Alike for versions that say the same; id and time do not count. */
const versionKey = (v: ViewVersion) =>
  JSON.stringify([
    Object.entries(v.summary).sort(([x], [y]) => (x < y ? -1 : 1)),
    v.representations.map((r) => [r.type, r.sql, r.dialect]),
    v['default-catalog'] ?? null,
    v['default-namespace'],
    v['schema-id'],
  ])
