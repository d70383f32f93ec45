// One way to serve a JSON API: request id, errors in the protocol's one form, health, a verified caller.
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Authenticator, Caller } from '#kit/access'
import { type Answer, BadTarget, envelope, HEALTH_PATH, logFailure, MethodNotAllowed, NoSuchPath, toSend } from '#kit/answer'
import { type AkkoError, NotAuthenticated, toAkkoError } from '#kit/errors'
import { assertLocalCaller } from '#kit/forwarded'
import type { Handler as Served } from '#kit/http'
import type { Log } from '#kit/log'
import type { Health } from '#kit/part'

export interface ApiEnv {
  Bindings: HttpBindings
  Variables: { caller: Caller }
}

/** What every app's environment has at least. */
type Env = { Bindings: HttpBindings; Variables: object }

export interface ApiOptions<E extends Env> {
  readonly log: Log
  /** Asked at `healthPath`; absent where the protocol has its own. */
  readonly health?: () => Promise<Health>
  readonly healthPath?: string
  /** The one place where errors take the protocol's form; default AKKO's own. */
  readonly answer?: (error: AkkoError, c: Context<E>, thrown: unknown) => Answer
  /** `/a/` is `/a`. */
  readonly ignoreFinalSlash?: boolean
  /** `+` in a path is a space, as clients in Java print one. */
  readonly plusIsSpace?: boolean
}

/** An app whose errors have one form, which knows a wrong method from a wrong path, and says whether it is well. */
export function createApi<E extends Env = ApiEnv>(options: ApiOptions<E>): Hono<E> {
  const { log, health, answer = envelope } = options
  const getPath: typeof pathOf = (...of) => {
    const path = options.plusIsSpace ? pathOf(...of).replaceAll('+', '%20') : pathOf(...of)
    return options.ignoreFinalSlash ? path.replace(/([^/])\/$/, '$1') : path
  }
  const app = new Hono<E>({ getPath })
  tellers.set(app, async (incoming, outgoing, thrown) => {
    const teller = new Hono<E>({ getPath }).notFound((c) => respond(c, thrown, answer))
    await answerRaw(teller, incoming, outgoing, new Headers(incoming.headers as Record<string, string>))
  })
  app.onError((thrown, c) => sendError(c, thrown, answer, log))
  app.notFound((c) => sendError(c, noSuch(app, c), answer, log))
  if (health) {
    app.get(options.healthPath ?? HEALTH_PATH, async (c) => {
      const state = await health()
      return c.json(state, state.healthy ? 200 : 503)
    })
  }
  return app
}

/** The path as it was sent: escapes are for the parameters, and nothing is resolved. */
function pathOf(request: Request, of?: { env?: unknown }): string {
  const target = (of?.env as HttpBindings | undefined)?.incoming.url ?? ''
  if (!target.startsWith('/')) return URL.parse(request.url)?.pathname ?? target
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

function noSuch<E extends Env>(app: Hono<E>, { req }: Context<E>): AkkoError {
  const { method, path } = req
  // A middleware is a route of every method.
  const serves = (asked: string) =>
    app.router.match(asked === 'HEAD' ? 'GET' : asked, path)[0].some(([[, route]]) => route.method !== 'ALL')
  const allowed = METHODS.filter(serves).join(', ')
  return allowed === '' ? NoSuchPath({ method, path }) : MethodNotAllowed({ method, path, allowed })
}

function sendError<E extends Env>(c: Context<E>, thrown: unknown, answer: NonNullable<ApiOptions<E>['answer']>, log: Log): Response {
  const error = toAkkoError(thrown)
  logFailure(log, error, thrown, c.req.path)
  const { outgoing } = c.env
  if (outgoing.headersSent) {
    outgoing.destroy() // an end would look like the answer's
    return RESPONSE_ALREADY_SENT
  }
  return respond(c, thrown, answer)
}

function respond<E extends Env>(c: Context<E>, thrown: unknown, answer: NonNullable<ApiOptions<E>['answer']>): Response {
  const error = toAkkoError(thrown)
  const told = answer(error, c, thrown)
  const { text, headers } = toSend(error, told)
  return c.body(text, told.status as ContentfulStatusCode, headers)
}

type Listener = (req: HttpBindings['incoming'], res: HttpBindings['outgoing']) => Promise<void>

export type ApiHandler = Listener & Pick<Served, 'tell'>

/** How each app says what never came to it. */
const tellers = new WeakMap<object, NonNullable<Served['tell']>>()

/** For `serve`. `raw`: all its handlers are, so that no Fetch request is made of what none reads as one. */
export function listenerOf<E extends Env>(app: Hono<E>, options: { readonly raw?: boolean } = {}): ApiHandler {
  const listener = options.raw ? rawListener(app) : fetchListener(app)
  const handle = (req: HttpBindings['incoming'], res: HttpBindings['outgoing']) => {
    res.setHeader('x-content-type-options', 'nosniff')
    return listener(req, res)
  }
  const tell = tellers.get(app)
  return tell ? Object.assign(handle, { tell }) : handle
}

function fetchListener<E extends Env>(app: Hono<E>): Listener {
  return getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
    hostname: 'localhost', // of requests that name none
    // Of what did not come to the app: told by `serve`.
    errorHandler: (error) => {
      throw error instanceof RequestError ? BadTarget({ reason: error.message }, error) : error
    },
  }) as Listener
}

function rawListener<E extends Env>(app: Hono<E>): Listener {
  return (incoming, outgoing) => answerRaw(app, incoming, outgoing)
}

async function answerRaw<E extends Env>(
  app: Hono<E>,
  incoming: HttpBindings['incoming'],
  outgoing: HttpBindings['outgoing'],
  headers?: Headers,
): Promise<void> {
  const { method, url = '/' } = incoming
  const request = { method, url: url.startsWith('/') ? `http://localhost${url}` : url, headers } as Request
  const answer = await app.fetch(request, { incoming, outgoing })
  if (!outgoing.headersSent) outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  if (!incoming.complete) incoming.resume()
}

/** A handler that answers on Node's own response: streams, files, protocols that are printed elsewhere. */
export function raw<E extends Env>(
  handle: (req: HttpBindings['incoming'], res: HttpBindings['outgoing'], c: Context<E>) => Promise<void> | void,
): Handler<E> {
  return async (c) => {
    await handle(c.env.incoming, c.env.outgoing, c)
    return RESPONSE_ALREADY_SENT
  }
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

/** `authentication: none`: for programs on this machine alone. */
export const localOnly: MiddlewareHandler<{ Bindings: HttpBindings }> = (c, next) => {
  assertLocalCaller(c.env.incoming)
  return next()
}
