// The ensure engine's view of this machine: the admin doors of its parts, and its secrets.
import { createEnsureContext as createContext, type EnsureContext } from '#ensure/index'
import type { Secret, SecretStore } from '#kit/secret'
import { REGION, secretName } from '#platform/names'
import { postgresServices } from '#platform/registry'
import { HOST, type Machine, port } from '#runtime/machine'
import { postgresDoor } from '#runtime/postgres'
import { requiredSecret, splitPair } from '#runtime/secrets'

/** A context for one run; close it afterwards. */
export async function createEnsureContext(machine: Machine, secrets: SecretStore): Promise<EnsureContext> {
  const superusers = new Map<string, Secret>()
  for (const { name } of postgresServices()) superusers.set(name, await requiredSecret(secrets, secretName.superuser(name)))
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  const catalogRoot = splitPair(await requiredSecret(secrets, secretName.catalogRoot))
  return createContext({
    secrets,
    postgres: (server) => {
      const door = postgresDoor(machine, server)
      return {
        host: door.host,
        port: door.port,
        superuser: door.superuser,
        password: superusers.get(server) as Secret,
      }
    },
    s3: {
      endpoint: `http://${HOST}:${port(machine, 'storage')}`,
      region: REGION,
      root: { accessKeyId: root.id, secretAccessKey: root.secret },
    },
    polaris: {
      url: `http://${HOST}:${port(machine, 'catalog')}/api`,
      root: { clientId: catalogRoot.id, clientSecret: catalogRoot.secret },
    },
    keycloak: {
      url: `http://${HOST}:${port(machine, 'identity')}`,
      admin: { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) },
    },
  })
}
