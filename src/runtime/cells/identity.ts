// The identity process: single sign-on over the database that Keycloak has on a cluster.
import { createLog } from '#kit/log'
import { createIdentity } from '#parts/identity/index'
import { REALM, STATE_DATABASES, secretName } from '#platform/names'
import { origin } from '#platform/service'
import type { Composition } from '#runtime/composition'
import { clientUrl, HOST, type Machine, port } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'

export async function compose(machine: Machine): Promise<Composition> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const { accessTokenMinutes, sessionHours } = machine.config.identity
  return {
    parts: {
      identity: async () =>
        createIdentity({
          name: 'identity',
          host: HOST,
          port: port(machine, 'identity'),
          realm: REALM,
          issuer: clientUrl(machine, `/realms/${REALM}`),
          origins: [origin(machine.site, 'identity')],
          pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.identity }),
          schema: 'akko_identity',
          admin: { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) },
          authoriser: createPolicy(),
          log: createLog('identity'),
          lifetimes: { accessToken: accessTokenMinutes * 60, session: sessionHours * 3600 },
        }),
    },
  }
}
