// A small API, on a private socket with our own code on both sides, or of one page: a table of routes and one form for errors. Processes that serve
// nothing else need not hold a framework for it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, envelope, logFailure, MethodNotAllowed, NoSuchPath, toSend } from '#kit/answer'
import { type AkkoError, toAkkoError } from '#kit/errors'
import { sendJson } from '#kit/http'
import type { Log } from '#kit/log'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Readonly<Record<string, string>>
}

/** What it returns is sent as JSON; undefined: it has answered itself. */
export type PrivateHandler = (exchange: Exchange) => unknown

export interface PrivateApi {
  readonly log: Log
  /** By method and path: `POST /start/:name`. */
  readonly routes: Readonly<Record<string, PrivateHandler>>
  /** Default the envelope. */
  readonly answer?: (error: AkkoError, thrown: unknown) => Answer
}

interface Route {
  readonly method: string
  readonly pattern: RegExp
  readonly handle: PrivateHandler
}

export function createPrivateApi({
  log,
  routes,
  answer = envelope,
}: PrivateApi): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const table = Object.entries(routes).map(([route, handle]) => compile(route, handle))
  return async (req, res) => {
    const path = (req.url ?? '/').split('?')[0] as string
    try {
      const { handle, params } = find(table, req.method ?? 'GET', path)
      const body = await handle({ req, res, params })
      if (body !== undefined) sendJson(res, 200, body)
    } catch (thrown) {
      const error = toAkkoError(thrown)
      logFailure(log, error, thrown, path)
      if (res.headersSent) return void res.destroy()
      const told = answer(error, thrown)
      const { text, headers } = toSend(error, told)
      res.writeHead(told.status, headers).end(text)
    }
  }
}

function compile(route: string, handle: PrivateHandler): Route {
  const [method, path] = route.split(' ') as [string, string]
  return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), handle }
}

function find(table: readonly Route[], method: string, path: string): { handle: PrivateHandler; params: Record<string, string> } {
  const allowed: string[] = []
  for (const route of table) {
    const match = route.pattern.exec(path)
    if (match && route.method === method) return { handle: route.handle, params: match.groups ?? {} }
    if (match) allowed.push(route.method)
  }
  throw allowed.length === 0 ? NoSuchPath({ method, path }) : MethodNotAllowed({ method, path, allowed: allowed.join(', ') })
}
