// Verifies the realm's bearer tokens with its published keys; every port that takes a token is handed this.
import { createRemoteJWKSet } from 'jose'
import type { Authenticator } from '#kit/access'
import { REALM } from '#platform/names'
import { clientUrl, type Machine } from '#runtime/machine'
import { realmUrl } from '#runtime/tokens'
import { createTokenVerifier } from '#wire/oidc/verify'

export function createAuthenticator(machine: Machine): Authenticator {
  const keys = createRemoteJWKSet(new URL(realmUrl(machine, 'certs')), { cooldownDuration: 1000, timeoutDuration: 3000 })
  return createTokenVerifier({ issuer: clientUrl(machine, `/realms/${REALM}`), keys })
}
