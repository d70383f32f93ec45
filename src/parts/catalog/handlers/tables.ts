// Tables over HTTP: load with or without keys, create, commit, drop, rename, register.
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { readBody, readCommit, readCreateTable, readTransaction, shapes } from '#parts/catalog/bodies'
import { BadRequest } from '#parts/catalog/errors'
import { bodyText, type Env, json, LEVEL_SEPARATOR, namespaceOf, paginate, param, tableOf } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import { toWire } from '#wire/iceberg/metadata'
import { isCreate, type LoadTableResult, type StorageCredential, type TableIdent } from '#wire/iceberg/rest'
import { namesEver } from '#wire/iceberg/schema'
import type { TableMetadata } from '#wire/iceberg/types'

type C = Context<Env>

const DELEGATION = 'x-iceberg-access-delegation'
const VENDED = 'vended-credentials'
const OBJECT_STORE = 's3://'
/** Where Iceberg's clients get the next keys before these end. */
const REFRESH = 'client.refresh-credentials-endpoint'
const ALL = 'all'
const REFS = 'refs'

export async function listTables(c: C): Promise<Response> {
  const all = await c.get('operations').listTables(c.get('caller'), namespaceOf(c))
  const { items, next } = paginate(c, all, (t) => t.name)
  return json(c, { identifiers: items, ...(next ? { 'next-page-token': next } : {}) })
}

export function createTable({ vend }: Pick<CatalogDeps, 'vend'>) {
  return async (c: C): Promise<Response> => {
    const request = readCreateTable(await bodyText(c))
    const ident = { namespace: namespaceOf(c), name: request.name }
    // Who gets no keys for it is told before it is there.
    if (wantsKeys(c)) await c.get('operations').asks.mustFiles(c.get('caller'), ident, namesEver([request.schema]))
    const made = await c.get('operations').createTable(c.get('caller'), ident.namespace, request)
    return answer(c, made, wantsKeys(c) ? await keysFor(c, vend, ident, made) : [])
  }
}

/** Of a table that was made or registered before under the name in the body. */
export function madeBefore({ vend }: Pick<CatalogDeps, 'vend'>) {
  return async (c: C): Promise<Response> => {
    const { name } = readBody(shapes.named, await bodyText(c))
    return loaded(c, vend, { namespace: namespaceOf(c), name })
  }
}

export function loadTable({ vend }: Pick<CatalogDeps, 'vend'>) {
  return (c: C): Promise<Response> => loaded(c, vend, tableOf(c))
}

async function loaded(c: C, vend: CatalogDeps['vend'], ident: TableIdent): Promise<Response> {
  const found = await c.get('operations').loadTable(c.get('caller'), ident)
  const etag = etagOf(found, snapshotsOf(c))
  if (wantsKeys(c)) return answer(c, found, await keysFor(c, vend, ident, found), etag)
  await c.get('operations').mustSeeStates(c.get('caller'), ident, found.metadata)
  if (etag && isHeld(c.req.header('if-none-match'), etag)) return c.body(null, 304, { etag })
  return answer(c, found, [], etag)
}

export function loadCredentials({ vend }: Pick<CatalogDeps, 'vend'>) {
  return async (c: C): Promise<Response> => {
    const ident = tableOf(c)
    const found = await c.get('operations').loadTable(c.get('caller'), ident)
    return json(c, { 'storage-credentials': await keysFor(c, vend, ident, found) })
  }
}

export async function headTable(c: C): Promise<Response> {
  await c.get('operations').headTable(c.get('caller'), tableOf(c))
  return c.body(null, 204)
}

export async function commitTable(c: C): Promise<Response> {
  const request = readCommit(await bodyText(c))
  const [operations, caller, ident] = [c.get('operations'), c.get('caller'), tableOf(c)]
  // Its answer is the metadata; that of a transaction is not.
  if (!isCreate(request)) await operations.mustSeeStates(caller, ident, (await operations.loadTable(caller, ident)).metadata)
  const done = await operations.commitTable(caller, ident, request)
  return json(c, { ...done, metadata: toWire(done.metadata) }, 200, { etag: etagOf(done, ALL) as string })
}

export async function committedBefore(c: C): Promise<Response> {
  const [operations, caller, ident] = [c.get('operations'), c.get('caller'), tableOf(c)]
  const now = await operations.loadTable(caller, ident)
  await operations.mustSeeStates(caller, ident, now.metadata)
  return json(c, { ...now, metadata: toWire(now.metadata) }, 200, { etag: etagOf(now, ALL) as string })
}

export async function commitTransaction(c: C): Promise<Response> {
  const changes = readTransaction(await bodyText(c))
  await c.get('operations').commitTransaction(
    c.get('caller'),
    changes.map(({ identifier, ...request }) => ({ ident: identifier, request })),
  )
  return c.body(null, 204)
}

export async function dropTable(c: C): Promise<Response> {
  const purge = c.req.query('purgeRequested')?.toLowerCase() === 'true'
  await c.get('operations').dropTable(c.get('caller'), tableOf(c), { purge })
  return c.body(null, 204)
}

export async function renameTable(c: C): Promise<Response> {
  const { source, destination } = readBody(shapes.rename, await bodyText(c))
  await c.get('operations').renameTable(c.get('caller'), source, destination)
  return c.body(null, 204)
}

export function registerTable({ vend }: Pick<CatalogDeps, 'vend'>) {
  return async (c: C): Promise<Response> => {
    const body = readBody(shapes.register, await bodyText(c))
    const ident = { namespace: namespaceOf(c), name: body.name }
    const made = await c.get('operations').registerTable(c.get('caller'), ident, body['metadata-location'], body.overwrite ?? false)
    return answer(c, made, wantsKeys(c) ? await keysFor(c, vend, ident, made) : [])
  }
}

/** Scan and commit reports of clients; taken so that they need not be switched off there. */
export async function reportMetrics(c: C): Promise<Response> {
  await c.get('operations').headTable(c.get('caller'), tableOf(c))
  return c.body(null, 204)
}

function wantsKeys(c: C): boolean {
  return (c.req.header(DELEGATION) ?? '')
    .split(',')
    .map((s) => s.trim())
    .includes(VENDED)
}

async function keysFor(c: C, vend: CatalogDeps['vend'], ident: TableIdent, table: LoadTableResult): Promise<readonly StorageCredential[]> {
  const { metadata } = table
  const caller = c.get('caller')
  const operations = c.get('operations')
  const lend = vend(caller)
  const mode = await operations.asks.filesMode(caller, ident, await operations.namesInFiles(metadata))
  if (!metadata.location.startsWith(OBJECT_STORE)) return []
  const prefix = `${metadata.location}/`
  const lent = await lend({ prefixes: [prefix], mode })
  // A staged table is nowhere: there are no next keys for it, and a client that asked for them would be told so and give up.
  const isThere = table['metadata-location'] !== undefined
  return [{ prefix, config: { ...lent, ...(isThere ? { [REFRESH]: credentialsPath(param(c, 'prefix'), ident) } : {}) } }]
}

/** Below the address that the client has for the catalogue. */
function credentialsPath(prefix: string, { namespace, name }: TableIdent): string {
  const [catalog, levels, table] = [prefix, namespace.join(LEVEL_SEPARATOR), name].map(encodeURIComponent)
  return `v1/${catalog}/namespaces/${levels}/tables/${table}/credentials`
}

function answer(c: C, result: LoadTableResult, keys: readonly StorageCredential[], etag = etagOf(result, ALL)): Response {
  const metadata = snapshotsOf(c) === REFS ? onlyReferenced(result.metadata) : result.metadata
  const body = {
    ...(result['metadata-location'] ? { 'metadata-location': result['metadata-location'] } : {}),
    metadata: toWire(metadata),
    config: keys[0]?.config ?? {},
    ...(keys.length > 0 ? { 'storage-credentials': keys } : {}),
  }
  return json(c, body, 200, etag ? { etag } : {})
}

function onlyReferenced(metadata: TableMetadata): TableMetadata {
  const kept = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']))
  return { ...metadata, snapshots: metadata.snapshots.filter((s) => kept.has(s['snapshot-id'])) }
}

/** Which snapshots the client wants to be told. */
function snapshotsOf(c: C): string {
  const wanted = c.req.query('snapshots') || ALL
  if (wanted !== ALL && wanted !== REFS) throw BadRequest({ reason: `snapshots ${wanted} is neither ${ALL} nor ${REFS}` })
  return wanted
}

/** If-None-Match (RFC 9110): any of a list, compared weakly. */
function isHeld(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return (header ?? '').split(',').some((tag) => opaque(tag) === opaque(etag) || opaque(tag) === '*')
}

function etagOf(result: LoadTableResult, snapshots: string): string | undefined {
  const file = result['metadata-location']
  return file && `W/"${createHash('sha256').update(`${file} ${snapshots}`).digest('base64url').slice(0, 22)}"`
}
