// Verifies a realm's access tokens with keys that the caller hands in; fetches nothing itself.
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'
import { callerFromClaims, REALM_AUDIENCE } from '#wire/oidc/claims'

/** What whoever has a bad token does. */
export const LOG_IN_AGAIN = 'log in again (`akko login`), or get another by eval "$(akko env)"'

export interface TokenVerifierOptions {
  /** Exact `iss`. */
  readonly issuer: string
  /** e.g. jose's `createRemoteJWKSet(certs url)`. */
  readonly keys: JWTVerifyGetKey
  /** What the token must be meant for: one of its audiences. */
  readonly audience: string
}

export interface VerifiedToken {
  readonly caller: Caller
  readonly claims: JWTPayload
}

/** A JWT access token: RS256, `typ` claim Bearer, not expired. Throws NotAuthenticated. */
export async function verifyToken(token: string, { issuer, keys, audience }: TokenVerifierOptions): Promise<VerifiedToken> {
  try {
    const { payload: claims } = await jwtVerify(token, keys, { issuer, algorithms: ['RS256'], clockTolerance: 5, audience })
    const caller = claims.typ === 'Bearer' ? callerFromClaims(claims, requestId()) : undefined
    if (caller) return { caller, claims }
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw NotAuthenticated({ reason: `the token has expired: ${LOG_IN_AGAIN}`, ...userOf(error.payload) }, error)
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') throw wrongAudience(error.payload, audience, error)
    throw NotAuthenticated({ reason: `the token is not valid here: ${LOG_IN_AGAIN}` }, error)
  }
  throw NotAuthenticated({ reason: `not an access token: ${LOG_IN_AGAIN}` })
}

/** Whose it is; claims are looked at after the signature. For records, not for the answer. */
export function userOf(claims: JWTPayload): { readonly user?: string } {
  const { preferred_username: user } = claims
  return typeof user === 'string' ? { user } : {}
}

function wrongAudience(claims: JWTPayload, wanted: string, cause: Error) {
  const meant = [claims.aud].flat().filter((name) => typeof name === 'string' && name !== REALM_AUDIENCE)
  const reason = `the token is for ${meant.join(', ') || 'nobody'}, not for ${wanted}: log in again, or ask for a token with the audience ${wanted}`
  return NotAuthenticated({ reason, ...userOf(claims) }, cause)
}
