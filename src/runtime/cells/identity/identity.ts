// The identity process: single sign-on over the database that Keycloak has on a cluster.
import { createLog } from '#kit/log'
import { createIdentity } from '#parts/identity/index'
import { REALM, STATE_DATABASES, secretName } from '#platform/names'
import { origin } from '#platform/service'
import { ENDED_SOCKET, identitySettings } from '#platform/services/identity'
import { auditOf, keepAudit, policyFor } from '#runtime/audit'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, port, privateSocket } from '#runtime/machine'
import { createPool } from '#runtime/pools'
import { requiredSecret } from '#runtime/secrets'
import { issuerUrl } from '#runtime/tokens'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  const { accessTokenMinutes, exchangedMinutes, sessionHours } = identitySettings.of(machine.config)
  await keepAudit(cell)
  return createIdentity({
    name: 'identity',
    host: HOST,
    port: port(machine, 'identity'),
    endedSocket: privateSocket(machine, ENDED_SOCKET),
    realm: REALM,
    issuer: issuerUrl(machine),
    origins: [origin(machine.site, 'identity')],
    pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.identity }),
    schema: 'akko_identity',
    admin: { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) },
    gatewayKey: await gatewayKeyAt(secrets, 'identity'),
    authoriser: await policyFor(cell, 'identity'),
    audit: await auditOf(cell),
    log: createLog('identity'),
    lifetimes: { accessToken: accessTokenMinutes * 60, exchanged: exchangedMinutes * 60, session: sessionHours * 3600 },
  })
}
