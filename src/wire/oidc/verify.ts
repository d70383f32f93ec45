// Verifies a realm's access tokens with keys that the caller hands in; fetches nothing itself.
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Authenticator, Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'
import { callerFromClaims } from '#wire/oidc/claims'

export interface TokenVerifierOptions {
  /** Exact `iss`. */
  readonly issuer: string
  /** e.g. jose's `createRemoteJWKSet(certs url)`. */
  readonly keys: JWTVerifyGetKey
  /** One of the token's audiences; default: any. */
  readonly audience?: string
}

/** An Authenticator over JWT access tokens (RS256, `typ` claim Bearer, not expired). */
export function createTokenVerifier(options: TokenVerifierOptions): Authenticator {
  return { bearer: (token) => verifyBearer(token, options) }
}

async function verifyBearer(token: string, { issuer, keys, audience }: TokenVerifierOptions): Promise<Caller> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256'],
      clockTolerance: 5,
      ...(audience ? { audience } : {}),
    })
    const caller = payload.typ === 'Bearer' ? callerFromClaims(payload, requestId()) : undefined
    if (caller) return caller
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw NotAuthenticated({ reason: 'the token has expired: log in again' }, error)
    throw NotAuthenticated({ reason: 'the token is not valid here' }, error)
  }
  throw NotAuthenticated({ reason: 'not an access token' })
}
