// Metadata files in an S3 store, with the catalogue's own key.
import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import type { MetadataFiles } from '#parts/catalog/ports'
import { encodePath } from '#wire/s3/uri'
import { parseXml, printXml, S3_NAMESPACE } from '#wire/s3/xml'

export interface S3FilesDeps {
  /** `http://127.0.0.1:8333`; buckets are addressed by path. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
}

const SERVICE = 's3'
const RETRIES = 3
/** Of one request with its retries; milliseconds. */
const TIMEOUT = 30_000
/** Keys of one DeleteObjects request. */
const DELETE_BATCH = 1000

export function createS3MetadataFiles({ endpoint, region, accessKeyId, secretAccessKey }: S3FilesDeps): MetadataFiles {
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    service: SERVICE,
    region,
    retries: RETRIES,
  })
  const base = endpoint.replace(/\/+$/, '')

  const send = async (method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}): Promise<Response> =>
    client.fetch(`${base}/${path}`, {
      method,
      ...init,
      headers: { ...init.headers, traceparent: traceparent() },
      signal: AbortSignal.timeout(TIMEOUT),
    })

  const read = async (uri: string): Promise<string> => {
    const response = await send('GET', pathOf(uri))
    if (!response.ok) throw await failure('read', uri, response)
    return response.text()
  }

  // By DeleteObjects, with the keys in the body: in a URL a key such as `a/../b` would become another one.
  const removeKeys = async (bucket: string, keys: readonly string[]): Promise<void> => {
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

  return {
    scheme: 's3',
    read,
    write: async (uri, text) => {
      const response = await send('PUT', pathOf(uri), { body: text, headers: { 'content-type': 'application/json', 'if-none-match': '*' } })
      if (response.ok) return
      // A retry after a lost answer finds its own file.
      if (response.status === 412 && (await read(uri)) === text) return
      throw await failure('write', uri, response)
    },
    remove: async (uris) => {
      const parsed = uris.map(parseUri)
      for (const bucket of new Set(parsed.map((p) => p.bucket)))
        await removeKeys(
          bucket,
          parsed.filter((p) => p.bucket === bucket).map((p) => p.key),
        )
    },
    removeBelow: async (uri) => {
      const { bucket, key: prefix } = parseUri(`${uri.replace(/\/+$/, '')}/`)
      for (;;) {
        const query = new URLSearchParams({ 'list-type': '2', prefix })
        const response = await send('GET', `${bucket}?${query}`)
        if (!response.ok) throw await failure('list', uri, response)
        const listing = parseXml(await response.text(), 'ListBucketResult') as {
          Contents?: { Key: string } | { Key: string }[]
          IsTruncated?: unknown
        }
        const keys = [listing.Contents ?? []].flat().map((entry) => String(entry.Key))
        await removeKeys(bucket, keys)
        if (String(listing.IsTruncated) !== 'true' || keys.length === 0) return
      }
    },
  }
}

function parseUri(uri: string): { readonly bucket: string; readonly key: string } {
  const match = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri)
  if (!match?.[1]) throw new Error(`${uri} is not an s3:// address`)
  return { bucket: match[1], key: match[2] ?? '' }
}

function pathOf(uri: string): string {
  const { bucket, key } = parseUri(uri)
  return `${bucket}/${encodePath(key)}`
}

async function failure(what: string, uri: string, response: Response): Promise<Error> {
  const text = (await response.text()).slice(0, 500)
  return new Error(`could not ${what} ${uri}: status ${response.status} ${text}`)
}
