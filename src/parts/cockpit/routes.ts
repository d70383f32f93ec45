// The cockpit's addresses: its API, its files, and its page for everything else.
import type { IncomingMessage } from 'node:http'
import type { Hono } from 'hono'
import { NoSuchPath } from '#kit/answer'
import { type ApiEnv, createApi, raw } from '#kit/api'
import type { Log } from '#kit/log'
import type { Health } from '#kit/part'
import type { Assets } from '#parts/cockpit/assets'
import { addGovernance } from '#parts/cockpit/governance'
import { getSession, getStatus, type HandlerDeps } from '#parts/cockpit/handlers'

const NOT_KEPT = { 'cache-control': 'no-store' }

export function createRoutes(deps: HandlerDeps & { readonly log: Log }, assets: Assets, health: () => Promise<Health>): Hono<ApiEnv> {
  const app = createApi({ log: deps.log, health })
  app.get('/api/session', async (c) => c.json(await getSession(deps, c.env.incoming), 200, NOT_KEPT))
  app.get('/api/status', async (c) => c.json(await getStatus(deps, c.env.incoming), 200, NOT_KEPT))
  if (deps.governance) addGovernance(app, deps, deps.governance)
  app.get('/api/*', (c) => {
    throw NoSuchPath({ method: c.req.method, path: c.req.path })
  })
  app.get(
    '*',
    raw(async (req, res, c) => {
      const { method, path } = c.req
      if (await assets.send(req, res, path)) return
      if (!isPage(path, req)) throw NoSuchPath({ method, path })
      await assets.sendPage(req, res)
    }),
  )
  return app
}

/** A route of the app: an address without a file's ending, or one that a browser opens as a page. */
function isPage(path: string, req: IncomingMessage): boolean {
  if (path.startsWith('/assets/')) return false
  const last = path.slice(path.lastIndexOf('/') + 1)
  return !/\.\w+$/.test(last) || path === '/index.html' || (req.headers.accept ?? '').includes('text/html')
}
