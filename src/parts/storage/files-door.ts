// The lake's files over a private socket: lease objects into a query's folder, adopt what the query wrote, release.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { authorise, type Caller } from '#kit/access'
import type { Answer } from '#kit/answer'
import { readText } from '#kit/body'
import type { AkkoError } from '#kit/errors'
import { createPrivateApi, type PrivateHandler } from '#kit/private-api'
import { Corrupted, InvalidArgument, InvalidUriOfObject, NoSuchBucket, NoSuchKey, SealedNotLeased } from '#parts/storage/errors'
import { isSealed } from '#parts/storage/handlers/encryption'
import { assertKey, free } from '#parts/storage/handlers/shared'
import { toStorageError } from '#parts/storage/reply'
import type { Store } from '#parts/storage/request'
import type { Spools } from '#parts/storage/spools'
import type { NewObject } from '#parts/storage/store'
import { parseS3Uri } from '#wire/s3/uri'

interface FilesRequest {
  readonly caller: Caller
  readonly queryId: string
  readonly uris?: readonly string[]
  readonly files?: readonly { readonly path: string; readonly uri: string }[]
  readonly folder?: string
  readonly after?: string
  readonly before?: number
}

/** Whose queries may see each other's files: a name for a folder, the same for the same answer. */
export type TenantOf = (caller: Caller) => string

type FilesHandler = (store: Store, spools: Spools, request: FilesRequest, tenantOf: TenantOf) => Promise<unknown>

/** Below `/files/`. */
const HANDLERS: Readonly<Record<string, FilesHandler>> = {
  open: async (store, spools, { caller, queryId }, tenantOf) => {
    await mayUse(store, spools, caller, queryId)
    return { spool: await spools.open(queryId, caller.sub, tenantOf(caller)) }
  },
  lease,
  adopt,
  settle,
  discard,
  list,
  remove,
  release: async (store, spools, { caller, queryId }) => {
    await mayUse(store, spools, caller, queryId)
    await spools.close(queryId)
    return {}
  },
}

const BODY_LIMIT = 64 * 1024 * 1024

export function createFilesDoor(
  store: Store,
  spools: Spools,
  tenantOf: TenantOf,
): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const on =
    (handler: FilesHandler): PrivateHandler =>
    async ({ req }) => {
      const request = JSON.parse(await readText(req, BODY_LIMIT)) as FilesRequest
      if (typeof request.caller?.sub !== 'string' || typeof request.queryId !== 'string')
        throw InvalidArgument({ reason: 'caller and queryId are expected' })
      return handler(store, spools, request, tenantOf)
    }
  const routes = Object.fromEntries(Object.entries(HANDLERS).map(([name, handler]) => [`POST /files/${name}`, on(handler)]))
  return createPrivateApi({ log: store.log, routes, answer: (_error, _, thrown) => tell(toStorageError(thrown)) })
}

/** Its client makes the same error of it again. */
function tell({ status, code, message, hint, retryable, blame }: AkkoError): Answer {
  return { status, body: { error: { code, message, retryable, blame, ...(hint ? { hint } : {}) } } }
}

/** A query's folder is for who opened it. */
async function mayUse(store: Store, spools: Spools, caller: Caller, queryId: string): Promise<void> {
  await authorise(store.authoriser, caller, 'write', { kind: 'query', path: [queryId, spools.owner(queryId) ?? caller.sub] })
}

/** All are authorised before the first is linked; looking up and linking are one step, so a deletion comes before or after. */
async function lease(store: Store, spools: Spools, { caller, queryId, uris = [] }: FilesRequest): Promise<unknown> {
  await mayUse(store, spools, caller, queryId)
  const names = uris.map((uri) => ({ uri, ...objectOf(uri) }))
  for (const { bucket, key } of names) await authorise(store.authoriser, caller, 'read', { kind: 'object', path: [bucket, key] })
  return names.map(({ uri, bucket, key }) => {
    const record = store.index.object(bucket, key)
    if (!record) throw NoSuchKey({}, new Error(uri))
    if (record.broken) throw Corrupted({}, new Error(uri))
    if (isSealed(store, record.id)) throw SealedNotLeased({ what: uri })
    return { uri, path: spools.link(queryId, store.blobs.path(record.id), extensionOf(key)), size: record.size }
  })
}

/** All files become objects in one commit, or none does; they are on record as the query's until it settles or discards them. */
async function adopt(store: Store, spools: Spools, { caller, queryId, files = [] }: FilesRequest): Promise<unknown> {
  await mayUse(store, spools, caller, queryId)
  const wanted = files.map(({ path, uri }) => ({ path, ...objectOf(uri) }))
  for (const { bucket, key } of wanted) {
    await authorise(store.authoriser, caller, 'write', { kind: 'object', path: [bucket, key] })
    assertKey(key)
    if (!store.index.bucket(bucket)) throw NoSuchBucket({ bucket })
    if (store.index.setting(bucket, 'encryption'))
      throw SealedNotLeased({ what: `writing into ${bucket}, which encrypts what it is given` })
  }
  const objects: NewObject[] = []
  try {
    for (const { path, bucket, key } of wanted) {
      const from = spools.inside(queryId, path)
      const { etag, size } = await digestOf(from)
      const id = await store.blobs.adopt(from)
      const headers = { 'content-type': 'binary/octet-stream' }
      objects.push({ bucket, key, record: { id, size, etag, modified: Date.now(), headers, metadata: {} } })
    }
    const put = await store.index.adoptObjects(objects, { query: queryId, owner: caller.sub })
    if (put.outcome !== 'done') throw NoSuchBucket({ bucket: wanted[0]?.bucket ?? '' })
    free(store, put.freed)
  } catch (error) {
    free(
      store,
      objects.map((o) => o.record.id),
    )
    throw error
  }
  return {}
}

/** The query's commit went through and names these objects. */
async function settle(store: Store, _spools: Spools, { caller, queryId, uris = [] }: FilesRequest): Promise<unknown> {
  await store.index.settle(uris.map(objectOf), { query: queryId, owner: caller.sub })
  return {}
}

/** The query's commit is known to have failed: what it adopted goes. What it did not adopt, or has settled, stays. */
async function discard(store: Store, _spools: Spools, { caller, queryId, uris = [] }: FilesRequest): Promise<unknown> {
  const names = uris.map(objectOf)
  for (const { bucket, key } of names) await authorise(store.authoriser, caller, 'drop', { kind: 'object', path: [bucket, key] })
  const put = await store.index.discard(names, { query: queryId, owner: caller.sub })
  if (put.outcome === 'done') free(store, put.freed)
  return {}
}

/** Objects in one answer. */
const PAGE = 1000

/** One page of what lies below a folder, behind the object that was told last. */
async function list(store: Store, _spools: Spools, { caller, folder = '', after }: FilesRequest): Promise<unknown> {
  const { bucket, key: prefix } = objectOf(`${folder}/`)
  await authorise(store.authoriser, caller, 'list', { kind: 'object', path: [bucket, prefix] })
  if (!store.index.bucket(bucket)) throw NoSuchBucket({ bucket })
  const mark = after === undefined ? undefined : { name: objectOf(after).key }
  const { items, next } = store.index.list(bucket, { prefix, delimiter: '', after: mark, limit: PAGE })
  const files = items.map(({ name, value }) => ({ uri: `s3://${bucket}/${name}`, size: value.size, modified: value.modified }))
  return { files, more: next !== undefined }
}

/** Objects that were last written before then go; others, and those that are gone already, stay as they are. */
async function remove(store: Store, _spools: Spools, { caller, uris = [], before }: FilesRequest): Promise<unknown> {
  if (!Number.isSafeInteger(before)) throw InvalidArgument({ reason: 'before must be milliseconds' })
  const names = uris.map(objectOf)
  for (const { bucket, key } of names) await authorise(store.authoriser, caller, 'drop', { kind: 'object', path: [bucket, key] })
  const puts = await store.index.removeOlder(names, before as number)
  const done = puts.flatMap((put) => (put.outcome === 'done' ? [put] : []))
  free(
    store,
    done.flatMap(({ freed }) => freed),
  )
  return { removed: done.length }
}

async function digestOf(path: string): Promise<{ etag: string; size: number }> {
  const md5 = createHash('md5')
  let size = 0
  for await (const data of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    md5.update(data as Buffer)
    size += (data as Buffer).length
  }
  return { etag: md5.digest('hex'), size }
}

function objectOf(uri: string): { bucket: string; key: string } {
  const parsed = parseS3Uri(uri)
  if (!parsed) throw InvalidUriOfObject({ uri })
  return parsed
}

/** Kept, since an engine may tell the format by it. */
function extensionOf(key: string): string {
  const extension = extname(key)
  return /^\.[A-Za-z0-9]{1,16}$/.test(extension) ? extension : ''
}
