// Who shares an engine and its files: one person with the same roles and rights under the same policy, and nobody else.
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { Caller } from '#kit/access'

/** Names that nobody can guess, and that last as long as the process: the spools do not outlive it either. */
export function createTenantOf(policyVersion: () => string): (caller: Caller) => string {
  const key = createSecretKey(randomBytes(32))
  return ({ sub, via, roles, entitlements = [] }) =>
    createHmac('sha256', key)
      .update(JSON.stringify([sub, via, [...roles].sort(), entitlements, policyVersion()]))
      .digest('base64url')
}
