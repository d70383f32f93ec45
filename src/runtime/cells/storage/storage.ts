// The storage process: S3 and IAM on its port, the lake's files on a private socket.
import { join } from 'node:path'
import { createLog } from '#kit/log'
import { createStorage } from '#parts/storage/index'
import { REGION, secretName } from '#platform/names'
import { FILES_SOCKET, storageSettings } from '#platform/services/storage'
import { policyFor } from '#runtime/audit'
import type { Compose } from '#runtime/composition'
import { HOST, port, privateSocket } from '#runtime/machine'
import { policyVersion } from '#runtime/policy'
import { requiredSecret, splitPair } from '#runtime/secrets'
import { createTenantOf } from '#runtime/tenants'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  return createStorage({
    name: 'storage',
    host: HOST,
    port: port(machine, 'storage'),
    metricsPort: port(machine, 'storage', 'metrics'),
    socket: privateSocket(machine, FILES_SOCKET),
    dir: join(machine.paths.state, 'storage'),
    objectsDir: machine.paths.objects,
    spoolDir: machine.paths.spool,
    region: REGION,
    rootKey: { accessKeyId: root.id, secretAccessKey: root.secret },
    sessionKey: await requiredSecret(secrets, secretName.storageSession),
    authoriser: await policyFor(cell, 'storage'),
    tenantOf: createTenantOf(policyVersion),
    log: createLog('storage'),
    uploadDays: storageSettings.of(machine.config).abortUploadsDays,
  })
}
