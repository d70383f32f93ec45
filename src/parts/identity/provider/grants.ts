// The grants that the provider does not bring: password (administrator of the master realm) and token exchange (RFC 8693).
import type { JWTPayload } from 'jose'
import { type KoaContextWithOIDC, errors as oidc, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { authorise, type Caller } from '#kit/access'
import { AuditUnavailable, auditEvent } from '#kit/audit'
import { AccessDenied, AkkoError } from '#kit/errors'
import { addressOf } from '#kit/forwarded'
import { requestId } from '#kit/trace'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { BadCode, BadLogin } from '#parts/identity/errors'
import { confirmCode, logIn } from '#parts/identity/log-in'
import { extrasOf, realmResource, realmResourceServer, SCOPES } from '#parts/identity/provider/access-token'
import { toAccount } from '#parts/identity/provider/account'
import { mustAct } from '#parts/identity/required-actions'
import type { User } from '#parts/identity/store/users'
import { REALM_MANAGEMENT } from '#wire/oidc/claims'
import { TOKEN_EXCHANGE } from '#wire/oidc/client-metadata'
import { lineage } from '#wire/oidc/ended'

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/** How often a token may be exchanged for another, and that again: each names all before it. */
const MOST_EXCHANGES = 8

interface PasswordParams {
  readonly username?: string
  readonly password?: string
  /** The code of the second factor, by Keycloak's name. */
  readonly totp?: string
}

/** In Keycloak's words: what is left to do needs a page. */
export const notSetUp = () => new oidc.CustomOIDCProviderError('invalid_grant', 'Account is not fully set up')

/** Resource owner password credentials: what kcadm.sh logs in with. */
export function registerPasswordGrant(provider: Provider, context: Context, realm: string, lifetime: () => Promise<number>): void {
  provider.registerGrantType<PasswordParams>(
    'password',
    async (ctx) => {
      const { username, password } = ctx.oidc.params
      if (!username || !password) throw new oidc.InvalidRequest('username and password are required')
      const user = await logIn(context, realm, { username, password, address: addressOf(ctx.req) ?? 'unknown' }).catch((error: unknown) => {
        throw BadLogin.is(error) ? new oidc.CustomOIDCProviderError('invalid_grant', 'Invalid user credentials') : toOidcError(error)
      })
      const { totp } = ctx.oidc.params
      if (user.totp)
        await confirmCode(context, realm, user, totp ?? '', { address: addressOf(ctx.req) ?? 'unknown' }).catch((error: unknown) => {
          throw BadCode.is(error) ? new oidc.CustomOIDCProviderError('invalid_grant', 'Invalid user credentials') : toOidcError(error)
        })
      if (mustAct(context, realm, user)) throw notSetUp()
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: user.id })
      grant.addOIDCScope(SCOPES.join(' '))
      grant.addResourceScope(realmResource(realm), SCOPES.join(' '))
      const grantId = await grant.save()
      const access = await issueAccessToken(ctx, provider, realm, user, await lifetime(), { grantId, gty: 'password' })
      const refresh = new provider.RefreshToken({
        accountId: user.id,
        client: ctx.oidc.client,
        grantId,
        gty: 'password',
        resource: realmResource(realm),
        scope: 'profile email',
        expiresWithSession: false,
      } as never)
      ctx.oidc.entity('RefreshToken', refresh)
      ctx.body = { ...access, refresh_token: await refresh.save() }
    },
    ['username', 'password', 'totp', 'scope'],
  )
}

interface ExchangeParams {
  readonly subject_token?: string
  readonly subject_token_type?: string
  /** Keycloak's extension: act as this user. */
  readonly requested_subject?: string
  readonly requested_token_type?: string
  /** Whom the token is to be for; may be given several times. */
  readonly audience?: string | readonly string[]
}

export function registerTokenExchange(provider: Provider, context: Context, realm: string, runtime: () => Promise<RealmRuntime>): void {
  provider.registerGrantType<ExchangeParams>(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const { subject_token, subject_token_type, requested_subject, requested_token_type } = ctx.oidc.params
      if (subject_token_type && subject_token_type !== ACCESS_TOKEN_TYPE)
        throw new oidc.InvalidRequest('subject_token_type must be an access token')
      if (requested_token_type && requested_token_type !== ACCESS_TOKEN_TYPE) throw new oidc.InvalidRequest('only access tokens are issued')
      const actor = await findActor(ctx, context, realm, await runtime(), subject_token)
      const another = otherThan(actor, requested_subject)
      const user =
        another === undefined ? await ownSubject(context, realm, actor) : await impersonated(context, realm, actor.caller, another)
      ctx.state.audiences = await audiencesOf(ctx, context, realm, another !== undefined)
      const lifetime = Math.min(context.lifetimes.exchanged, extrasOf(ctx.oidc.client).akko_token_lifespan || context.lifetimes.exchanged)
      // With the subject's session and grant end the tokens that were made from its token; with a revoked token those that were made from it.
      if (another === undefined) ctx.state.subject = actor.claims
      if (actor.claims) ctx.state.from = lineageOf(actor.claims)
      // Who acts for another is on record by the authoriser, which was asked.
      if (another === undefined) await recordExchange(context, actor.caller, ctx.oidc.client.clientId, user)
      ctx.state.actor = { sub: actor.caller.sub, client_id: ctx.oidc.client.clientId }
      ctx.body = {
        ...(await issueAccessToken(ctx, provider, realm, user, lifetime, { gty: TOKEN_EXCHANGE })),
        issued_token_type: ACCESS_TOKEN_TYPE,
      }
      context.log.info({ actor: actor.caller.sub, client: ctx.oidc.client.clientId, user: user.username, lifetime }, 'token exchanged')
    },
    ['subject_token', 'subject_token_type', 'requested_subject', 'requested_token_type', 'audience', 'scope'],
    ['audience'],
  )
}

interface Actor {
  readonly caller: Caller
  /** The subject token's claims; absent when the client acts by itself. */
  readonly claims?: JWTPayload
}

/** The user who is asked for, unless it is whom the subject token is of: that is an exchange like any. */
function otherThan({ caller, claims }: Actor, requested: string | undefined): string | undefined {
  return claims && requested?.toLowerCase() === caller.sub.toLowerCase() ? undefined : requested
}

async function findActor(
  ctx: TokenEndpointGrantContext,
  context: Context,
  realm: string,
  runtime: RealmRuntime,
  token: string | undefined,
): Promise<Actor> {
  if (token) {
    const verified = await verifyAccessToken(context, runtime, token)
    if (!verified) throw new oidc.InvalidGrant('the subject token is not valid')
    const { clientId } = ctx.oidc.client
    if (verified.claims.azp !== clientId && ![verified.claims.aud].flat().includes(clientId))
      throw new oidc.AccessDenied('the subject token was not issued for this client', 'add the client to its audience')
    return verified
  }
  const account = await context.store.users.serviceAccount(extrasOf(ctx.oidc.client).akko_id)
  if (!account?.enabled) throw new oidc.InvalidRequest(`subject_token is required: the client has no service account in realm ${realm}`)
  return { caller: { sub: account.username, roles: account.realmRoles, via: 'bearer', requestId: requestId() } }
}

function lineageOf(claims: JWTPayload): readonly string[] {
  const from = lineage(claims)
  if (from.length > MOST_EXCHANGES)
    throw new oidc.InvalidRequest(`the subject token was exchanged ${MOST_EXCHANGES} times already: sign in again`)
  return from
}

async function recordExchange({ audit }: Context, actor: Caller, client: string, user: User): Promise<void> {
  const what = { part: 'identity', action: 'exchange', kind: 'user', path: [user.username] }
  const event = auditEvent({ requestId: actor.requestId, who: actor, what, outcome: 'allowed', reason: `by the client ${client}` })
  await audit.record(event).catch((error: unknown) => {
    throw toOidcError(error)
  })
}

function toOidcError(error: unknown): unknown {
  return AuditUnavailable.is(error) ? new oidc.TemporarilyUnavailable(error.message, error.hint) : error
}

async function impersonated(context: Context, realm: string, caller: Caller, username: string): Promise<User> {
  try {
    await authorise(context.authoriser, caller, 'impersonate', { kind: 'user', path: [username.toLowerCase()] })
  } catch (error) {
    context.log.warn({ actor: caller.sub, user: username }, 'token exchange refused')
    throw AccessDenied.is(error) && error instanceof AkkoError ? new oidc.AccessDenied(error.message, error.hint) : toOidcError(error)
  }
  const user = await context.store.users.byName(realm, username)
  if (!user?.enabled || user.serviceClient) throw new oidc.InvalidRequest(`requested_subject ${username} is not a user who may log in`)
  return user
}

/**
 * Whom the token is for: as asked, else as the client's mappers say. Who acts for another user may name any client of the realm;
 * everybody else, as in Keycloak, those that the mappers would give him.
 */
async function audiencesOf(
  ctx: TokenEndpointGrantContext,
  { store }: Context,
  realm: string,
  impersonates: boolean,
): Promise<readonly string[]> {
  const mapped = extrasOf(ctx.oidc.client).akko_audiences
  const asked = [(ctx.oidc.params as ExchangeParams).audience ?? []].flat()
  for (const audience of asked) {
    if (mapped.includes(audience) || (impersonates && (audience === REALM_MANAGEMENT || (await store.clients.find(realm, audience)))))
      continue
    throw new oidc.InvalidRequest(`Requested audience not available: ${audience}`)
  }
  return asked.length > 0 ? asked : mapped
}

/** Without another user asked for: the subject's own token. */
async function ownSubject(context: Context, realm: string, { claims }: Actor): Promise<User> {
  if (!claims) throw new oidc.InvalidRequest('subject_token or requested_subject is required')
  const user = await context.store.users.get(realm, String(claims.sub))
  if (!user?.enabled) throw new oidc.InvalidGrant('the subject token is not valid')
  if (mustAct(context, realm, user)) throw notSetUp()
  return user
}

async function issueAccessToken(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  realm: string,
  user: User,
  lifetime: number,
  facts: { readonly grantId?: string; readonly gty: string },
): Promise<Record<string, unknown>> {
  const client = ctx.oidc.client as NonNullable<typeof ctx.oidc.client>
  ctx.oidc.entity('Account', toAccount(user))
  const token = new provider.AccessToken({ accountId: user.id, client, ...facts } as never)
  const { ResourceServer } = provider as unknown as { ResourceServer: new (id: string, info: object) => never }
  token.resourceServer = new ResourceServer(realmResource(realm), realmResourceServer(client, lifetime, lifetime))
  token.scope = 'profile email'
  ctx.oidc.entity('AccessToken', token)
  const value = await token.save()
  return { access_token: value, expires_in: token.expiration, token_type: 'Bearer', scope: token.scope }
}
