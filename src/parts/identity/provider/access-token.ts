// How an access token of this realm looks: a JWT with Keycloak's claims.
import type { AccessToken, Client, ClientCredentials, JWTStructured, KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import { loginOf, type UserAccount } from '#parts/identity/provider/account'
import type { ClientExtras } from '#parts/identity/provider/client-extras'
import { LONGEST_TOKEN } from '#parts/identity/store/ended'
import type { Store } from '#parts/identity/store/index'
import { accessTokenClaims, identityClaims } from '#wire/oidc/claims'
import { GRANT_CLAIM } from '#wire/oidc/ended'

/** Scopes that a client may ask for; their claims are always in the tokens, as with Keycloak's default scopes. */
export const SCOPES = ['openid', 'profile', 'email', 'roles', 'groups', 'offline_access', 'microprofile-jwt', 'web-origins', 'basic']

/** The one resource server: the realm itself. Without one the provider would issue opaque tokens. */
export const realmResource = (realm: string) => `urn:akko:realm:${realm}`

export function realmResourceServer(client: Client, defaultTtl: number, ttl = lifespan(client, defaultTtl)): ResourceServer {
  return {
    scope: SCOPES.join(' '),
    audience: client.clientId,
    accessTokenTTL: ttl,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  }
}

export function extrasOf(client: Client): ClientExtras {
  return client as unknown as ClientExtras
}

function lifespan(client: Client, realmDefault: number): number {
  return Math.min(extrasOf(client).akko_token_lifespan || realmDefault, LONGEST_TOKEN)
}

/** Fills header and payload; called by the provider right before it signs. */
export function customizeAccessToken(store: Store) {
  return async (ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials, jwt: JWTStructured): Promise<void> => {
    const client = ctx.oidc.client as Client
    const extras = extrasOf(client)
    const user =
      token.kind === 'ClientCredentials'
        ? await store.users.serviceAccount(extras.akko_id)
        : (ctx.oidc.account as UserAccount | undefined)?.user
    // Offline tokens outlive the session, so they do not name it.
    const sessionId = 'sessionUid' in token && token.expiresWithSession ? token.sessionUid : ctx.state.subject?.sid
    const grantId = 'grantId' in token && token.grantId ? token.grantId : ctx.state.subject?.[GRANT_CLAIM]
    jwt.header = { ...jwt.header, typ: 'JWT' }
    Object.assign(
      jwt.payload,
      user && identityClaims(user),
      accessTokenClaims({
        clientId: client.clientId,
        allowedOrigins: extras.akko_origins,
        audiences: ctx.state.audiences ?? extras.akko_audiences,
        ...(sessionId ? { sessionId } : {}),
        ...(grantId ? { grantId } : {}),
        ...(ctx.state.from ? { from: ctx.state.from } : {}),
        ...(user ? { version: user.tokenVersion } : {}),
        authTime: loginOf(ctx).authTime ?? ctx.state.subject?.auth_time,
      }),
      ctx.state.actor && { act: ctx.state.actor },
    )
  }
}
