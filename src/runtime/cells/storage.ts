// The storage process: S3 and IAM on its port, the lake's files on a private socket.
import { join } from 'node:path'
import { createLog } from '#kit/log'
import { createStorage } from '#parts/storage/index'
import { REGION, secretName } from '#platform/names'
import type { Composition } from '#runtime/composition'
import { HOST, type Machine, port, privateSocket } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createFileSecretStore, requiredSecret, splitPair } from '#runtime/secrets'

export async function compose(machine: Machine): Promise<Composition> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  return {
    parts: {
      storage: async () => {
        const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
        return createStorage({
          name: 'storage',
          host: HOST,
          port: port(machine, 'storage'),
          metricsPort: port(machine, 'storage', 'metrics'),
          socket: privateSocket(machine, 'files'),
          dir: join(machine.paths.state, 'storage'),
          objectsDir: machine.paths.objects,
          spoolDir: machine.paths.spool,
          region: REGION,
          rootKey: { accessKeyId: root.id, secretAccessKey: root.secret },
          sessionKey: await requiredSecret(secrets, secretName.storageSession),
          authoriser: createPolicy(),
          log: createLog('storage'),
        })
      },
    },
  }
}
