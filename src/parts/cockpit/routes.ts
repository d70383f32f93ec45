// The cockpit's addresses: its API, its files, and its page for everything else.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, errorBody, toAkkoError } from '#kit/errors'
import { sendJson } from '#kit/http'
import type { Log } from '#kit/log'
import { own } from '#kit/own'
import { requestId } from '#kit/trace'
import type { Assets } from '#parts/cockpit/assets'
import { MethodNotAllowed, NoSuchPath } from '#parts/cockpit/errors'
import { getSession, getStatus, type HandlerDeps } from '#parts/cockpit/handlers'

export const HEALTH_PATH = '/-/health'

const api: Readonly<Record<string, (deps: HandlerDeps, req: IncomingMessage) => Promise<unknown>>> = {
  '/api/session': getSession,
  '/api/status': getStatus,
}

export function createHandler(deps: HandlerDeps & { readonly log: Log }, assets: Assets) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    res.setHeader('x-request-id', requestId())
    res.setHeader('x-content-type-options', 'nosniff')
    try {
      await answer(deps, assets, req, res)
    } catch (thrown) {
      const error = toAkkoError(thrown)
      if (error.status >= 500) deps.log.error({ error: describeError(thrown), path: req.url?.split('?')[0] }, 'request failed')
      if (!res.headersSent) sendJson(res, error.status, errorBody(error, requestId()), { 'cache-control': 'no-store' })
    }
  }
}

async function answer(deps: HandlerDeps, assets: Assets, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url?.split('?')[0] ?? '/'
  const method = req.method ?? 'GET'
  if (method !== 'GET' && method !== 'HEAD') throw MethodNotAllowed({ method, path })
  if (path === HEALTH_PATH) return sendJson(res, 200, { status: 'ok' })
  const handler = own(api, path)
  if (handler) return sendJson(res, 200, await handler(deps, req), { 'cache-control': 'no-store' })
  if (path === '/api' || path.startsWith('/api/')) throw NoSuchPath({ path })
  if (await assets.send(req, res, path)) return
  if (!isPage(path, req)) throw NoSuchPath({ path })
  await assets.sendPage(req, res)
}

/** A route of the app: an address without a file's ending, or one that a browser opens as a page. */
function isPage(path: string, req: IncomingMessage): boolean {
  if (path.startsWith('/assets/')) return false
  const last = path.slice(path.lastIndexOf('/') + 1)
  return !/\.\w+$/.test(last) || path === '/index.html' || (req.headers.accept ?? '').includes('text/html')
}
