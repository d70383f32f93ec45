// Single sign-on of one machine: OpenID Connect and the admin API with Keycloak's URLs, state in PostgreSQL.
import type pg from 'pg'
import type { Authoriser } from '#kit/access'
import { type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import type { Brand, Context, Lifetimes } from '#parts/identity/context'
import { WrongSettings } from '#parts/identity/errors'
import { createMetrics } from '#parts/identity/metrics'
import { bootstrap, createRealmRegistry } from '#parts/identity/realms'
import { createHandler } from '#parts/identity/routes'
import { createStore } from '#parts/identity/store/index'
import { OIDC_PATHS } from '#wire/oidc/paths'

export type { Brand, Lifetimes } from '#parts/identity/context'

export interface IdentityDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  /** The platform's realm; made at the first start, as is `master`. */
  readonly realm: string
  /** Public, e.g. `https://localhost:8443/realms/akko`; other realms' differ in the last segment. */
  readonly issuer: string
  /** Further origins under which browsers reach the pages, e.g. `https://identity.akko.localhost:8443`. */
  readonly origins?: readonly string[]
  /** Over the database `keycloak`. */
  readonly pool: pg.Pool
  readonly schema: string
  /** Administrator of the realm `master`; the password is set at every start. */
  readonly admin: { readonly username: string; readonly password: Secret }
  readonly authoriser: Authoriser
  readonly log: Log
  readonly lifetimes?: Partial<Lifetimes>
  readonly brand?: Partial<Brand>
}

const HOUR = 3600
const LIFETIMES: Lifetimes = {
  accessToken: 300,
  adminToken: 60,
  exchanged: 12 * HOUR,
  session: 10 * HOUR,
  offline: 30 * 24 * HOUR,
  authorizationCode: 60,
  deviceCode: 600,
  login: 1800,
}
const BRAND: Brand = { name: 'AKKO', tagline: 'Analytics Kernel, Keep Ownership' }
const SWEEP_MS = 10 * 60 * 1000

/** Signing, cookie and client keys live in the database, so that tokens and sessions survive a restart. */
export function createIdentity(deps: IdentityDeps): Part {
  const { log } = deps
  const lifetimes = { ...LIFETIMES, ...deps.lifetimes }
  const store = createStore(deps.pool, deps.schema)
  const origin = issuerOrigin(deps.issuer, deps.realm)
  const context: Context = {
    origin,
    origins: [origin, ...(deps.origins ?? [])],
    realm: deps.realm,
    store,
    authoriser: deps.authoriser,
    log,
    lifetimes,
    brand: { ...BRAND, ...deps.brand },
    metrics: createMetrics(),
    realms: createRealmRegistry(() => context),
  }
  let served: Served | undefined
  let sweep: NodeJS.Timeout | undefined
  return {
    name: deps.name,
    start: async () => {
      await store.migrate()
      await bootstrap(store, { realm: deps.realm, lifetimes, admin: deps.admin })
      await context.realms.get(deps.realm)
      served = await serve({
        listen: { host: deps.host, port: deps.port },
        log,
        handler: createHandler(context),
        observe: context.metrics.request,
      })
      sweep = setInterval(() => store.removeExpired().catch((error: Error) => log.warn({ error: error.message }, 'sweep failed')), SWEEP_MS)
      sweep.unref()
    },
    health: () => probe(`http://${deps.host}:${served?.port ?? deps.port}/realms/${deps.realm}${OIDC_PATHS.discovery}`, deps.issuer),
    stop: async () => {
      clearInterval(sweep)
      await served?.close()
      served = undefined
    },
  }
}

function issuerOrigin(issuer: string, realm: string): string {
  const suffix = `/realms/${realm}`
  if (!issuer.endsWith(suffix)) throw WrongSettings({ what: `the issuer ${issuer} must end in ${suffix}` })
  return issuer.slice(0, -suffix.length)
}

async function probe(url: string, issuer: string): Promise<Health> {
  try {
    const res = await fetch(url, { signal: AbortSignal.timeout(2000) })
    const discovery = (await res.json()) as { issuer?: string }
    if (res.ok && discovery.issuer === issuer) return { healthy: true }
    return { healthy: false, detail: `discovery answered ${res.status} with issuer ${discovery.issuer}` }
  } catch (error) {
    return { healthy: false, detail: `discovery does not answer: ${(error as Error).message}` }
  }
}
