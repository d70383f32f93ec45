// One request at the edge, from its host to its upstream: routed, logged in, checked for its origin, passed on.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authenticator } from '#kit/access'
import { errorOnSocket, HEALTH_PATH } from '#kit/answer'
import { type AkkoError, describeError, NotAuthenticated, toAkkoError } from '#kit/errors'
import { type Handler, sendJson } from '#kit/http'
import type { Log } from '#kit/log'
import type { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { type CookieNames, clearCookie, readCookie } from '#parts/gateway/cookies'
import { BadPath, CrossOrigin, LoginNeeded, NotInstalled, UnknownHost, UnknownPath } from '#parts/gateway/errors'
import type { Forwarder, Passage } from '#parts/gateway/forward'
import { type Forwarding, prepareHeaders } from '#parts/gateway/headers'
import type { LoginFlow } from '#parts/gateway/login'
import { sendError } from '#parts/gateway/pages'
import type { Refusals } from '#parts/gateway/refusals'
import {
  type HostRoute,
  isAmbiguous,
  isOpen,
  isSql,
  type PathRoute,
  pathOf,
  type Routes,
  routeHost,
  routePath,
  routeSigned,
  statementPaths,
  type Target,
} from '#parts/gateway/router'
import { isNavigation, isSameOrigin } from '#parts/gateway/same-origin'
import type { Sessions } from '#parts/gateway/sessions/sessions'
import type { Session } from '#parts/gateway/sessions/store'

/** Where programs on other machines are told the addresses that they need. */
const ANNOUNCED_PATH = '/.well-known/akko'

/** How often it is looked at again who opened a WebSocket: a logout reaches every door within five seconds. */
const RECHECK_MS = 4000

export interface DoorDeps {
  readonly domain: string
  readonly publicPort: number
  /** A trusted proxy in front tells whose request it is. */
  readonly behindProxy: boolean
  readonly routes: Routes
  readonly origin: (label: string) => string
  readonly cookies: CookieNames
  readonly sessions: Sessions
  readonly login: LoginFlow
  readonly forwarder: Forwarder
  readonly authenticator: Authenticator
  readonly keyAt?: (part: string) => Secret
  readonly announced?: Readonly<Record<string, string>>
  readonly refusals: Refusals
  readonly log: Log
}

export interface Door {
  readonly handle: Handler
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** One that the server has refused before it came here. */
  refused(req: IncomingMessage, error: AkkoError): void
}

/** What a request may pass with. */
interface Grant {
  readonly bearer?: string
  readonly session?: Session
}

type Way = Passage & { readonly forwarding: Forwarding; readonly session?: Session }

export function createDoor(deps: DoorDeps): Door {
  const { routes, sessions, cookies, log } = deps
  const home = `${deps.origin('')}/`
  const apexPaths = statementPaths(routes)

  const target = (req: IncomingMessage): Target => routeHost(routes, deps.domain, req.headers.host)

  /** The session of the browser's cookie, if it is one of this host. */
  const sessionOf = async (req: IncomingMessage, host: string): Promise<Session | undefined> => {
    const secret = readCookie(req.headers.cookie, cookies.session)
    return secret === undefined ? undefined : sessions.resolve(host, secret)
  }

  /** Who may pass a guarded host: a session of a same-origin request, or a bearer token of the client's own. */
  const admit = async (req: IncomingMessage, label: string, upgrade: boolean): Promise<Grant> => {
    if (readCookie(req.headers.cookie, cookies.session) !== undefined) {
      const origin = deps.origin(label)
      if (!isSameOrigin({ method: req.method ?? 'GET', headers: req.headers, upgrade, origin })) throw CrossOrigin({ origin })
      const session = await sessionOf(req, label)
      if (session) return { session, bearer: session.tokens.accessToken }
    } else {
      const token = /^Bearer ([\w~+/.-]+=*)$/i.exec(req.headers.authorization ?? '')?.[1]
      if (token) {
        await deps.authenticator.bearer(token)
        return { bearer: token }
      }
    }
    throw LoginNeeded({ home })
  }

  const way = (route: HostRoute | PathRoute, grant: Grant | 'own'): Way => {
    const { upstream } = route
    const title = route.title ?? ('prefix' in route ? route.prefix : route.label)
    const name = route.name ?? ('label' in route ? route.label : title)
    if (!upstream) throw NotInstalled({ part: title, home })
    const { session, bearer } = grant === 'own' ? {} : grant
    return {
      upstream,
      title,
      name,
      ...('signed' in route && route.signed ? { maxBodyBytes: route.signed.bodyBytes } : {}),
      ...(session ? { session, onRefused: () => sessions.distrust(session) } : {}),
      forwarding: {
        keepAuthorization: grant === 'own',
        keepSqlHeaders: isSql(routes, upstream),
        publicPort: deps.publicPort,
        ...(deps.keyAt ? { key: deps.keyAt(name) } : {}),
        keepForwardedFor: deps.behindProxy,
        ownCookies: cookies.isOwn,
        ...(bearer ? { bearer } : {}),
        ...(session ? { sessionExpires: session.expires.toISOString() } : {}),
      },
    }
  }

  /** Where a request goes; throws what the client is to be told. */
  const find = async (req: IncomingMessage, found: Target, upgrade: boolean): Promise<Way> => {
    const path = pathOf(req.url)
    if (found.kind === 'unknown') throw UnknownHost({ host: found.host, home })
    if (found.kind === 'clients') {
      const signed = routeSigned(routes, req.headers.authorization)
      if (signed) return way(signed, 'own')
      const route = isAmbiguous(path) ? undefined : routePath(routes.paths, path)
      if (!route) throw isAmbiguous(path) ? BadPath() : UnknownPath({ path, home })
      return way(route, 'own')
    }
    const { route, apex } = found
    if (!route.upstream) throw NotInstalled({ part: route.title, home })
    if (!apex && isOpen(route, path)) return way(route, 'own')
    if (apex && isAmbiguous(path)) throw BadPath()
    const statements = apex ? routePath(apexPaths, path) : undefined
    const sql = statements && { ...route, title: statements.title ?? 'SQL', name: statements.name ?? 'sql', upstream: statements.upstream }
    return way(sql ?? route, await admit(req, route.label, upgrade))
  }

  const flow = async (req: IncomingMessage, res: ServerResponse, found: Target): Promise<boolean> => {
    if (found.kind !== 'host') return false
    const url = URL.parse(req.url ?? '/', home)
    if (!url) return false
    if (found.apex) return deps.login.onApex(req, res, url, () => sessionOf(req, ''))
    return found.route.guarded && deps.login.onHost(req, res, url, found.route.label)
  }

  /** On record under the host that was asked for, without what follows a `?`. */
  const note = (req: IncomingMessage, error: AkkoError): void => {
    const secret = readCookie(req.headers.cookie, cookies.session)
    deps.refusals.note(error, {
      host: req.headers.host ?? '',
      path: pathOf(req.url),
      user: async () => (secret === undefined ? undefined : sessions.userOf(secret)),
    })
  }

  const fail = async (req: IncomingMessage, res: ServerResponse, found: Target, thrown: unknown): Promise<void> => {
    const error = toAkkoError(thrown)
    if (error.status >= 500) log.warn({ error: describeError(thrown), code: error.code, host: req.headers.host }, 'refused')
    if (LoginNeeded.is(error) && found.kind === 'host' && isNavigation(req.method ?? 'GET', req.headers)) {
      try {
        return await deps.login.begin(req, res, found.route.label, req.url ?? '/')
      } catch (further) {
        log.warn({ error: describeError(further) }, 'a login could not begin')
        return sendError(req, res, toAkkoError(further), { home, requestId: requestId() })
      }
    }
    note(req, error)
    if (LoginNeeded.is(error) && readCookie(req.headers.cookie, cookies.session) !== undefined && !res.headersSent)
      res.appendHeader('set-cookie', clearCookie(cookies.session))
    if (!req.complete && !res.headersSent) res.setHeader('connection', 'close')
    sendError(req, res, error, { home, requestId: requestId() })
  }

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method === 'GET' && req.url === HEALTH_PATH) return sendJson(res, 200, { status: 'ok' })
    const found = target(req)
    if (deps.announced && found.kind !== 'unknown' && req.method === 'GET' && req.url === ANNOUNCED_PATH)
      return sendJson(res, 200, deps.announced)
    try {
      if (found.kind === 'clients' && req.url === '/' && isNavigation(req.method ?? 'GET', req.headers)) {
        res.writeHead(302, { location: home, 'content-length': 0 }).end()
        return
      }
      if (await flow(req, res, found)) return
      const { forwarding, ...passage } = await find(req, found, false)
      prepareHeaders(req, forwarding)
      await deps.forwarder.web(req, res, passage)
    } catch (error) {
      await fail(req, res, found, error)
    }
  }

  const tell: Handler['tell'] = (req, res, thrown) => sendError(req, res, toAkkoError(thrown), { home, requestId: requestId() })

  return {
    refused: note,
    handle: Object.assign(handle, { tell }),

    upgrade: async (req, socket, head) => {
      socket.on('error', () => socket.destroy())
      const secret = readCookie(req.headers.cookie, cookies.session)
      try {
        const found = target(req)
        const { forwarding, session, ...passage } = await find(req, found, true)
        prepareHeaders(req, forwarding)
        endWithGrant(deps, socket, secret, { ...(session ? { session } : {}), ...(forwarding.bearer ? { bearer: forwarding.bearer } : {}) })
        await deps.forwarder.upgrade(req, socket, head, passage)
      } catch (thrown) {
        const error = toAkkoError(thrown)
        if (error.status >= 500) log.warn({ error: describeError(thrown), code: error.code }, 'upgrade refused')
        note(req, error)
        if (socket.writable) socket.end(errorOnSocket(error))
      }
    },
  }
}

/** Closes a WebSocket when what opened it ends: the session by logout, by the provider, by time; or the client's own token. */
function endWithGrant({ sessions, authenticator }: DoorDeps, socket: Duplex, secret: string | undefined, { session, bearer }: Grant): void {
  if (!session && bearer === undefined) return // the part behind knows who it is
  const hasSession = async (of: Session) => {
    const live = await sessions.resolve(of.host, secret ?? '').catch(() => of)
    return live !== undefined && live.expires.getTime() > Date.now()
  }
  const hasToken = (token: string) =>
    authenticator.bearer(token).then(
      () => true,
      (error: unknown) => !NotAuthenticated.is(error),
    )
  const forget = session ? sessions.onEnd(session.id, () => socket.destroy()) : () => {}
  const recheck = setInterval(async () => {
    if (!(await (session ? hasSession(session) : hasToken(bearer ?? '')))) socket.destroy()
  }, RECHECK_MS)
  recheck.unref()
  socket.once('close', () => {
    clearInterval(recheck)
    forget()
  })
}
