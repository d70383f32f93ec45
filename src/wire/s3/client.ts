// One client of S3 for our own parts: objects of buckets by path, with one key.
import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import { encodePath } from '#wire/s3/uri'
import { parseXml, printXml, S3_NAMESPACE } from '#wire/s3/xml'

export interface S3Access {
  /** `http://127.0.0.1:8333`; buckets are addressed by path. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
}

export interface S3Objects {
  /** Undefined when there is no such object. */
  get(bucket: string, key: string): Promise<Response | undefined>
  /** `onlyNew`: answers false where an object is already there, and leaves it. */
  put(bucket: string, key: string, body: string | Uint8Array, options: { readonly type: string; readonly onlyNew?: true }): Promise<boolean>
  remove(bucket: string, keys: readonly string[]): Promise<void>
  /** Keys that begin so. */
  list(bucket: string, prefix: string): Promise<string[]>
  /** All objects whose keys begin so. */
  removeBelow(bucket: string, prefix: string): Promise<void>
}

const RETRIES = 3
/** Of one request with its retries; milliseconds. */
const TIMEOUT = 30_000
/** Keys of one DeleteObjects request. */
const DELETE_BATCH = 1000

export function createS3Objects({ endpoint, region, accessKeyId, secretAccessKey }: S3Access): S3Objects {
  const client = new AwsClient({ accessKeyId, secretAccessKey: secretAccessKey.reveal(), service: 's3', region, retries: RETRIES })
  const base = endpoint.replace(/\/+$/, '')

  const send = (method: string, path: string, init: { body?: string | Uint8Array; headers?: Record<string, string> } = {}) =>
    client.fetch(`${base}/${path}`, {
      method,
      headers: { ...init.headers, traceparent: traceparent() },
      ...(init.body === undefined ? {} : { body: init.body as string }),
      signal: AbortSignal.timeout(TIMEOUT),
    })
  const pathOf = (bucket: string, key: string) => `${bucket}/${encodePath(key)}`
  const uri = (bucket: string, key: string) => `s3://${bucket}/${key}`

  // By DeleteObjects, with the keys in the body: in a URL a key such as `a/../b` would become another one.
  const remove = async (bucket: string, keys: readonly string[]): Promise<void> => {
    for (let from = 0; from < keys.length; from += DELETE_BATCH) {
      const batch = keys.slice(from, from + DELETE_BATCH)
      const body = printXml('Delete', { Quiet: true, Object: batch.map((Key) => ({ Key })) }, S3_NAMESPACE)
      const response = await send('POST', `${bucket}?delete=`, {
        body,
        headers: { 'content-type': 'application/xml', 'content-md5': createHash('md5').update(body).digest('base64') },
      })
      if (!response.ok) throw await failure('remove from', bucket, response)
      const answer = await response.text()
      if (answer.includes('<Error>')) throw new Error(`could not remove from ${bucket}: ${answer.slice(0, 500)}`)
    }
  }

  const list = async (bucket: string, prefix: string): Promise<string[]> => {
    const keys: string[] = []
    for (let token: string | undefined; ; ) {
      const query = new URLSearchParams({ 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) })
      const response = await send('GET', `${bucket}?${query}`)
      if (!response.ok) throw await failure('list', uri(bucket, prefix), response)
      const listing = parseXml(await response.text(), 'ListBucketResult') as {
        Contents?: { Key: string } | { Key: string }[]
        IsTruncated?: unknown
        NextContinuationToken?: unknown
      }
      keys.push(...[listing.Contents ?? []].flat().map((entry) => String(entry.Key)))
      if (String(listing.IsTruncated) !== 'true') return keys
      token = String(listing.NextContinuationToken)
    }
  }

  return {
    get: async (bucket, key) => {
      const response = await send('GET', pathOf(bucket, key))
      if (response.ok) return response
      if (response.status !== 404) throw await failure('read', uri(bucket, key), response)
      await response.body?.cancel()
      return undefined
    },
    put: async (bucket, key, body, { type, onlyNew }) => {
      const headers = { 'content-type': type, ...(onlyNew ? { 'if-none-match': '*' } : {}) }
      const response = await send('PUT', pathOf(bucket, key), { body, headers })
      if (!response.ok && response.status !== 412) throw await failure('write', uri(bucket, key), response)
      await response.body?.cancel()
      return response.ok
    },
    remove,
    list,
    removeBelow: async (bucket, prefix) => remove(bucket, await list(bucket, prefix)),
  }
}

async function failure(what: string, where: string, response: Response): Promise<Error> {
  const text = (await response.text()).slice(0, 500)
  return new Error(`could not ${what} ${where}: status ${response.status} ${text}`)
}
