// URI encoding as Signature Version 4 wants it, and request targets taken apart without losing a byte.

/** Percent-encodes all but unreserved characters (RFC 3986, section 2.3). Lone surrogates become U+FFFD. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Like encodeUri, but keeps slashes. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeUri).join('/')
}

/** Throws URIError when the escapes are not UTF-8. */
export function decodeUri(text: string): string {
  return decodeURIComponent(text)
}

/** Names and values of a query, decoded. */
export type Pairs = readonly (readonly [name: string, value: string])[]

export type Query = ReadonlyMap<string, string>

export interface Target {
  /** As sent, before the question mark. */
  readonly rawPath: string
  /** Name-value pairs in the order sent, decoded. */
  readonly pairs: Pairs
  /** The first value of each name. */
  readonly query: Query
}

/** Takes a request target apart. A plus sign in the query is a space, in the path it is a plus sign. Throws URIError. */
export function parseTarget(target: string): Target {
  const mark = target.indexOf('?')
  const rawPath = mark < 0 ? target : target.slice(0, mark)
  const pairs = mark < 0 ? [] : parsePairs(target.slice(mark + 1))
  const query = new Map<string, string>()
  for (const [name, value] of pairs) if (!query.has(name)) query.set(name, value)
  return { rawPath, pairs, query }
}

/** `a=1&b` as pairs; also the bodies of HTML forms. */
export function parsePairs(text: string): [string, string][] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      const decode = (s: string) => decodeUri(s.replaceAll('+', ' '))
      return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
    })
}

/** Bucket and key of a path-style target; no name is ever resolved, so `..` is only a name. */
export function parseBucketAndKey(rawPath: string): { bucket: string; key: string } {
  const path = rawPath.startsWith('/') ? rawPath.slice(1) : rawPath
  const slash = path.indexOf('/')
  return slash < 0
    ? { bucket: decodeUri(path), key: '' }
    : { bucket: decodeUri(path.slice(0, slash)), key: decodeUri(path.slice(slash + 1)) }
}

/**
 * The bucket that stands before one of the store's own names in a Host header, as clients of the "virtual-hosted style" write it;
 * undefined where the path names the bucket. Letters of any case are the same host.
 */
export function bucketOfHost(header: string | undefined, names: readonly string[]): string | undefined {
  const host = (header ?? '').toLowerCase().replace(/:\d*$/, '')
  if (names.includes(host)) return undefined
  const name = names.filter((n) => host.endsWith(`.${n}`)).sort((a, b) => b.length - a.length)[0]
  return name === undefined ? undefined : host.slice(0, -name.length - 1)
}

/** `s3://bucket/key`; undefined for anything else. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | undefined {
  const match = /^s3[an]?:\/\/([^/]+)\/(.+)$/s.exec(uri)
  return match ? { bucket: match[1] as string, key: match[2] as string } : undefined
}
