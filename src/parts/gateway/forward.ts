// Passing a request on: streaming HTTP and WebSockets to a part behind the edge, with its failures told by the part's name.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Duplex, Transform } from 'node:stream'
import { ProxyServer } from 'httpxy'
import { errorOnSocket } from '#kit/answer'
import { type AkkoError, describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { inSpan } from '#kit/telemetry'
import { BodyTooLarge, UpstreamDown } from '#parts/gateway/errors'
import { tidyAnswer } from '#parts/gateway/headers'
import type { Upstream } from '#parts/gateway/router'

/** Silence of an upstream for this long is its failure. */
const SILENCE_MS = 10 * 60_000
const UPGRADE_MS = 15_000
/** A kept connection that broke at once was closed by an idle or restarted upstream: worth one more try. */
const STALE_MS = 1000
const SPAN = 'gateway.forward'

export interface Passage {
  readonly upstream: Upstream
  readonly title: string
  readonly name: string
  /** Instead of the gateway's own limit. */
  readonly maxBodyBytes?: number
  /** Called when the upstream answers 401. */
  readonly onRefused?: () => void
}

export interface Forwarder {
  /** Throws UpstreamDown or BodyTooLarge while nothing was answered yet. */
  web(req: IncomingMessage, res: ServerResponse, passage: Passage): Promise<void>
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): Promise<void>
  close(): void
}

export interface ForwarderDeps {
  readonly log: Log
  readonly ownCookies: (name: string) => boolean
  readonly maxBodyBytes: number
}

export function createForwarder({ log, ownCookies, maxBodyBytes: most }: ForwarderDeps): Forwarder {
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' })
  const passages = new WeakMap<IncomingMessage, Passage>()
  const outgoing = new WeakMap<IncomingMessage, http.ClientRequest>()
  const upgraded = new WeakSet<Socket>()
  const proxy = new ProxyServer()
  const sockets = new ProxyServer()

  proxy.on('proxyReq', (out, req) => outgoing.set(req, out))
  proxy.on('proxyRes', (answer, req) => {
    if (answer.statusCode === 401) passages.get(req)?.onRefused?.()
    tidyAnswer(answer.headers, ownCookies)
  })
  sockets.on('proxyReqWs', (out, req, socket) => {
    out.once('upgrade', (answer, behind: Socket) => {
      upgraded.add(socket)
      tidyUpgrade(answer)
      // One side that broke off, or was cut, leaves nothing to the other.
      behind.once('error', () => socket.destroy())
      behind.once('close', () => socket.end())
      socket.once('close', () => behind.destroy())
    })
    out.once('response', (answer) => {
      if (answer.statusCode === 401) passages.get(req)?.onRefused?.()
    })
  })
  sockets.on('error', (error, req, socket) => {
    const passage = req && passages.get(req)
    log.debug({ error: describeError(error), upstream: passage?.name }, 'a WebSocket broke')
    const open = socket as Socket | undefined
    if (passage && open && !upgraded.has(open) && open.writable)
      open.write(errorOnSocket(UpstreamDown({ part: passage.title, name: passage.name })))
  })

  const target = ({ host, port }: Upstream) => ({ host, port, protocol: 'http:' })

  const attempt = async (
    req: IncomingMessage,
    res: ServerResponse,
    passage: Passage,
    fresh: boolean,
    limited?: Transform,
  ): Promise<void> => {
    const started = performance.now()
    try {
      await proxy.web(req, res, {
        target: target(passage.upstream),
        agent: fresh ? new http.Agent() : agent,
        proxyTimeout: SILENCE_MS,
        ...(limited ? { buffer: limited } : {}),
      })
    } catch (error) {
      if (res.headersSent) {
        log.warn({ error: describeError(error), upstream: passage.name }, 'the upstream broke off its answer')
        res.destroy()
        return
      }
      const stale = outgoing.get(req)?.reusedSocket === true && performance.now() - started < STALE_MS
      if (!fresh && stale && isRepeatable(req)) return attempt(req, res, passage, true)
      throw UpstreamDown({ part: passage.title, name: passage.name }, error)
    }
  }

  const web = async (req: IncomingMessage, res: ServerResponse, passage: Passage): Promise<void> => {
    passages.set(req, passage)
    const { maxBodyBytes = most } = passage
    if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) throw BodyTooLarge({ limit: maxBodyBytes })
    if (req.headers['transfer-encoding'] === undefined) return attempt(req, res, passage, false)
    let excess: AkkoError | undefined
    const limited = limit(req, maxBodyBytes, (error) => {
      excess = error
      outgoing.get(req)?.destroy(error)
    })
    try {
      await attempt(req, res, passage, false, limited)
    } catch (error) {
      throw excess ?? error
    }
  }

  return {
    web: (req, res, passage) => inSpan(SPAN, { 'akko.upstream': passage.name }, () => web(req, res, passage)),
    upgrade: (req, socket, head, passage) => {
      passages.set(req, passage)
      const options = { target: target(passage.upstream), upgradeTimeout: UPGRADE_MS }
      return inSpan(SPAN, { 'akko.upstream': passage.name }, () => sockets.ws(req, socket as Socket, options, head))
    },
    close: () => agent.destroy(),
  }
}

function isRepeatable(req: IncomingMessage): boolean {
  return (req.method === 'GET' || req.method === 'HEAD') && !req.headers['content-length'] && !req.headers['transfer-encoding']
}

function tidyUpgrade(answer: IncomingMessage): void {
  delete answer.headers['set-cookie']
}

/** The body as a stream that stops at the limit; for bodies that do not say their size. */
function limit(req: IncomingMessage, bytes: number, onExcess: (error: AkkoError) => void): Transform {
  let seen = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen <= bytes) return done(null, chunk)
      req.unpipe(counter)
      req.resume()
      onExcess(BodyTooLarge({ limit: bytes }))
      done()
    },
  })
  return req.pipe(counter)
}
