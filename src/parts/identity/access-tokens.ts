// Reads our own access tokens back: signature, issuer, and whether the person and the session behind them still exist.
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Caller } from '#kit/access'
import { requestId } from '#kit/trace'
import type { Context, RealmRuntime } from '#parts/identity/context'
import type { User } from '#parts/identity/store/users'
import { callerFromClaims } from '#wire/oidc/claims'
import { dependencies, VERSION_CLAIM } from '#wire/oidc/ended'

export interface VerifiedToken {
  readonly claims: JWTPayload
  readonly caller: Caller
  readonly user: User
}

/** Undefined for a token that is not, or no longer, good: ended, or made before its user's rights were narrowed. Roles are those of now. */
export async function verifyAccessToken(context: Context, realm: RealmRuntime, token: string): Promise<VerifiedToken | undefined> {
  const claims = await readToken(realm, token)
  if (claims?.typ !== 'Bearer' || typeof claims.sub !== 'string') return undefined
  const user = await context.store.users.get(realm.name, claims.sub)
  if (!user?.enabled || claims[VERSION_CLAIM] !== user.tokenVersion) return undefined
  if (await context.store.ended.has(dependencies(claims))) return undefined
  if (typeof claims.sid === 'string' && !(await realm.provider.Session.findByUid(claims.sid))) return undefined
  const caller = callerFromClaims({ ...claims, preferred_username: user.username, realm_access: { roles: user.realmRoles } }, requestId())
  return caller && { claims, caller, user }
}

async function readToken(realm: RealmRuntime, token: string): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(token, createLocalJWKSet(realm.jwks), { issuer: realm.issuer, algorithms: ['RS256'] })).payload
  } catch {
    return undefined
  }
}
