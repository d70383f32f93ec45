// The HTTP face of the Trino client protocol: which path is which handler, and errors as HTTP sees them.
import type http from 'node:http'
import { describeError, NotAuthenticated, toAkkoError } from '#kit/errors'
import { assertLocalCaller } from '#kit/forwarded'
import type { Log } from '#kit/log'
import { closeUnread } from '#parts/sql/body'
import {
  cancelQuery,
  cancelStatement,
  type Exchange,
  getQuery,
  info,
  listQueries,
  nextPage,
  postStatement,
  type SqlDeps,
} from '#parts/sql/handlers'

type Handler = (deps: SqlDeps, exchange: Exchange) => Promise<void>

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['POST', /^\/v1\/statement$/, postStatement],
  ['GET', /^\/v1\/statement\/(?:queued|executing)\/([^/]+)\/([^/]+)\/(\d+)$/, nextPage],
  ['DELETE', /^\/v1\/statement\/(?:queued|executing)\/([^/]+)\/([^/]+)\/(\d+)$/, cancelStatement],
  ['GET', /^\/v1\/info$/, info],
  ['GET', /^\/v1\/query$/, listQueries],
  ['GET', /^\/v1\/query\/([^/]+)$/, getQuery],
  ['DELETE', /^\/v1\/query\/([^/]+)$/, cancelQuery],
]

export function createRouter(deps: SqlDeps, log: Log): (req: http.IncomingMessage, res: http.ServerResponse) => Promise<void> {
  return async (req, res) => {
    const path = (req.url ?? '/').split('?')[0] as string
    const matches = ROUTES.flatMap(([method, pattern, handler]) => {
      const params = pattern.exec(path)?.slice(1).map(decoded)
      return params?.every((p) => p !== undefined) ? [{ method, handler, params }] : []
    })
    const match = matches.find((m) => m.method === req.method)
    if (!match) {
      closeUnread(req, res)
      const status = matches.length > 0 ? 405 : 404
      sendText(res, status, status === 405 ? `${req.method} is not allowed here\n` : 'not found\n')
      return
    }
    try {
      if (deps.doors.authentication === 'none') assertLocalCaller(req)
      await match.handler(deps, { req, res, params: match.params })
    } catch (error) {
      const known = toAkkoError(error)
      closeUnread(req, res)
      if (known.status >= 500 && known.blame === 'us') log.error({ error: describeError(error) }, 'request failed')
      const text = known.hint ? `${known.message} (${known.hint})` : known.message
      sendText(res, known.status, `${text}\n`, NotAuthenticated.is(known) ? { 'www-authenticate': 'Bearer realm="Trino"' } : {})
    }
  }
}

/** Undefined when the escapes are not UTF-8: no path of ours has such a part. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

export function sendText(res: http.ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text), ...headers })
  res.end(text)
}
