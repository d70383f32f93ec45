// URLs as Java's URI reads them, in their plain forms; the encoding of forms.
import { BIGINT, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

interface Parts {
  readonly protocol?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly path?: string | undefined
  readonly query?: string | undefined
  readonly fragment?: string | undefined
}

/** What stands in a URI unescaped, beside letters that are not ASCII. */
const PLAIN = /^(?:[\w\-.!~*'();:@&=+$,/?#[\]]|%[0-9a-fA-F]{2}|[^\p{ASCII}\p{Cc}\p{Z}])*$/u
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]*)(?::(\d*))?)?([^?#]*)(?:\?([^#]*))?(?:#([^#]*))?$/

/** Names and numbers of hosts; of any other authority Java knows no host and no port. */
const HOST = /^(?:(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)*[a-z](?:[a-z\d-]*[a-z\d])?\.?|\d{1,3}(?:\.\d{1,3}){3})$/i

/** Java's largest integer. */
const LARGEST_PORT = 2 ** 31 - 1

function read(text: string): Parts | undefined {
  if (!PLAIN.test(text)) return undefined
  if (/^[^/?#]*:?\/\/[^/?#]*\[/.test(text)) throw new BadArgument('a URL with an address of IPv6 is not served here yet', 'NOT_SUPPORTED')
  // With one at most, every part takes all it can at once.
  if (text.indexOf('#') !== text.lastIndexOf('#')) return undefined
  const [, protocol, host, port, path, query, fragment] = URI.exec(text) ?? []
  if (path === undefined || /[[\]]/.test(path)) return undefined
  if (protocol === undefined && host === undefined && /^[^/]*:/.test(path)) return undefined
  if (protocol !== undefined && host === undefined && !path.startsWith('/')) {
    if (path === '') return undefined
    throw new BadArgument('a URL without a path, such as mailto:, is not served here yet', 'NOT_SUPPORTED')
  }
  const known = host !== undefined && HOST.test(host) && Number(port ?? '') <= LARGEST_PORT
  return { protocol, host: known ? host : undefined, port: known ? port : undefined, path, query, fragment }
}

const decoded = (text: string | undefined): string | undefined => {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    throw new BadArgument('a URL with an escape that is no UTF-8 is not served here yet', 'NOT_SUPPORTED')
  }
}

function parameter(text: string, name: string): string | undefined {
  const query = read(text)?.query
  if (query === undefined) return undefined
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    if (formDecode(at < 0 ? pair : pair.slice(0, at)) === name) return at < 0 ? '' : formDecode(pair.slice(at + 1))
  }
  return undefined
}

const formEncode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

function formDecode(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new BadArgument('Illegal escape in a URL')
  return decoded(text.replaceAll('+', ' ')) as string
}

const part = (name: string, of: (parts: Parts) => string | undefined): Scalar => ({
  name: `trino_url_${name}`,
  parameters: [VARCHAR],
  result: VARCHAR,
  of: (text: string) => {
    const parts = read(text)
    return parts && of(parts)
  },
})

export const WEB: readonly Scalar[] = [
  part('protocol', (p) => p.protocol ?? ''),
  part('host', (p) => p.host ?? ''),
  part('path', (p) => decoded(p.path) ?? ''),
  part('query', (p) => decoded(p.query) ?? ''),
  part('fragment', (p) => decoded(p.fragment) ?? ''),
  {
    name: 'trino_url_port',
    parameters: [VARCHAR],
    result: BIGINT,
    of: (text: string) => {
      const port = read(text)?.port
      return port ? BigInt(port) : undefined
    },
  },
  { name: 'trino_url_parameter', parameters: [VARCHAR, VARCHAR], result: VARCHAR, of: parameter },
  { name: 'trino_url_encode', parameters: [VARCHAR], result: VARCHAR, of: formEncode },
  { name: 'trino_url_decode', parameters: [VARCHAR], result: VARCHAR, of: formDecode },
]
