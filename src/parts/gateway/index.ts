// The gateway: TLS with the home's own authority (or behind a proxy that ends it), hosts and paths to their parts, browser sessions swapped for tokens.
import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { Authenticator } from '#kit/access'
import { HEALTH_PATH } from '#kit/answer'
import type { Audit } from '#kit/audit'
import { describeError, NotAuthenticated } from '#kit/errors'
import { type Served, type ServeOptions, serve } from '#kit/http'
import { LIMITS, type Limits } from '#kit/limits'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { createLocalCa } from '#parts/gateway/ca'
import { cookieNames } from '#parts/gateway/cookies'
import { createDoor } from '#parts/gateway/door'
import { createForwarder, type Forwarder } from '#parts/gateway/forward'
import { createListener, type Listener } from '#parts/gateway/listener'
import { createLoginFlow, LOGIN_LIFETIME } from '#parts/gateway/login'
import { createOidcClient, createProvider } from '#parts/gateway/oidc'
import { createRefusals } from '#parts/gateway/refusals'
import type { Routes } from '#parts/gateway/router'
import { createLoginSealer } from '#parts/gateway/seal'
import { createSessions } from '#parts/gateway/sessions/sessions'
import type { ClientName, SessionStore } from '#parts/gateway/sessions/store'

export { createLocalCa, type Leaf, type LocalCa, replaceFile } from '#parts/gateway/ca'
export { checkPair, type OwnPair, PairProblem } from '#parts/gateway/own-pair'
export type { HostRoute, PathRoute, Routes, Upstream } from '#parts/gateway/router'
export { createSessionStore, type SessionStore } from '#parts/gateway/sessions/store'

interface ClientCredentials {
  readonly id: string
  readonly secret: Secret
}

export interface GatewayDeps {
  readonly name: string
  readonly host: string
  /** Further addresses that it is reached at, on the same port. */
  readonly also?: readonly string[]
  readonly port: number
  /** `akko.localhost`: the cockpit is there, parts are below it. */
  readonly domain: string
  /** The HTTPS port that browsers use; the cookies' names carry it. */
  readonly publicPort: number
  /**
   * Folder of the local authority and the gateway's certificate. Absent: a trusted proxy in front ends TLS and passes the
   * browser's Host on, and plain HTTP is served; nobody but that proxy may reach the port.
   */
  readonly caDir?: string
  /** A file with the operator's own key and certificates, for the domain and its hosts: in the place of the local authority's, which stays for `localhost`. */
  readonly ownPair?: string
  /** Told to everybody who asks: where programs on other machines find what. */
  readonly announced?: Readonly<Record<string, string>>
  readonly routes: Routes
  readonly oidc: {
    /** As in the tokens, e.g. `https://localhost:8443/realms/akko`. */
    readonly issuer: string
    /** The same server directly, e.g. `http://127.0.0.1:8180`. */
    readonly internalUrl: string
    /** Without `gateway`, no host is guarded here. */
    readonly clients: { readonly cockpit: ClientCredentials } & Partial<Record<ClientName, ClientCredentials>>
  }
  readonly sessions: SessionStore
  /** Seals what the browser keeps while it logs in. */
  readonly sessionKey: Secret
  readonly authenticator: Authenticator
  /** Proves to a part, by its service's name, that the request came through here. */
  readonly keyAt?: (part: string) => Secret
  /** Told of what is refused here; parts behind tell of theirs. */
  readonly audit: Audit
  readonly log: Log
  /** How long a browser's login lasts at most; default 10 hours. */
  readonly sessionMs?: number
  /** Of time, size and connections; defaults of every server. */
  readonly limits?: Partial<Limits>
  /** Largest request body; default 1 GiB. */
  readonly maxBodyBytes?: number
}

const HOUR = 3600_000
const GIB = 1024 ** 3

export function createGateway(deps: GatewayDeps): Part {
  const { log, domain, publicPort } = deps
  const cookies = cookieNames(publicPort)
  const suffix = publicPort === 443 ? '' : `:${publicPort}`
  const origin = (label: string) => `https://${label === '' ? '' : `${label}.`}${domain}${suffix}`
  const provider = createProvider(deps.oidc)
  const clients = {
    cockpit: createOidcClient(provider, deps.oidc.clients.cockpit),
    gateway: createOidcClient(provider, deps.oidc.clients.gateway ?? deps.oidc.clients.cockpit),
  }
  const sessions = createSessions({
    store: deps.sessions,
    clients,
    log,
    lifetimeMs: deps.sessionMs ?? 10 * HOUR,
    isGood: (token) =>
      deps.authenticator.bearer(token).then(
        () => true,
        (error: unknown) => {
          if (NotAuthenticated.is(error)) return false
          throw error
        },
      ),
  })
  const login = createLoginFlow({
    provider,
    clients,
    sessions,
    sealer: createLoginSealer(deps.sessionKey, LOGIN_LIFETIME),
    cookies,
    authenticator: deps.authenticator,
    origin,
    isGuarded: (label) =>
      label !== '' &&
      deps.oidc.clients.gateway !== undefined &&
      deps.routes.hosts.some((h) => h.label === label && h.guarded && h.upstream),
  })

  let running:
    | {
        readonly listener: Listener
        readonly served: readonly Served[]
        readonly forwarder: Forwarder
        readonly upgraded: Set<Duplex>
        readonly timer: NodeJS.Timeout
      }
    | undefined

  const start = async () => {
    await deps.sessions.migrate()
    const limits = { ...LIMITS, ...deps.limits }
    const listener = await createListener({ caDir: deps.caDir, domain, ownPair: deps.ownPair, log }, limits)
    const upgraded = new Set<Duplex>()
    const forwarder = createForwarder({ log, ownCookies: cookies.isOwn, maxBodyBytes: deps.maxBodyBytes ?? GIB })
    const behindProxy = deps.caDir === undefined
    const refusals = createRefusals({ part: deps.name, audit: deps.audit, log })
    const door = createDoor({ ...deps, behindProxy, sessions, origin, cookies, login, forwarder, refusals })
    const upgrade: ServeOptions['upgrade'] = (req, socket, head) => {
      upgraded.add(socket)
      socket.once('close', () => upgraded.delete(socket))
      void door.upgrade(req, socket, head)
    }
    const served: Served[] = []
    for (const host of [deps.host, ...(deps.also ?? [])])
      served.push(
        await serve({
          part: deps.name,
          probes: [HEALTH_PATH],
          listen: { host, port: deps.port },
          log,
          server: listener.create(),
          limits,
          forwarder: behindProxy ? 'anybody' : 'nobody',
          handler: door.handle,
          refused: door.refused,
          upgrade,
        }),
      )
    const timer = setInterval(() => void upkeep(), HOUR)
    timer.unref()
    running = { listener, served, forwarder, upgraded, timer }

    async function upkeep(): Promise<void> {
      try {
        await deps.sessions.removeExpired()
        await listener.renew()
      } catch (error) {
        log.warn({ error: describeError(error) }, 'upkeep of sessions and certificate failed')
      }
    }
  }

  const stop = async () => {
    const state = running
    if (!state) return
    running = undefined
    clearInterval(state.timer)
    for (const socket of state.upgraded) socket.destroy()
    await Promise.all(state.served.map((one) => one.close()))
    state.listener.close()
    state.forwarder.close()
  }

  return { name: deps.name, start, stop, health: () => probe(deps, running?.served[0]?.port ?? deps.port) }
}

/** Through the door itself; over TLS with the authority that clients are told to trust. */
async function probe({ caDir, host, domain }: GatewayDeps, port: number): Promise<Health> {
  const tls = caDir === undefined ? undefined : { ca: (await createLocalCa(caDir)).pem, servername: 'localhost' }
  return new Promise((resolve) => {
    const options = { host, port, path: HEALTH_PATH, headers: { host: domain }, timeout: 2000, agent: false } as const
    const onAnswer = (res: http.IncomingMessage) => {
      res.resume()
      resolve(res.statusCode === 200 ? { healthy: true } : { healthy: false, detail: `health answered ${res.statusCode}` })
    }
    const req = tls ? https.get({ ...options, ...tls }, onAnswer) : http.get(options, onAnswer)
    req.on('timeout', () => req.destroy(new Error('no answer within 2 s')))
    req.on('error', (error) => resolve({ healthy: false, detail: describeError(error) }))
  })
}
