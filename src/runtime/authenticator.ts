// Verifies the realm's bearer tokens with its published keys; every port that takes a token is handed one for its audience.
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, type JWTPayload } from 'jose'
import type { Authenticator } from '#kit/access'
import { defineError, NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'
import { ENDED_SOCKET, identitySettings } from '#platform/services/identity'
import { type EndedTokens, followEndedTokens } from '#runtime/ended-tokens'
import { type Machine, privateSocket } from '#runtime/machine'
import { issuerUrl, realmUrl } from '#runtime/tokens'
import { LOG_IN_AGAIN, userOf, type VerifiedToken, verifyToken } from '#wire/oidc/verify'

export const IdentitySilent = defineError(
  'access.identity_silent',
  503,
  'it cannot be known whether this token was revoked: single sign-on does not answer',
  { blame: 'operator', retryable: true, hint: 'try again in a moment, or see ./akko status' },
)

/** A token that was verified is believed for this long without doing the sum again; never beyond its own end. */
const REMEMBERED_MS = 30_000
const MOST_REMEMBERED = 1000
/** How long the identity part may be unheard before only young tokens are believed. */
const SILENCE_MS = 10_000
/** How long a door that was just opened waits for the first word of it. */
const FIRST_WORD_MS = 2000

/** One follower for all doors of a process. */
const followers = new WeakMap<Machine, EndedTokens>()

/** For one part: takes tokens that name its audience and have not ended. */
export function createAuthenticator(machine: Machine, door: { readonly audience: string }): Authenticator {
  const { verify, check } = createJudge(machine, door)
  return remember(verify, check)
}

/** For the part that makes sessions of its own of tokens: they end with what the token hangs on. */
export function createTokenJudge(
  machine: Machine,
  door: { readonly audience: string },
): { verify(token: string): Promise<VerifiedToken>; hasEnded(claims: JWTPayload): boolean } {
  const { verify, check, hasEnded } = createJudge(machine, door)
  return {
    hasEnded,
    verify: async (token) => {
      const verified = await verify(token)
      await check(verified.claims)
      return verified
    },
  }
}

function createJudge(machine: Machine, { audience }: { readonly audience: string }) {
  const keys = createRemoteJWKSet(new URL(realmUrl(machine, 'certs')), { cooldownDuration: 1000, timeoutDuration: 3000 })
  const options = { issuer: issuerUrl(machine), keys, audience }
  const ended = followers.get(machine) ?? followEndedTokens(privateSocket(machine, ENDED_SOCKET))
  followers.set(machine, ended)
  return {
    verify: (token: string) => verifyToken(token, options),
    check: endedCheck(ended, identitySettings.of(machine.config).accessTokenMinutes * 60),
    hasEnded: (claims: JWTPayload) => ended.has(claims),
  }
}

/**
 * Throws for a token that has ended. While the identity part is not heard, a token is believed for `youthSeconds` after it was
 * issued, as on a cluster; an older one cannot be judged.
 */
export function endedCheck(ended: Pick<EndedTokens, 'has' | 'silence' | 'heard'>, youthSeconds: number) {
  return async (claims: JWTPayload): Promise<void> => {
    if (ended.silence() === Number.POSITIVE_INFINITY)
      await Promise.race([ended.heard, new Promise((resolve) => setTimeout(resolve, FIRST_WORD_MS).unref())])
    if (ended.has(claims)) {
      const reason = `the token was revoked, its session has ended or its user’s rights have changed: ${LOG_IN_AGAIN}`
      throw NotAuthenticated({ reason, ...userOf(claims) })
    }
    if (ended.silence() > SILENCE_MS && Date.now() / 1000 - (claims.iat ?? 0) > youthSeconds) throw IdentitySilent()
  }
}

/** Clients send the same token with every request of a query. Refusals are never remembered; `check` is made every time. */
export function remember(
  verify: (token: string) => Promise<VerifiedToken>,
  check: (claims: JWTPayload) => Promise<void> = async () => {},
): Authenticator {
  const known = new Map<string, VerifiedToken & { readonly until: number }>()
  return {
    bearer: async (token) => {
      const hash = createHash('sha256').update(token).digest('base64')
      const found = known.get(hash)
      const remembered = found && found.until > Date.now() ? found : undefined
      if (!remembered) known.delete(hash)
      const verified = remembered ?? (await verify(token))
      await check(verified.claims)
      if (remembered) return { ...verified.caller, requestId: requestId() }
      if (known.size >= MOST_REMEMBERED) known.clear()
      known.set(hash, { ...verified, until: Math.min((verified.claims.exp ?? 0) * 1000, Date.now() + REMEMBERED_MS) })
      return verified.caller
    },
  }
}
