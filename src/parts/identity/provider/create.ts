// The OpenID provider of one realm: oidc-provider, configured to look like Keycloak from outside.
import type { IncomingMessage } from 'node:http'
import type { JSONWebKeySet, JWK } from 'jose'
import { type Client, type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { auditEvent } from '#kit/audit'
import { addressOf } from '#kit/forwarded'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { policyOf } from '#parts/identity/password-policy'
import { customizeAccessToken, extrasOf, realmResource, realmResourceServer, SCOPES } from '#parts/identity/provider/access-token'
import { ID_TOKEN_CLAIMS, toAccount } from '#parts/identity/provider/account'
import { withAccountPage } from '#parts/identity/provider/account-page'
import { CLIENT_EXTRAS, toProviderClient } from '#parts/identity/provider/client-extras'
import { notSetUp, registerPasswordGrant, registerTokenExchange } from '#parts/identity/provider/grants'
import { prompts } from '#parts/identity/provider/prompts'
import { devicePages, logoutPages, renderError, tidyResponse } from '#parts/identity/provider/views'
import { requestOrigin } from '#parts/identity/request-origin'
import { mustAct } from '#parts/identity/required-actions'
import { createOidcAdapter } from '#parts/identity/store/oidc-rows'
import type { Realm } from '#parts/identity/store/realms'
import { IDENTITY_CLAIMS } from '#wire/oidc/claims'
import { DEVICE_CODE, TOKEN_EXCHANGE } from '#wire/oidc/client-metadata'
import { OIDC_PATHS, realmIssuer } from '#wire/oidc/paths'

export const MASTER_REALM = 'master'

const PUBLIC_KEY_FIELDS = ['kty', 'kid', 'use', 'alg', 'n', 'e'] as const

export async function createRealmRuntime(context: Context, realm: Realm): Promise<RealmRuntime> {
  const issuer = realmIssuer(context.origin, realm.name)
  const keys = await context.store.realms.keys(realm.name)
  const provider = new Provider(issuer, configure(context, realm, keys))
  provider.proxy = true
  const lifespan = realm.settings.accessTokenLifespan
  if (realm.name === MASTER_REALM) registerPasswordGrant(provider, context, realm.name, async () => lifespan)
  else registerTokenExchange(provider, context, realm.name, () => context.realms.get(realm.name))
  provider.use(tidyResponse(context, realm.name))
  provider.on('server_error', (_ctx, error) =>
    context.log.error({ error: error.stack ?? error.message, realm: realm.name }, 'provider failed'),
  )
  provider.on('session.destroyed', (session) => {
    void noteLogout(context, realm.name, session.accountId)
    context.store.ended.add('session', session.uid).then(
      () => context.ended()?.look(),
      (error: Error) => context.log.error({ error: error.message, realm: realm.name }, 'the end of a session could not be recorded'),
    )
  })
  const note = (seen: Promise<void>) =>
    void seen.catch((error: Error) => context.log.warn({ error: error.message }, 'a session was not noted'))
  provider.on('authorization.success', (ctx) => {
    const { session } = ctx.oidc
    if (session?.accountId) note(context.store.sessions.seen(session.uid, ctx.get('user-agent'), addressOf(ctx.req) ?? ''))
  })
  provider.on('grant.success', (ctx) => {
    context.metrics.token(realm.name, grantName(ctx), 'issued')
    const uid = ctx.oidc.params?.grant_type === 'refresh_token' ? ctx.oidc.entities.RefreshToken?.sessionUid : undefined
    if (uid) note(context.store.sessions.used(uid))
  })
  provider.on('grant.error', (ctx, error) => {
    context.metrics.token(realm.name, grantName(ctx), 'refused')
    context.log.info(
      { realm: realm.name, client: ctx.oidc.client?.clientId, error: error.message, detail: error.error_detail },
      'token refused',
    )
  })
  const callback = provider.callback()
  return {
    name: realm.name,
    issuer,
    displayName: realm.settings.displayName ?? realm.name,
    jwks: publicKeys(keys),
    formKey: realm.cookieKey,
    passwords: policyOf(realm.settings),
    provider,
    handle: async (req, res) => {
      const asked = req.url
      req.url = withOfflineConsent(asked ?? '/')
      mount(req, context, `/realms/${realm.name}`)
      await callback(req, res)
      req.url = asked
    },
  }
}

/**
 * `offline_access` counts without `prompt=consent`, as in Keycloak; OpenID Connect Core 11 has it passed over. Who asks his user for consent
 * does so all the same, and `prompt=none` stays what it says.
 */
function withOfflineConsent(target: string): string {
  const at = target.indexOf('?')
  const path = target.slice(0, at)
  if (at < 0 || !path.endsWith(OIDC_PATHS.authorization)) return target
  const asked = new URLSearchParams(target.slice(at))
  if (!asked.get('scope')?.split(' ').includes('offline_access')) return target
  const prompts = asked.get('prompt')?.split(' ').filter(Boolean) ?? []
  if (prompts.some((one) => one === 'none' || one === 'consent')) return target
  asked.set('prompt', [...prompts, 'consent'].join(' '))
  return `${path}?${asked}`
}

/** Never in the way of it: a logout takes something away. */
async function noteLogout({ store, audit }: Context, realm: string, accountId: string | undefined): Promise<void> {
  if (accountId === undefined) return
  const user = await store.users.get(realm, accountId).catch(() => undefined)
  const who = { sub: user?.username ?? accountId, via: 'session', roles: user?.realmRoles ?? [] }
  audit.note(auditEvent({ who, what: { part: 'identity', action: 'logout', kind: 'realm', path: [realm] }, outcome: 'allowed' }))
}

/** Only names that we serve, so that nobody fills the metrics with others. */
function grantName(ctx: KoaContextWithOIDC): string {
  const name = String(ctx.oidc.params?.grant_type)
  return ['authorization_code', 'refresh_token', 'client_credentials', 'password', DEVICE_CODE, TOKEN_EXCHANGE].includes(name)
    ? name
    : 'other'
}

function configure(context: Context, realm: Realm, keys: readonly JWK[]): Configuration {
  const { store, lifetimes } = context
  const { accessTokenLifespan, ssoSessionMaxLifespan, offlineSessionIdleTimeout } = realm.settings
  const path = `/realms/${realm.name}/`
  const publicUrl = new URL(context.origin)
  const port = publicUrl.port || '443'
  const secure = publicUrl.protocol === 'https:'
  const master = realm.name === MASTER_REALM
  return {
    adapter: createOidcAdapter(store.db, withAccountPage(store.clients, context), realm.name, (client) =>
      toProviderClient(client, master ? ['password'] : []),
    ),
    jwks: { keys: keys as never },
    routes: {
      authorization: OIDC_PATHS.authorization,
      token: OIDC_PATHS.token,
      jwks: OIDC_PATHS.jwks,
      userinfo: OIDC_PATHS.userinfo,
      introspection: OIDC_PATHS.introspection,
      revocation: OIDC_PATHS.revocation,
      end_session: OIDC_PATHS.endSession,
      device_authorization: OIDC_PATHS.deviceAuthorization,
      code_verification: OIDC_PATHS.device,
      pushed_authorization_request: OIDC_PATHS.pushedAuthorization,
    },
    responseTypes: ['code'],
    scopes: SCOPES,
    claims: {
      openid: [...IDENTITY_CLAIMS, ...ID_TOKEN_CLAIMS],
      profile: [],
      email: [],
      roles: [],
      groups: [],
      iss: null,
      acr: null,
    },
    conformIdTokenClaims: false,
    acrValues: ['0', '1'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    extraClientMetadata: { properties: [...CLIENT_EXTRAS] },
    clientBasedCORS: (_ctx, origin, client) => extrasOf(client).akko_origins.includes(origin),
    pkce: { required: (_ctx, client) => extrasOf(client).akko_require_pkce },
    cookies: {
      keys: [realm.cookieKey],
      names: { session: `akko_${port}_session`, interaction: `akko_${port}_login`, resume: `akko_${port}_resume` },
      long: { signed: true, httpOnly: true, secure, sameSite: 'lax', path },
      short: { signed: true, httpOnly: true, secure, sameSite: 'lax' },
    },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? accessTokenLifespan,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? accessTokenLifespan,
      AuthorizationCode: lifetimes.authorizationCode,
      DeviceCode: lifetimes.deviceCode,
      IdToken: accessTokenLifespan,
      Interaction: lifetimes.login,
      // Counted from the login, not from the last use.
      Session: (_ctx, session) => Math.max(1, (session.loginTs ?? now()) + ssoSessionMaxLifespan - now()),
      Grant: Math.max(ssoSessionMaxLifespan, offlineSessionIdleTimeout),
      RefreshToken: (_ctx, token) => (token.scopes.has('offline_access') ? offlineSessionIdleTimeout : ssoSessionMaxLifespan),
    },
    formats: { customizers: { jwt: customizeAccessToken(store) } },
    findAccount: async (ctx, id) => {
      const user = await store.users.get(realm.name, id)
      if (!user?.enabled || user.serviceClient) return undefined
      if (ctx.oidc.route === 'token' && mustAct(context, realm.name, user)) throw notSetUp()
      return toAccount(user, ctx)
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: (ctx) => grantAll(ctx, realm.name),
    interactions: {
      policy: prompts((user) => mustAct(context, realm.name, user)),
      url: (_ctx, interaction) => `/realms/${realm.name}${OIDC_PATHS.login}/${interaction.uid}`,
    },
    renderError: renderError(context, realm.name),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      userinfo: { enabled: true },
      deviceFlow: { enabled: true, ...devicePages(context, realm.name) },
      rpInitiatedLogout: { enabled: true, ...logoutPages(context, realm.name) },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => realmResource(realm.name),
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, _resource, client: Client) => realmResourceServer(client, accessTokenLifespan),
      },
    },
  }
}

const now = () => Math.floor(Date.now() / 1000)

/** Clients are the platform's own: who is logged in has consented. The grant is made on first use. */
async function grantAll(ctx: KoaContextWithOIDC, realm: string) {
  const { provider, session, client } = ctx.oidc
  if (!client || !session?.accountId) return undefined
  const known = session.grantIdFor(client.clientId)
  const existing = known ? await provider.Grant.find(known) : undefined
  if (existing) return existing
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(SCOPES.join(' '))
  for (const resource of new Set([realmResource(realm), ...Object.keys(ctx.oidc.resourceServers ?? {})])) {
    grant.addResourceScope(resource, SCOPES.join(' '))
  }
  await grant.save()
  return grant
}

function publicKeys(keys: readonly JWK[]): JSONWebKeySet {
  return { keys: keys.map((key) => Object.fromEntries(PUBLIC_KEY_FIELDS.map((f) => [f, key[f]])) as unknown as JWK) }
}

/**
 * Koa sees the path below the realm and, as its host, an origin that browsers know: their own where it is one of ours,
 * else the issuer's (back-channel calls on the loopback port, and discovery always).
 */
function mount(req: IncomingMessage & { originalUrl?: string }, { origin, origins }: Context, prefix: string): void {
  const seen = requestOrigin(req)
  const discovery = req.url?.startsWith(`${prefix}/.well-known/`)
  const shown = new URL(!discovery && origins.includes(seen) ? seen : origin)
  req.originalUrl = req.url ?? '/'
  req.url = (req.url ?? '/').slice(prefix.length) || '/'
  req.headers.host = shown.host
  req.headers['x-forwarded-host'] = shown.host
  req.headers['x-forwarded-proto'] = shown.protocol.slice(0, -1)
}
