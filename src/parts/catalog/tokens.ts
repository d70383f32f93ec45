// Short-lived tokens of principals: signed here, read here.
import { createSecretKey } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { NotAuthenticated } from '#kit/errors'
import type { Secret } from '#kit/secret'

const ISSUER = 'akko-catalog'
const ALGORITHM = 'HS256'
/** Seconds. */
export const TOKEN_LIFETIME = 3600
/** How long a token may be exchanged for a newer one before the secret is asked for again; seconds. */
export const LONGEST_SESSION = 12 * 3600

export interface PrincipalClaims {
  /** The principal's name; the root principal has none in the store. */
  readonly sub: string
  readonly isRoot: boolean
  readonly credentialVersion: number
  /** The principal roles that the client asked for; all of them when absent. */
  readonly roles?: readonly string[]
  /** When the secret was shown; seconds since the epoch. */
  readonly authTime: number
}

export interface Tokens {
  sign(claims: PrincipalClaims): Promise<string>
  /** Undefined for a token of another issuer; throws NotAuthenticated for one of ours that does not hold. */
  read(token: string): Promise<PrincipalClaims | undefined>
  /** Whether a token with these claims may still be exchanged for a newer one. */
  isRenewable(claims: PrincipalClaims): boolean
}

export function createTokens(key: Secret, now: () => number = Date.now): Tokens {
  const secret = createSecretKey(Buffer.from(key.reveal()))
  return {
    sign: ({ sub, ...claims }) =>
      new SignJWT({
        root: claims.isRoot,
        cv: claims.credentialVersion,
        at: claims.authTime,
        ...(claims.roles ? { roles: claims.roles } : {}),
      })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(sub)
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(Math.floor(now() / 1000) + TOKEN_LIFETIME)
        .sign(secret),
    read: async (token) => {
      if (!isOurs(token)) return undefined
      try {
        const { payload } = await jwtVerify(token, secret, { issuer: ISSUER, algorithms: [ALGORITHM], currentDate: new Date(now()) })
        return {
          sub: payload.sub as string,
          isRoot: payload.root === true,
          credentialVersion: Number(payload.cv),
          authTime: Number(payload.at),
          ...(Array.isArray(payload.roles) ? { roles: payload.roles as string[] } : {}),
        }
      } catch (error) {
        const reason = error instanceof errors.JWTExpired ? 'the token has expired' : 'the token was not signed here'
        throw NotAuthenticated({ reason }, error)
      }
    },
    isRenewable: ({ authTime }) => now() / 1000 - authTime < LONGEST_SESSION,
  }
}

// Only tells whose token it claims to be; the signature decides.
function isOurs(token: string): boolean {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: unknown }
    return payload.iss === ISSUER
  } catch {
    return false
  }
}
