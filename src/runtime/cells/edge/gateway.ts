// The gateway that browsers reach.
import { gatewayKey } from '#kit/forwarded'
import { createLog } from '#kit/log'
import { createGateway, createSessionStore } from '#parts/gateway/index'
import { AUDIENCE } from '#platform/audiences'
import { STATE_DATABASES, secretName } from '#platform/names'
import { identitySettings } from '#platform/services/identity'
import { auditOf } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import { ensureLocalCa } from '#runtime/cells/edge/local-ca'
import type { Compose } from '#runtime/composition'
import { clientUrl, gatewayAddresses, HOST, port, sharedUrl } from '#runtime/machine'
import { ownPairFile, pairFiles } from '#runtime/own-certificate'
import { createPool } from '#runtime/pools'
import { createRoutes } from '#runtime/routes'
import { requiredSecret } from '#runtime/secrets'
import { issuerUrl } from '#runtime/tokens'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  await ensureLocalCa(cell)
  const [host, ...also] = gatewayAddresses(machine.config)
  const client = async (id: string) => ({ id, secret: await requiredSecret(secrets, secretName.client(id)) })
  const sessionKey = await requiredSecret(secrets, secretName.edgeSession)
  const pool = await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 3, keep: true })
  const key = await requiredSecret(secrets, secretName.edgeKey)
  return createGateway({
    name: 'gateway',
    host,
    also,
    port: port(machine, 'gateway'),
    domain: machine.site.domain,
    publicPort: machine.site.publicPort,
    caDir: machine.paths.ca,
    ...(pairFiles(machine) ? { ownPair: ownPairFile(machine) } : {}),
    announced: { issuer: issuerUrl(machine), clients: clientUrl(machine), storage: sharedUrl(machine, 'storage') ?? clientUrl(machine) },
    routes: createRoutes(machine),
    oidc: {
      issuer: issuerUrl(machine),
      internalUrl: `http://${HOST}:${port(machine, 'identity')}`,
      clients: { cockpit: await client('cockpit'), gateway: await client('gateway') },
    },
    sessions: createSessionStore({ pool, schema: 'akko_edge', key: sessionKey }),
    sessionKey,
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.gateway }),
    keyAt: (part) => gatewayKey(key, part),
    audit: await auditOf(cell),
    log: createLog('gateway'),
    sessionMs: identitySettings.of(machine.config).sessionHours * 3600_000,
  })
}
