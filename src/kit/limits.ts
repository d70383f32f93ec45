// What one client may take of a server: time for a header, silence within a body, connections, the size of a header, requests at once.
import type http from 'node:http'
import type https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Limits {
  /** From the connection, or the end of the last request, to the end of a header; milliseconds. */
  readonly headersMs: number
  /** Within it a body that is being read grows by `bodyBytes`; milliseconds. */
  readonly bodyMs: number
  readonly bodyBytes: number
  readonly connections: number
  /** Requests of one connection that are not answered yet. Hardly a client sends a second one. */
  readonly waiting: number
  /** How long a client may go on sending a body that was answered before its end; milliseconds. */
  readonly lingerMs: number
}

/** A body may take as long as it needs while it grows: uploads are long. */
export const LIMITS: Limits = { headersMs: 20_000, bodyMs: 60_000, bodyBytes: 1024, connections: 2048, lingerMs: 2000, waiting: 32 }

/** Of all headers of a request or an answer, at every hop. */
export const HEADER_BYTES = 32 * 1024

const CHECK_MS = 5000

/** For `http.createServer`, and `https.createServer` too. */
export function serverOptions({ headersMs, ...rest }: Limits): https.ServerOptions & http.ServerOptions {
  return {
    headersTimeout: headersMs,
    handshakeTimeout: headersMs,
    // In place of a total: the silence of a body (below).
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.min(CHECK_MS, headersMs, rest.bodyMs),
    maxHeaderSize: HEADER_BYTES,
  } as https.ServerOptions
}

/** How long a client may stay after the end of what was no request any more; milliseconds. */
const ENDED_MS = 500

/**
 * Of a socket that a request was upgraded to, which no server looks after: once it is ended, its client leaves or is cut. A TLS connection that is
 * ended goes on taking in what is sent, and hands it to nobody.
 */
export function cutOnceEnded(socket: Duplex): void {
  const end = socket.end.bind(socket)
  const ending = (...given: Parameters<typeof end>) => {
    setTimeout(() => socket.destroy(), ENDED_MS).unref()
    return end(...given)
  }
  socket.end = ending as typeof socket.end
}

/** Caps the server's connections and what waits in each, and cuts bodies that do not come: answers the way to stop. */
export function enforceLimits(server: http.Server, limits: Limits): () => void {
  server.maxConnections = limits.connections
  const reading = new Map<http.IncomingMessage, { socket: Socket; bytes: number; since: number }>()
  const waiting = new WeakMap<Socket, number>()
  const count = (socket: Socket, more: number) => {
    const now = (waiting.get(socket) ?? 0) + more
    waiting.set(socket, now)
    return now
  }
  server.prependListener('request', (req, res) => {
    const { socket } = req // which a request may have lost when its answer closes
    res.once('close', () => count(socket, -1))
    // Those behind it are parsed already: `serve` leaves them alone.
    if (count(socket, 1) > limits.waiting) socket.destroy()
    if (req.complete) return
    reading.set(req, { socket, bytes: socket.bytesRead, since: performance.now() })
    req.once('end', () => reading.delete(req))
    req.once('close', () => reading.delete(req))
    res.once('finish', () => {
      if (req.complete) return
      const cut = () => {
        if (!req.complete) socket.destroy()
      }
      setTimeout(cut, limits.lingerMs).unref()
    })
  })
  const look = () => {
    const now = performance.now()
    for (const [req, seen] of reading) {
      // It has come whole, and nobody reads it: a GET whose answer goes on.
      if (req.complete) reading.delete(req)
      if (req.complete || now - seen.since < limits.bodyMs) continue
      const { socket } = seen
      const { bytesRead } = socket
      // What waits to be taken is not the client's delay.
      if (bytesRead - seen.bytes < limits.bodyBytes && req.readableLength === 0) socket.destroy()
      reading.set(req, { socket, bytes: bytesRead, since: now })
    }
  }
  const timer = setInterval(look, Math.min(CHECK_MS, limits.bodyMs))
  timer.unref()
  return () => clearInterval(timer)
}
