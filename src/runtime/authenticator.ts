// Verifies the realm's bearer tokens with its published keys; every port that takes a token is handed this.
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt } from 'jose'
import type { Authenticator, Caller } from '#kit/access'
import { requestId } from '#kit/trace'
import { REALM } from '#platform/names'
import { clientUrl, type Machine } from '#runtime/machine'
import { realmUrl } from '#runtime/tokens'
import { createTokenVerifier } from '#wire/oidc/verify'

/** A token that was verified is believed for this long without doing the sum again; never beyond its own end. */
const REMEMBERED_MS = 30_000
const MOST_REMEMBERED = 1000

export function createAuthenticator(machine: Machine): Authenticator {
  const keys = createRemoteJWKSet(new URL(realmUrl(machine, 'certs')), { cooldownDuration: 1000, timeoutDuration: 3000 })
  return remember(createTokenVerifier({ issuer: clientUrl(machine, `/realms/${REALM}`), keys }))
}

/** Clients send the same token with every request of a query. Refusals are never remembered. */
export function remember(verifier: Authenticator): Authenticator {
  const known = new Map<string, { readonly caller: Caller; readonly until: number }>()
  return {
    bearer: async (token) => {
      const hash = createHash('sha256').update(token).digest('base64')
      const found = known.get(hash)
      if (found && found.until > Date.now()) return { ...found.caller, requestId: requestId() }
      known.delete(hash)
      const caller = await verifier.bearer(token)
      const ends = (decodeJwt(token).exp ?? 0) * 1000
      if (known.size >= MOST_REMEMBERED) known.clear()
      known.set(hash, { caller, until: Math.min(ends, Date.now() + REMEMBERED_MS) })
      return caller
    },
  }
}
