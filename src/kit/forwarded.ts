// Where a request came from and for which host: whose word is taken for it. The gateway's, which shows a key of its own for each
// part, and nobody else's.
import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { defineError } from '#kit/errors'
import { Secret } from '#kit/secret'

/** Carries the key; it goes no further than the server that checks it. */
export const GATEWAY_KEY_HEADER = 'x-akko-gateway-key'

/** Nobody's; `anybody` = only a trusted proxy reaches this server; else who shows the key. */
export type TrustedForwarder = 'nobody' | 'anybody' | Secret

const FORWARDED = /^(forwarded|x-forwarded-.*|x-real-ip|x-akko-.*)$/

/** The gateway's key at one part: a part that gives it away opens no other. */
export function gatewayKey(secret: Secret, part: string): Secret {
  return new Secret(createHmac('sha256', secret.reveal()).update(`gateway at ${part}`).digest('base64url'))
}

/** Takes off in place what a proxy would say of a request, unless one said it that may; the key always. */
export function dropForwarded(req: Pick<IncomingMessage, 'headers' | 'rawHeaders'>, trusted: TrustedForwarder): void {
  const shown = req.headers[GATEWAY_KEY_HEADER]
  const believed = trusted === 'anybody' || (trusted !== 'nobody' && typeof shown === 'string' && trusted.matches(shown))
  const drops = (name: string) => name === GATEWAY_KEY_HEADER || (!believed && FORWARDED.test(name))
  for (const name of Object.keys(req.headers)) if (drops(name)) delete req.headers[name]
  // What adapters to the Fetch API read.
  for (let at = req.rawHeaders.length - 2; at >= 0; at -= 2)
    if (drops((req.rawHeaders[at] as string).toLowerCase())) req.rawHeaders.splice(at, 2)
}

export const SeveralHosts = defineError('http.several_hosts', 400, 'the request names more than one Host', { hint: 'send one' })

/** Two Host headers (RFC 9112, 3.2): Node shows the first, while whoever is in front may have gone by the other. */
export function hasSeveralHosts({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): boolean {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1
}

export const NotLocal = defineError(
  'access.not_local',
  403,
  'without authentication only programs on this machine are answered: {reason}',
  {
    hint: 'call it as localhost, 127.0.0.1 or [::1] with its port, and not from a web page; or set authentication to token',
  },
)

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\]):(\d+)$/i

/**
 * For servers that believe every caller: throws unless the caller named this machine and the port, and is no web page. A page can reach
 * loopback under a name of its own, or send a request that it cannot read the answer of.
 */
export function assertLocalCaller(req: IncomingMessage): void {
  const { host = '', origin, 'sec-fetch-site': site } = req.headers
  const port = Number(req.headers['x-forwarded-port'] ?? req.socket.localPort)
  const named = LOOPBACK.exec(host)
  if (!named || Number(named[2]) !== port) throw NotLocal({ reason: `the host of the request is ${host || 'missing'}` })
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw NotLocal({ reason: `a page of ${origin} sent it` })
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw NotLocal({ reason: 'another site sent it' })
}

/** Whether a request came from this machine, whatever host it names. After `dropForwarded`. */
export function isFromHere(req: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const address = addressOf(req)
  return address === undefined || address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address)
}

/** From where a request came: the last hop that the gateway added, else the peer; undefined on a private socket. After `dropForwarded`. */
export function addressOf(req: Pick<IncomingMessage, 'headers' | 'socket'>): string | undefined {
  const forwarded = [req.headers['x-forwarded-for']].flat().at(-1)?.split(',').at(-1)?.trim()
  return forwarded || req.socket.remoteAddress
}
