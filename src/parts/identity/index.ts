// Single sign-on of one machine: OpenID Connect and the admin API with Keycloak's URLs, state in PostgreSQL.
import type pg from 'pg'
import type { Authoriser } from '#kit/access'
import { createApiPart } from '#kit/api-part'
import type { Audit } from '#kit/audit'
import type { Log } from '#kit/log'
import type { Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import type { Brand, Context, Lifetimes } from '#parts/identity/context'
import { type EndedFeed, startEndedFeed } from '#parts/identity/ended-feed'
import { WrongSettings } from '#parts/identity/errors'
import { createMailer, type SmtpServer } from '#parts/identity/mailer'
import { createMetrics } from '#parts/identity/metrics'
import { DEFAULT_POLICY } from '#parts/identity/password-policy'
import { followPolicyGroups } from '#parts/identity/policy-groups'
import { bootstrap, createRealmRegistry } from '#parts/identity/realms'
import { createRoutes } from '#parts/identity/routes'
import { createStore } from '#parts/identity/store/index'
import type { GroupRoles } from '#parts/identity/store/policy-groups'
import { OIDC_PATHS } from '#wire/oidc/paths'

export type { Brand, Lifetimes } from '#parts/identity/context'
export type { SmtpServer } from '#parts/identity/mailer'

export interface IdentityDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Private socket on which other cells follow what has ended, and what people may do now; absent where nobody does. */
  readonly endedSocket?: string
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
  readonly audit: Audit
  /** The gateway's: only who shows it tells from where a request came. */
  readonly gatewayKey?: Secret
  /** Seals the secrets of second factors. */
  readonly secondFactorKey: Secret
  /** Who has one of these roles logs in with a second factor. */
  readonly secondFactorRoles?: readonly string[]
  /** Roles of the realm's groups, beside those that the realm gives them: by the path of a group, as the policy of now has them. */
  readonly groupRoles?: () => GroupRoles
  /** The server for letters; without it links are only shown to who makes them. */
  readonly smtp?: () => Promise<SmtpServer>
  /** Rules for the passwords of the platform's realm, in Keycloak's syntax. */
  readonly passwordPolicy?: string
  readonly log: Log
  readonly lifetimes?: Partial<Lifetimes>
  readonly brand?: Partial<Brand>
}

const HOUR = 3600
const LIFETIMES: Lifetimes = {
  accessToken: 300,
  adminToken: 60,
  exchanged: HOUR,
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
  let feed: EndedFeed | undefined
  let groups: { stop(): Promise<void> } | undefined
  const lifetimes = { ...LIFETIMES, ...deps.lifetimes }
  const store = createStore(deps.pool, deps.schema, deps.secondFactorKey)
  const origin = issuerOrigin(deps.issuer, deps.realm)
  const context: Context = {
    origin,
    origins: [origin, ...(deps.origins ?? [])],
    realm: deps.realm,
    store,
    authoriser: deps.authoriser,
    audit: deps.audit,
    log,
    lifetimes,
    brand: { ...BRAND, ...deps.brand },
    metrics: createMetrics(),
    secondFactorRoles: deps.secondFactorRoles ?? [],
    ...(deps.smtp ? { mailer: createMailer(deps.smtp) } : {}),
    realms: createRealmRegistry(() => context),
    ended: () => feed,
  }
  let sweep: NodeJS.Timeout | undefined
  return createApiPart({
    name: deps.name,
    listen: { host: deps.host, port: deps.port },
    log,
    forwarder: deps.gatewayKey,
    observe: (req, res, seconds) => {
      context.metrics.request(req, res, seconds)
      // Tokens are asked for all the time, and hardly ever end one.
      if (req.method !== 'GET' && !req.url?.endsWith(OIDC_PATHS.token)) feed?.look()
    },
    open: async () => {
      await store.migrate()
      await bootstrap(store, { realm: deps.realm, lifetimes, passwordPolicy: deps.passwordPolicy ?? DEFAULT_POLICY, admin: deps.admin })
      await context.realms.get(deps.realm)
      if (deps.endedSocket) feed = await startEndedFeed({ store, realm: deps.realm, socket: deps.endedSocket, log })
      groups = await followPolicyGroups({
        store: store.policyGroups,
        realm: deps.realm,
        groups: deps.groupRoles ?? (() => ({})),
        changed: () => feed?.look(),
        log,
      })
      sweep = setInterval(() => store.removeExpired().catch((error: Error) => log.warn({ error: error.message }, 'sweep failed')), SWEEP_MS)
      sweep.unref()
      return createRoutes(context)
    },
    health: async (ask) => {
      const { status, text } = await ask(`/realms/${deps.realm}${OIDC_PATHS.discovery}`)
      const { issuer } = JSON.parse(text) as { issuer?: string }
      if (status === 200 && issuer === deps.issuer) return { healthy: true }
      return { healthy: false, detail: `discovery answered ${status} with issuer ${issuer}` }
    },
    drain: async () => {
      clearInterval(sweep)
      await groups?.stop()
    },
    close: async () => {
      await feed?.close()
      feed = undefined
    },
  })
}

function issuerOrigin(issuer: string, realm: string): string {
  const suffix = `/realms/${realm}`
  if (!issuer.endsWith(suffix)) throw WrongSettings({ what: `the issuer ${issuer} must end in ${suffix}` })
  return issuer.slice(0, -suffix.length)
}
