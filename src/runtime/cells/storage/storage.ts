// The storage process: S3 and IAM on its port, the lake's files on a private socket.
import { join } from 'node:path'
import { policyOf as keyPolicy } from '#ensure/kinds/key'
import { openSocketRequest, readBody } from '#kit/http'
import { createLog } from '#kit/log'
import { METRICS_PATH } from '#kit/metrics'
import { createStorage } from '#parts/storage/index'
import { AUDIENCE } from '#platform/audiences'
import { REGION, secretName, WAREHOUSE_BUCKET } from '#platform/names'
import { origin } from '#platform/service'
import { FILES_SOCKET, storage, storageSettings } from '#platform/services/storage'
import { policyFor } from '#runtime/audit'
import { createTokenJudge } from '#runtime/authenticator'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { createKeyOwners, sessionOwner } from '#runtime/key-owners'
import { HOST, type Machine, port, privateSocket, statusSocket } from '#runtime/machine'
import { peopleIn } from '#runtime/people'
import { createPolicy } from '#runtime/policy'
import { requiredSecret, splitPair } from '#runtime/secrets'
import { createTenantOf } from '#runtime/tenants'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  const policy = createPolicy(machine)
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  return createStorage({
    name: 'storage',
    host: HOST,
    names: ['localhost', ...['', ...(storage.hosts ?? [])].map((host) => new URL(origin(machine.site, host)).hostname)],
    port: port(machine, 'storage'),
    metricsPort: port(machine, 'storage', 'metrics'),
    metricsPage: () => wholePage(machine),
    socket: privateSocket(machine, FILES_SOCKET),
    dir: join(machine.paths.state, 'storage'),
    objectsDir: machine.paths.objects,
    spoolDir: machine.paths.spool,
    region: REGION,
    rootKey: { accessKeyId: root.id, secretAccessKey: root.secret },
    sessionKey: await requiredSecret(secrets, secretName.storageSession),
    gatewayKey: await gatewayKeyAt(secrets, 'storage'),
    authoriser: await policyFor(cell, 'storage'),
    sealingKeys: { get: () => secrets.get(secretName.storageSealing), put: (keys) => secrets.put(secretName.storageSealing, keys) },
    webIdentity: {
      ...createTokenJudge(machine, { audience: AUDIENCE.storage }),
      ownerOf: (person) => sessionOwner(person, policy.inForce()),
      policyOver: (buckets) => keyPolicy({ buckets: buckets.map((bucket) => ({ name: bucket, mode: 'write' })) }),
    },
    isLeased: (bucket) => bucket === WAREHOUSE_BUCKET,
    keyOwners: createKeyOwners(await peopleIn(cell), policy.inForce),
    tenantOf: createTenantOf(policy.version),
    log: createLog('storage'),
    webhooks: storageSettings.of(machine.config).webhooks,
    uploadDays: storageSettings.of(machine.config).abortUploadsDays,
  })
}

/** Of every process of the machine, as the supervisor last gathered it. */
async function wholePage(machine: Machine): Promise<string> {
  return readBody(await openSocketRequest(statusSocket(machine), { path: METRICS_PATH, timeoutMs: 5000 }))
}
