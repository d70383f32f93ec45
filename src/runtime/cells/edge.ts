// The edge process: the gateway that browsers reach, and the cockpit's server behind it.

import { createLog } from '#kit/log'
import { createCockpit } from '#parts/cockpit/index'
import { createGateway, createLocalCa, createSessionStore } from '#parts/gateway/index'
import { REALM, STATE_DATABASES, secretName } from '#platform/names'
import { createAuthenticator } from '#runtime/authenticator'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'
import type { Composition } from '#runtime/composition'
import { clientUrl, HOST, type Machine, port } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { createProbeTargets } from '#runtime/probes'
import { createRoutes } from '#runtime/routes'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { trustLocalCa } from '#runtime/trust'
import { VERSION } from '#runtime/version'

export async function compose(machine: Machine): Promise<Composition> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const authenticator = createAuthenticator(machine)
  await createLocalCa(machine.paths.ca, { domains: [machine.site.domain] })
  trustLocalCa(machine) // the cockpit probes the gateway as a client does
  const client = async (id: string) => ({ id, secret: await requiredSecret(secrets, secretName.client(id)) })
  return {
    parts: {
      gateway: async () => {
        const sessionKey = await requiredSecret(secrets, secretName.edgeSession)
        const pool = await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 4 })
        return createGateway({
          name: 'gateway',
          host: HOST,
          port: port(machine, 'gateway'),
          domain: machine.site.domain,
          publicPort: machine.site.publicPort,
          caDir: machine.paths.ca,
          routes: createRoutes(machine),
          oidc: {
            issuer: clientUrl(machine, `/realms/${REALM}`),
            internalUrl: `http://${HOST}:${port(machine, 'identity')}`,
            clients: { cockpit: await client('cockpit'), gateway: await client('gateway') },
          },
          sessions: createSessionStore({ pool, schema: 'akko_edge', key: sessionKey }),
          sessionKey,
          authenticator,
          log: createLog('gateway'),
          sessionMs: machine.config.identity.sessionHours * 3600_000,
        })
      },
      cockpit: async () =>
        createCockpit({
          name: 'cockpit',
          host: HOST,
          port: port(machine, 'cockpit'),
          dist: COCKPIT_DIST,
          authenticator,
          authoriser: createPolicy(),
          targets: createProbeTargets(machine),
          environment: { name: machine.config.demo ? 'demo' : 'local', demo: machine.config.demo },
          version: VERSION,
          log: createLog('cockpit'),
        }),
    },
  }
}
