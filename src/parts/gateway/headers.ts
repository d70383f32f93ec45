// What may pass the edge: hop-by-hop and identity headers are taken off, ours are put on.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { GATEWAY_KEY_HEADER } from '#kit/forwarded'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import { withoutCookies } from '#parts/gateway/cookies'

const HOP_BY_HOP = [
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'expect',
  'http2-settings',
]

/** Headers in which proxies tell parts who the user is, or where the request came from. Nobody outside may. */
const IDENTITY =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-original-(url|uri|host)|x-rewrite-url|x-auth-.*|x-akko-.*|x-webauth-.*|x-remote-.*|remote-.*|x-user(-(id|name|email|groups?|roles?))?|x-client-cert.*|x-ssl-client-.*|x-goog-authenticated-user-.*|x-ms-client-principal.*|x-authenticated-.*)$/
/** Headers of the SQL protocol that name a user; SQL itself checks them against the token. */
const SQL_HEADERS = /^x-(trino|presto)-/

export interface Forwarding {
  /** Put in place of the client's own Authorization. */
  readonly bearer?: string
  /** Whether the client's own Authorization goes through. */
  readonly keepAuthorization: boolean
  readonly keepSqlHeaders: boolean
  /** ISO time at which the browser's session ends; information, not identity. */
  readonly sessionExpires?: string
  readonly publicPort: number
  /** Shown to the upstream, so that it believes what we say of the request. */
  readonly key?: Secret
  /** Whether the addresses that the proxy in front of us wrote down are true. */
  readonly keepForwardedFor: boolean
  /** Names of cookies that are ours alone. */
  readonly ownCookies: (name: string) => boolean
}

/** Rewrites the request's headers in place to what the upstream gets. */
export function prepareHeaders(req: IncomingMessage, forwarding: Forwarding): void {
  const { headers } = req
  const upgrade = headers.upgrade
  const before = forwarding.keepForwardedFor ? headers['x-forwarded-for'] : undefined
  const connection = (headers.connection ?? '').toLowerCase().split(',')
  for (const name of [...connection.map((token) => token.trim()), ...HOP_BY_HOP]) {
    if (!['', 'host', 'content-length', 'transfer-encoding', 'upgrade', 'close'].includes(name)) delete headers[name]
  }
  for (const name of Object.keys(headers)) {
    // Some servers take `_` for `-`: a name that only then means something is nobody's honest spelling.
    const normal = name.replaceAll('_', '-')
    const disguised = normal !== name && (SQL_HEADERS.test(normal) || normal in headers || normal === 'authorization')
    if (IDENTITY.test(normal) || disguised) delete headers[name]
    else if (!forwarding.keepSqlHeaders && SQL_HEADERS.test(normal)) delete headers[name]
  }
  if (!forwarding.keepAuthorization) delete headers.authorization
  if (forwarding.bearer) headers.authorization = `Bearer ${forwarding.bearer}`
  if (forwarding.sessionExpires) headers['x-akko-session-expires'] = forwarding.sessionExpires
  setCookies(headers, withoutCookies(headers.cookie, forwarding.ownCookies))
  headers.connection = upgrade ? 'Upgrade' : connection.some((token) => token.trim() === 'close') ? 'close' : 'keep-alive'
  headers['x-forwarded-for'] = [before, req.socket.remoteAddress].filter(Boolean).join(', ')
  headers['x-forwarded-proto'] = 'https'
  headers['x-forwarded-host'] = headers.host ?? ''
  headers['x-forwarded-port'] = String(forwarding.publicPort)
  if (forwarding.key) headers[GATEWAY_KEY_HEADER] = forwarding.key.reveal()
  headers.traceparent = traceparent()
}

function setCookies(headers: IncomingHttpHeaders, cookie: string): void {
  if (cookie === '') delete headers.cookie
  else headers.cookie = cookie
}

/** Rewrites an upstream's answer in place: its connection is not the client's, and it may not speak for other hosts. */
export function tidyAnswer(headers: IncomingHttpHeaders, ownCookies: (name: string) => boolean): void {
  for (const name of ['connection', 'keep-alive', 'proxy-authenticate', 'strict-transport-security', 'x-request-id', 'alt-svc'])
    delete headers[name]
  const cookies = headers['set-cookie']?.filter((line) => !ownCookies(line.split('=', 1)[0]?.trim() ?? ''))
  if (cookies) headers['set-cookie'] = cookies.map((line) => line.replace(/;\s*domain=[^;]*/gi, ''))
  headers['x-content-type-options'] ??= 'nosniff'
  headers['referrer-policy'] ??= 'strict-origin-when-cross-origin'
}
