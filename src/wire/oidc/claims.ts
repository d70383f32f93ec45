// The claims of Keycloak's tokens: made from a user and a client, and read back into a Caller.
import type { Caller } from '#kit/access'
import { FROM_CLAIM, GRANT_CLAIM, VERSION_CLAIM } from '#wire/oidc/ended'

const SERVICE_ACCOUNT = 'service-account-'

/** The username that Keycloak gives a client's service account. */
export const serviceAccountName = (clientId: string) => `${SERVICE_ACCOUNT}${clientId.toLowerCase()}`

export const isServiceAccount = (username: string): boolean => username.startsWith(SERVICE_ACCOUNT)

/** What the tokens say about one user. */
export interface UserFacts {
  readonly id: string
  readonly username: string
  readonly email?: string
  readonly emailVerified: boolean
  readonly firstName?: string
  readonly lastName?: string
  readonly realmRoles: readonly string[]
  /** Roles of clients, by the clients' names. */
  readonly clientRoles?: Readonly<Record<string, readonly string[]>>
  readonly attributes?: Readonly<Record<string, readonly string[]>>
  /** Group paths, e.g. `/risk`. */
  readonly groups: readonly string[]
}

export interface IdentityClaims {
  sub: string
  preferred_username: string
  email?: string
  email_verified: boolean
  name?: string
  given_name?: string
  family_name?: string
  realm_access: { roles: string[] }
  resource_access: Record<string, { roles: string[] }>
  groups: string[]
  [claim: string]: unknown
}

/** The claims that id_token, userinfo and access token share. */
export function identityClaims(user: UserFacts): IdentityClaims {
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ')
  return {
    sub: user.id,
    preferred_username: user.username,
    ...(user.email ? { email: user.email } : {}),
    email_verified: user.emailVerified,
    ...(name ? { name } : {}),
    ...(user.firstName ? { given_name: user.firstName } : {}),
    ...(user.lastName ? { family_name: user.lastName } : {}),
    realm_access: { roles: [...user.realmRoles] },
    resource_access: Object.fromEntries(Object.entries(user.clientRoles ?? {}).map(([client, roles]) => [client, { roles: [...roles] }])),
    groups: [...user.groups],
  }
}

/** Names of all claims that `identityClaims` may make: what the provider must let through. */
export const IDENTITY_CLAIMS = [
  'sub',
  'preferred_username',
  'email',
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'realm_access',
  'resource_access',
  'groups',
] as const

/** The audience that every access token of a realm has: Keycloak's account pages and userinfo. It opens no part. */
export const REALM_AUDIENCE = 'account'

/** The audience of a realm's admin API: Keycloak's client for it, which every realm of its has. */
export const REALM_MANAGEMENT = 'realm-management'

export interface AccessTokenFacts {
  readonly clientId: string
  readonly allowedOrigins: readonly string[]
  /** Whom the token is for: what the client's audience mappers add, as in Keycloak, or the ones an exchange named. */
  readonly audiences: readonly string[]
  readonly sessionId?: string
  /** Of the login; seconds since 1970. */
  readonly authTime?: unknown
  readonly grantId?: string
  /** The ids of the tokens that it was exchanged from. */
  readonly from?: readonly string[]
  /** How often the user's rights were narrowed until now. */
  readonly version?: number
}

/** What an access token carries beside the identity; Keycloak's names. */
export function accessTokenClaims(facts: AccessTokenFacts): Record<string, unknown> {
  return {
    typ: 'Bearer',
    azp: facts.clientId,
    aud: [...new Set([REALM_AUDIENCE, ...facts.audiences])],
    acr: '1',
    ...(facts.sessionId ? { sid: facts.sessionId } : {}),
    ...(typeof facts.authTime === 'number' ? { auth_time: facts.authTime } : {}),
    ...(facts.grantId ? { [GRANT_CLAIM]: facts.grantId } : {}),
    ...(facts.from ? { [FROM_CLAIM]: facts.from } : {}),
    ...(facts.version === undefined ? {} : { [VERSION_CLAIM]: facts.version }),
    ...(facts.allowedOrigins.length > 0 ? { 'allowed-origins': [...facts.allowedOrigins] } : {}),
  }
}

/** The Caller of a verified access token. Undefined when it names nobody. */
export function callerFromClaims(claims: Record<string, unknown>, requestId: string): Caller | undefined {
  const sub = claims.preferred_username ?? claims.sub
  if (typeof sub !== 'string' || sub === '') return undefined
  const version = claims[VERSION_CLAIM]
  const roles = (claims.realm_access as { roles?: unknown } | undefined)?.roles
  return {
    sub,
    ...(typeof claims.sub === 'string' && claims.sub !== '' ? { account: claims.sub } : {}),
    ...(typeof version === 'number' ? { rightsVersion: version } : {}),
    roles: Array.isArray(roles) ? roles.filter((r): r is string => typeof r === 'string') : [],
    via: 'bearer',
    requestId,
  }
}
