// One way to serve a JSON API: request id, errors in one envelope, health, a verified caller, a part's life around it.
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Authenticator, Caller } from '#kit/access'
import { defineError, describeError, errorBody, NotAuthenticated, toAkkoError } from '#kit/errors'
import { type Listen, type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'
import { requestId } from '#kit/trace'

export const HEALTH_PATH = '/-/health'

const NoSuchPath = defineError('api.no_such_path', 404, 'nothing answers {method} {path}')

export interface ApiEnv {
  Variables: { caller: Caller }
}

/** An app whose answers carry the request id, whose errors are the envelope, and that says at `/-/health` whether it is well. */
export function createApi(options: { readonly log: Log; readonly health: () => Promise<Health> }): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(async (c, next) => {
    c.header('x-request-id', requestId())
    c.header('x-content-type-options', 'nosniff')
    await next()
  })
  app.onError((thrown, c) => sendError(c, thrown, options.log))
  app.notFound((c) => sendError(c, NoSuchPath({ method: c.req.method, path: c.req.path }), options.log))
  app.get(HEALTH_PATH, async (c) => {
    const state = await options.health()
    return c.json(state, state.healthy ? 200 : 503)
  })
  return app
}

function sendError(c: Context, thrown: unknown, log: Log): Response {
  const error = toAkkoError(thrown)
  if (error.status >= 500) log.error({ error: describeError(thrown), path: c.req.path }, 'request failed')
  if (error.status === 401) c.header('www-authenticate', 'Bearer realm="akko"')
  c.header('cache-control', 'no-store')
  return c.json(errorBody(error, requestId()), error.status as ContentfulStatusCode)
}

/** Lets nobody pass whose token does not verify. `header`: where a trusted proxy in front puts it, where not in Authorization. */
export function requireCaller(authenticator: Authenticator, header?: string): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const token = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? (header ? c.req.header(header) : undefined)
    if (!token) throw NotAuthenticated({ reason: 'a bearer token is needed: log in through the gateway, or see `akko env`' })
    c.set('caller', await authenticator.bearer(token))
    await next()
  }
}

export interface ApiPart {
  readonly name: string
  readonly listen: Listen
  readonly log: Log
  /** Prepares what the app needs; called at each start. */
  open(): Promise<Hono<ApiEnv>>
  /** After the last request. */
  close?(): Promise<void>
}

/** The part of a cell that serves an app; its health is asked at its own door. */
export function createApiPart({ name, listen, log, open, close }: ApiPart): Part & { port(): number } {
  let served: Served | undefined
  const stop = async () => {
    await served?.close()
    served = undefined
    await close?.()
  }
  return {
    name,
    port: () => served?.port ?? 0,
    start: async () => {
      if (served) await stop()
      const listener = getRequestListener((await open()).fetch, { overrideGlobalObjects: false })
      served = await serve({ listen, log, handler: (req, res) => listener(req, res) as Promise<void> })
    },
    health: async () => {
      if (!served) return { healthy: false, detail: 'not started' }
      if ('socket' in listen) return { healthy: true }
      try {
        const answer = await fetch(`http://${listen.host}:${served.port}${HEALTH_PATH}`, { signal: AbortSignal.timeout(2000) })
        return (await answer.json()) as Health
      } catch (error) {
        return { healthy: false, detail: `its port does not answer: ${describeError(error)}` }
      }
    },
    stop,
  }
}
