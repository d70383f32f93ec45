// Verifies the realm's bearer tokens with its published keys; every port that takes a token is handed this.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { Authenticator } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'

export function createAuthenticator(options: { issuer: string; jwksUrl: string }): Authenticator {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { cooldownDuration: 1000, timeoutDuration: 3000 })
  return {
    bearer: async (token) => {
      try {
        const { payload } = await jwtVerify(token, keys, { issuer: options.issuer, clockTolerance: 5 })
        const name = payload.preferred_username ?? payload.sub
        const access = payload.realm_access as { roles?: string[] } | undefined
        if (typeof name !== 'string') throw NotAuthenticated({ reason: 'the token names no user' })
        return { sub: name, roles: access?.roles ?? [], via: 'bearer', requestId: requestId() }
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw NotAuthenticated({ reason: 'the token has expired; log in again' }, error)
        if (error instanceof errors.JOSEError) throw NotAuthenticated({ reason: `the token is not valid: ${error.message}` }, error)
        throw error
      }
    },
  }
}
