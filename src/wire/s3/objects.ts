// Objects of buckets by path, with one key.
import { createHash } from 'node:crypto'
import type http from 'node:http'
import type { Readable } from 'node:stream'
import { accepted, createS3Client, type S3Access, type S3Body, type S3Options, S3Refused } from '#wire/s3/client'
import { encodePath, type Pairs } from '#wire/s3/uri'
import { many, parseXml, printXml, S3_NAMESPACE } from '#wire/s3/xml'

export interface ObjectEntry {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly modified: string
}

export interface OpenObject {
  readonly headers: http.IncomingHttpHeaders
  /** Must be read or destroyed. */
  readonly body: Readable
}

export interface PutOptions {
  /** Answers false where an object is already there, and leaves it. */
  readonly onlyNew?: true
  readonly headers?: Readonly<Record<string, string>>
}

/** Every method throws S3Refused. */
export interface S3Objects {
  buckets(): Promise<string[]>
  /** Undefined when there is no such object. */
  get(bucket: string, key: string): Promise<OpenObject | undefined>
  put(bucket: string, key: string, body: S3Body, options?: PutOptions): Promise<boolean>
  remove(bucket: string, keys: readonly string[]): Promise<void>
  /** Those whose keys begin so, in pages, so that a bucket of any size fits. */
  entries(bucket: string, prefix?: string): AsyncGenerator<ObjectEntry>
  /** Of those whose keys begin so: objects, and the folders that the others lie in. */
  level(bucket: string, prefix: string): Promise<{ readonly prefixes: string[]; readonly entries: ObjectEntry[] }>
  /** Keys that begin so. */
  list(bucket: string, prefix: string): Promise<string[]>
  /** All objects whose keys begin so. */
  removeBelow(bucket: string, prefix: string): Promise<void>
}

/** Keys of one DeleteObjects request. */
const DELETE_BATCH = 1000

export function createS3Objects(access: S3Access, options?: S3Options): S3Objects {
  const { send } = createS3Client(access, options)
  const pathOf = (bucket: string, key: string) => `/${bucket}/${encodePath(key)}`

  const uri = (bucket: string, key: string) => `s3://${bucket}/${key}`

  const read = async (what: string, path: string, pairs: Pairs, root: string) => {
    const answer = await accepted(what, await send({ method: 'GET', path, pairs }))
    return parseXml(await answer.text(), root)
  }

  async function* pages(bucket: string, prefix: string, delimiter = '') {
    for (let token: string | undefined; ; ) {
      const page = await read(`list ${uri(bucket, prefix)}`, `/${bucket}`, listing(prefix, delimiter, token), 'ListBucketResult')
      const decode = page.EncodingType === 'url' ? (key: string) => decodeURIComponent(key.replaceAll('+', ' ')) : (key: string) => key
      yield {
        prefixes: many<{ Prefix: string }>(page.CommonPrefixes).map((p) => decode(String(p.Prefix))),
        entries: many<{ Key: string; Size: string; ETag?: string; LastModified: string }>(page.Contents).map((entry) => ({
          key: decode(String(entry.Key)),
          size: Number(entry.Size),
          etag: unquoted(entry.ETag),
          modified: String(entry.LastModified),
        })),
      }
      if (page.IsTruncated !== 'true') return
      token = String(page.NextContinuationToken)
    }
  }

  async function* entries(bucket: string, prefix = ''): AsyncGenerator<ObjectEntry> {
    for await (const page of pages(bucket, prefix)) yield* page.entries
  }

  const level = async (bucket: string, prefix: string) => {
    const found = { prefixes: [] as string[], entries: [] as ObjectEntry[] }
    for await (const page of pages(bucket, prefix, '/')) {
      found.prefixes.push(...page.prefixes)
      found.entries.push(...page.entries)
    }
    return found
  }

  // By DeleteObjects: a thousand at once.
  const remove = async (bucket: string, keys: readonly string[]): Promise<void> => {
    for (let from = 0; from < keys.length; from += DELETE_BATCH) {
      const batch = keys.slice(from, from + DELETE_BATCH)
      const body = printXml('Delete', { Quiet: true, Object: batch.map((Key) => ({ Key })) }, S3_NAMESPACE)
      const headers = { 'content-type': 'application/xml', 'content-md5': createHash('md5').update(body).digest('base64') }
      const what = `remove from ${bucket}`
      const answer = await accepted(what, await send({ method: 'POST', path: `/${bucket}`, pairs: [['delete', '']], body, headers }))
      const text = await answer.text()
      if (text.includes('<Error>')) throw new S3Refused(what, answer.status, text)
    }
  }

  const list = async (bucket: string, prefix: string): Promise<string[]> => {
    const keys: string[] = []
    for await (const { key } of entries(bucket, prefix)) keys.push(key)
    return keys
  }

  return {
    buckets: async () => {
      const { Buckets } = await read('list the buckets', '/', [], 'ListAllMyBucketsResult')
      return many<{ Name: string }>((Buckets as { Bucket?: unknown } | undefined)?.Bucket).map((b) => String(b.Name))
    },
    get: async (bucket, key) => {
      const answer = await send({ method: 'GET', path: pathOf(bucket, key) })
      if (answer.status !== 404) return accepted(`read ${uri(bucket, key)}`, answer)
      answer.body.resume()
      return undefined
    },
    put: async (bucket, key, body, { headers, onlyNew } = {}) => {
      const all = { ...headers, ...(onlyNew ? { 'if-none-match': '*' } : {}) }
      const answer = await send({ method: 'PUT', path: pathOf(bucket, key), body, headers: all })
      const taken = onlyNew === true && answer.status === 412
      if (!taken) await accepted(`write ${uri(bucket, key)}`, answer)
      answer.body.resume()
      return !taken
    },
    entries,
    level,
    list,
    remove,
    removeBelow: async (bucket, prefix) => remove(bucket, await list(bucket, prefix)),
  }
}

/** As the storage told it, without its quotes. */
export function unquoted(etag: string | undefined): string {
  return String(etag ?? '').replaceAll('"', '')
}

function listing(prefix: string, delimiter: string, token: string | undefined): Pairs {
  return [
    ['list-type', '2'],
    // What XML cannot hold.
    ['encoding-type', 'url'],
    ...(prefix === '' ? [] : [['prefix', prefix] as const]),
    ...(delimiter === '' ? [] : [['delimiter', delimiter] as const]),
    ...(token === undefined ? [] : [['continuation-token', token] as const]),
  ]
}
