// S3 for copying: lists and streams objects under any name. Requests are made by hand, since a URL would fold `..` and empty
// parts of an object's name away.
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Env, required } from '#cluster/init/environment'
import { StoreRefused } from '#cluster/init/errors'
import {
  canonicalRequest,
  EMPTY_SHA256,
  scopeText,
  signatureOf,
  signingKey,
  stringToSign,
  toTimestamp,
  UNSIGNED_PAYLOAD,
} from '#wire/s3/sigv4'
import { encodePath, encodeUri } from '#wire/s3/uri'
import { parseXml } from '#wire/s3/xml'

export interface ObjectEntry {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly modified: string
}

export interface S3Copy {
  buckets(): Promise<string[]>
  /** In pages, so that a bucket of any size fits. Throws StoreRefused. */
  objects(bucket: string): AsyncGenerator<ObjectEntry>
  /** The open answer of a GET; undefined when the object is gone. */
  get(bucket: string, key: string): Promise<http.IncomingMessage | undefined>
  put(
    bucket: string,
    key: string,
    size: number,
    headers: Readonly<Record<string, string>>,
    body: () => NodeJS.ReadableStream,
  ): Promise<void>
}

type Pairs = readonly (readonly [string, string])[]

const ATTEMPTS = 4
const SILENCE = 60_000

export function createS3Copy(env: Env): S3Copy {
  const endpoint = new URL(required(env, 'AKKO_S3_ENDPOINT'))
  const id = required(env, 'AKKO_S3_ACCESS_KEY')
  const secret = required(env, 'AKKO_S3_SECRET_KEY')
  const region = env.AKKO_S3_REGION || 'us-east-1'
  const { request } = endpoint.protocol === 'https:' ? https : http

  const sign = (method: string, path: string, pairs: Pairs, payloadHash: string, extra: Readonly<Record<string, string>>) => {
    const timestamp = toTimestamp(new Date())
    const headers: Record<string, string> = { host: endpoint.host, 'x-amz-content-sha256': payloadHash, 'x-amz-date': timestamp, ...extra }
    const signedHeaders = Object.keys(headers).sort()
    const scope = { date: timestamp.slice(0, 8), region, service: 's3' }
    const canonical = canonicalRequest({ method, path, pairs, headers: new Map(Object.entries(headers)), signedHeaders, payloadHash })
    const signature = signatureOf(signingKey(secret, scope), stringToSign(timestamp, scope, canonical))
    const credential = `${id}/${scopeText(scope)}`
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
    return headers
  }
  const send = (
    method: string,
    path: string,
    pairs: Pairs = [],
    extra: Readonly<Record<string, string>> = {},
    body?: NodeJS.ReadableStream,
  ) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = sign(method, path, pairs, body ? UNSIGNED_PAYLOAD : EMPTY_SHA256, extra)
      const query = pairs.map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join('&')
      const sent = request(
        {
          protocol: endpoint.protocol,
          host: endpoint.hostname.replace(/^\[|\]$/g, ''),
          port: endpoint.port || undefined,
          method,
          path: query ? `${path}?${query}` : path,
          headers,
          timeout: SILENCE,
        },
        resolve,
      )
      sent.on('timeout', () => sent.destroy(new Error(`the storage was silent for ${SILENCE / 1000} s`)))
      sent.on('error', reject)
      if (body) body.on('error', (error) => sent.destroy(error)).pipe(sent)
      else sent.end()
    })
  /** A good answer, or undefined for 404; asked again while the storage is away or busy. */
  const answer = async (what: string, ask: () => Promise<http.IncomingMessage>): Promise<http.IncomingMessage | undefined> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await ask()
        const status = response.statusCode ?? 0
        if (status < 300) return response
        const text = await textOf(response)
        if (status === 404) return undefined
        if (attempt === ATTEMPTS || (status !== 429 && status < 500))
          throw StoreRefused({ what, status, code: /<Code>([^<]*)/.exec(text)?.[1] ?? '' })
      } catch (error) {
        if (StoreRefused.is(error) || attempt === ATTEMPTS) throw error
      }
      await sleep(200 * 2 ** attempt)
    }
  }
  const xml = async (path: string, pairs: Pairs, root: string) => {
    const response = await answer(`GET ${path}`, () => send('GET', path, pairs))
    if (!response) throw StoreRefused({ what: `GET ${path}`, status: 404, code: 'NotFound' })
    return parseXml(await textOf(response), root)
  }

  return {
    buckets: async () => {
      const { Buckets } = await xml('/', [], 'ListAllMyBucketsResult')
      return list((Buckets as { Bucket?: unknown } | undefined)?.Bucket).map((b) => String((b as { Name: string }).Name))
    },
    objects: async function* (bucket) {
      for (let token: string | undefined; ; ) {
        const pairs: Pairs = [['list-type', '2'], ['encoding-type', 'url'], ...(token ? [['continuation-token', token] as const] : [])]
        const page = await xml(`/${bucket}`, pairs, 'ListBucketResult')
        const decode = page.EncodingType === 'url' ? (key: string) => decodeURIComponent(key.replaceAll('+', ' ')) : (key: string) => key
        for (const entry of list(page.Contents) as { Key: string; Size: string; ETag?: string; LastModified: string }[])
          yield {
            key: decode(String(entry.Key)),
            size: Number(entry.Size),
            etag: String(entry.ETag ?? '').replaceAll('"', ''),
            modified: String(entry.LastModified),
          }
        if (page.IsTruncated !== 'true') return
        token = String(page.NextContinuationToken)
      }
    },
    get: (bucket, key) => answer(`GET ${bucket}/${key}`, () => send('GET', `/${bucket}/${encodePath(key)}`)),
    put: async (bucket, key, size, headers, body) => {
      const path = `/${bucket}/${encodePath(key)}`
      const extra = { ...headers, 'content-length': String(size) }
      const response = await answer(`PUT ${bucket}/${key}`, () => send('PUT', path, [], extra, body()))
      if (!response) throw StoreRefused({ what: `PUT ${bucket}/${key}`, status: 404, code: 'NoSuchBucket' })
      response.resume()
    },
  }
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function list(value: unknown): unknown[] {
  if (value === undefined || value === '') return []
  return Array.isArray(value) ? value : [value]
}
