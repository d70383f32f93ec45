// Sockets live here: one way to serve HTTP on a loopback port or a private Unix socket, and one way to call the latter.
import { chmodSync, chownSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { envelope, errorOnSocket, logFailure, toSend } from '#kit/answer'
import { type AkkoError, describeError, toAkkoError } from '#kit/errors'
import { addressOf, dropForwarded, hasSeveralHosts, SeveralHosts, type TrustedForwarder } from '#kit/forwarded'
import { cutOnceEnded, enforceLimits, LIMITS, type Limits, serverOptions } from '#kit/limits'
import type { Log } from '#kit/log'
import { assertPrivateFolder, assertTrustedSocket } from '#kit/private-folder'
import { createServerTelemetry } from '#kit/telemetry'
import { requestId, runInTrace, type Trace, traceFrom, traceparent } from '#kit/trace'

/** A Unix socket is its user's alone, or with `gid` also that group's to connect to. */
export type Listen = { readonly host: string; readonly port: number } | { readonly socket: string; readonly gid?: number }

/** Answers requests. */
export interface Handler {
  (req: http.IncomingMessage, res: http.ServerResponse): void | Promise<void>
  /** Says in the form of its protocol why a request was refused before it came to it, or what was thrown past it; default AKKO's own form. */
  readonly tell?: (req: http.IncomingMessage, res: http.ServerResponse, thrown: unknown) => void | Promise<void>
}

export interface ServeOptions {
  readonly listen: Listen
  readonly log: Log
  /** Under whose name its requests are counted; absent: nobody's. */
  readonly part?: string
  /** Paths that are asked every few seconds by nobody in particular: kept out of the log of requests, and not counted. */
  readonly probes?: readonly string[]
  readonly handler: Handler
  /** Who tells a client that waits for "100 Continue" to go on with its body; default the server, at once. */
  readonly continues?: 'by the handler'
  /** Called for WebSocket and other upgrades. */
  readonly upgrade?: (req: http.IncomingMessage, socket: import('node:stream').Duplex, head: Buffer) => void
  /** Told of a request that is answered here because it names several hosts. */
  readonly refused?: (req: http.IncomingMessage, error: AkkoError) => void
  /** Called once per finished request. */
  readonly observe?: (req: http.IncomingMessage, res: http.ServerResponse, seconds: number) => void
  /** One of the caller's own, made with `serverOptions`. */
  readonly server?: http.Server
  readonly limits?: Partial<Limits>
  /** Whose `X-Forwarded-*` and `X-Akko-*` the handler sees; default nobody's. Private sockets are ours on both sides. */
  readonly forwarder?: TrustedForwarder
}

export interface Served {
  /** The port that was bound; 0 for a Unix socket. */
  readonly port: number
  /** Stops accepting, waits for running requests (bounded), then closes. */
  close(graceMs?: number): Promise<void>
}

/** Serves until closed; a Unix socket only in a folder that is this user's alone. Every request runs inside its trace, whose id each answer carries, and is logged once. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { log, listen, handler } = options
  const tell = handler.tell ?? tellEnvelope
  const limits = { ...LIMITS, ...options.limits }
  const server = options.server ?? http.createServer(serverOptions(limits))
  const release = enforceLimits(server, limits)
  const probes = new Set(options.probes)
  const forwarder = options.forwarder ?? ('socket' in listen ? 'anybody' : 'nobody')
  const { requestTimer } = await import('#kit/metrics') // those who only call need not load it
  const count = options.part === undefined ? undefined : requestTimer(options.part)
  const telemetry = await createServerTelemetry(options.part, () => (server.address() as AddressInfo | null)?.port ?? 0)
  server.on('request', (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (req.socket.destroyed) return // nobody is there to be answered
    dropForwarded(req, forwarder)
    const span = telemetry(req, res, traceOf(req))
    const started = performance.now()
    runInTrace(span.trace, () => {
      res.on('close', () => {
        const ms = performance.now() - started
        span.end(ms / 1000)
        options.observe?.(req, res, ms / 1000)
        const fields = { method: req.method, path: req.url?.split('?')[0], status: res.statusCode, ms: Math.round(ms * 10) / 10 }
        const probe = req.method === 'GET' && probes.has(fields.path ?? '')
        if (!probe) count?.(res.statusCode, ms / 1000)
        if (res.statusCode >= 500) log.warn(fields, 'request')
        else if (probe) log.debug(fields, 'request')
        else log.info(fields, 'request')
      })
      res.setHeader('x-request-id', requestId())
      const answer = () => {
        if (!hasSeveralHosts(req)) return handler(req, res)
        const error = SeveralHosts()
        options.refused?.(req, error)
        throw error
      }
      const fail = (thrown: unknown) => {
        logFailure(log, toAkkoError(thrown), thrown, req.url?.split('?')[0] ?? '')
        if (res.headersSent) return void res.destroy() // an end would look like the answer's
        for (const name of res.getHeaderNames()) res.removeHeader(name)
        res.setHeader('x-request-id', requestId())
        if (!req.complete || SeveralHosts.is(thrown)) res.setHeader('connection', 'close')
        return tell(req, res, thrown)
      }
      new Promise((resolve) => resolve(answer())).catch(fail).catch((error: unknown) => {
        log.error({ error: describeError(error) }, 'an error could not be told')
        res.destroy()
      })
    })
  })
  if (options.continues) server.on('checkContinue', (req, res) => server.emit('request', req, res))
  if (options.upgrade) {
    const upgrade = options.upgrade
    server.on('upgrade', (req, socket, head) => {
      cutOnceEnded(socket)
      dropForwarded(req, forwarder)
      const span = telemetry(req, undefined, traceOf(req))
      const started = performance.now()
      socket.once('close', () => span.end((performance.now() - started) / 1000))
      runInTrace(span.trace, () => {
        if (!hasSeveralHosts(req)) return upgrade(req, socket, head)
        const error = SeveralHosts()
        options.refused?.(req, error)
        socket.end(errorOnSocket(error))
      })
    })
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if ('socket' in listen) {
      assertPrivateFolder(dirname(listen.socket), listen.gid !== undefined)
      rmSync(listen.socket, { force: true })
      server.listen(listen.socket, () => {
        if (listen.gid !== undefined) chownSync(listen.socket, process.getuid?.() ?? -1, listen.gid)
        chmodSync(listen.socket, listen.gid === undefined ? 0o600 : 0o660)
        resolve()
      })
    } else server.listen(listen.port, listen.host, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? (address as AddressInfo).port : 0,
    close: (graceMs = 3000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(timer)
          release()
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function tellEnvelope(_req: http.IncomingMessage, res: http.ServerResponse, thrown: unknown): void {
  const error = toAkkoError(thrown)
  const { text, headers } = toSend(error, envelope(error))
  res.writeHead(error.status, headers).end(text)
}

function traceOf(req: http.IncomingMessage): Trace {
  const address = addressOf(req)
  return { ...traceFrom(req.headers.traceparent as string | undefined), ...(address ? { address } : {}) }
}

export interface SocketRequest {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** One request over a Unix socket of this user's; the caller reads the stream. @throws SocketRefused */
export function openSocketRequest(socket: string, request: SocketRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    assertTrustedSocket(socket)
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const req = http.request(
      {
        socketPath: socket,
        path: request.path,
        method: request.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          traceparent: traceparent(),
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...request.headers,
        },
        ...(request.signal ? { signal: request.signal } : {}),
        ...(request.timeoutMs ? { timeout: request.timeoutMs } : {}),
      },
      resolve,
    )
    // The default agent times idle sockets out after 5 s; only a deadline that was asked for may end a request.
    if (request.timeoutMs) req.on('timeout', () => req.destroy(new Error(`no answer from ${socket} within ${request.timeoutMs} ms`)))
    req.on('error', reject)
    req.end(body)
  })
}

/** JSON in, JSON out over a Unix socket. The far side answers errors as `{ error: { code, message, hint? } }`. */
export async function callSocket<T>(socket: string, request: SocketRequest): Promise<T> {
  const res = await openSocketRequest(socket, request)
  const text = await readBody(res)
  const parsed: unknown = text === '' ? undefined : JSON.parse(text)
  if ((res.statusCode ?? 500) >= 400) throw new RemoteError(res.statusCode ?? 500, parsed)
  return parsed as T
}

export class RemoteError extends Error {
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown) {
    const error = (body as { error?: { message?: string } } | undefined)?.error
    super(error?.message ?? `status ${status}`)
    this.name = 'RemoteError'
    this.status = status
    this.body = body
  }
}

/** The whole body as text; for small bodies only (default at most 16 MiB). */
export async function readBody(stream: http.IncomingMessage, limit = 16 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += (chunk as Buffer).length
    if (size > limit) throw new Error(`body larger than ${limit} bytes`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function sendJson(res: http.ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
  res.end(text)
}
