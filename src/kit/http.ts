// Sockets live here: one way to serve HTTP on a loopback port or a private Unix socket, and one way to call the latter.
import { chmodSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { runInTrace, traceFrom, traceparent } from '#kit/trace'

export type Listen = { readonly host: string; readonly port: number } | { readonly socket: string }

/** Asked every two seconds by nobody in particular: kept out of the log of requests. */
const PROBES = /\/(health|metrics|info|status)$/

export interface ServeOptions {
  readonly listen: Listen
  readonly log: Log
  readonly handler: (req: http.IncomingMessage, res: http.ServerResponse) => void | Promise<void>
  /** Called for WebSocket and other upgrades. */
  readonly upgrade?: (req: http.IncomingMessage, socket: import('node:stream').Duplex, head: Buffer) => void
  /** Called once per finished request. */
  readonly observe?: (req: http.IncomingMessage, res: http.ServerResponse, seconds: number) => void
  readonly server?: http.Server
}

export interface Served {
  /** The port that was bound; 0 for a Unix socket. */
  readonly port: number
  /** Stops accepting, waits for running requests (bounded), then closes. */
  close(graceMs?: number): Promise<void>
}

/** Serves until closed. Every request runs inside its trace and is logged once; a handler that throws gets a bare 500. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { log, listen } = options
  const server = options.server ?? http.createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 })
  server.on('request', (req: http.IncomingMessage, res: http.ServerResponse) => {
    const trace = traceFrom(req.headers.traceparent as string | undefined)
    const started = performance.now()
    runInTrace(trace, () => {
      res.on('close', () => {
        const ms = performance.now() - started
        options.observe?.(req, res, ms / 1000)
        const fields = { method: req.method, path: req.url?.split('?')[0], status: res.statusCode, ms: Math.round(ms * 10) / 10 }
        if (res.statusCode >= 500) log.warn(fields, 'request')
        else if (PROBES.test(fields.path ?? '')) log.debug(fields, 'request')
        else log.info(fields, 'request')
      })
      Promise.resolve(options.handler(req, res)).catch((error: unknown) => {
        log.error({ error: describeError(error) }, 'handler failed')
        if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain' })
        res.end('internal error\n')
      })
    })
  })
  if (options.upgrade) {
    const upgrade = options.upgrade
    server.on('upgrade', (req, socket, head) =>
      runInTrace(traceFrom(req.headers.traceparent as string | undefined), () => upgrade(req, socket, head)),
    )
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if ('socket' in listen) {
      rmSync(listen.socket, { force: true })
      server.listen(listen.socket, () => {
        chmodSync(listen.socket, 0o600)
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
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

export interface SocketRequest {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** One request over a Unix socket; the caller reads the stream. */
export function openSocketRequest(socket: string, request: SocketRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
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
