// Published reports, behind the gateway.
import { createLog } from '#kit/log'
import { createDocs } from '#parts/docs/index'
import { AUDIENCE } from '#platform/audiences'
import { REGION, STATE_DATABASES, secretName } from '#platform/names'
import { origin } from '#platform/service'
import { docsSettings, REPORTS_BUCKET } from '#platform/services/docs'
import { policyFor } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, port } from '#runtime/machine'
import { createPool } from '#runtime/pools'
import { requiredSecret, splitPair } from '#runtime/secrets'
import { VERSION } from '#runtime/version'
import { createS3Objects } from '#wire/s3/objects'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  const key = splitPair(await requiredSecret(secrets, secretName.key('docs')))
  return createDocs({
    listen: { host: HOST, port: port(machine, 'docs') },
    pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 2, keep: true }),
    objects: createS3Objects({
      endpoint: `http://${HOST}:${port(machine, 'storage')}`,
      region: REGION,
      accessKeyId: key.id,
      secretAccessKey: key.secret,
    }),
    bucket: REPORTS_BUCKET,
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.docs }),
    gatewayKey: await gatewayKeyAt(secrets, 'docs'),
    authoriser: await policyFor(cell, 'docs'),
    key: await requiredSecret(secrets, secretName.app('docs')),
    origin: origin(machine.site, 'docs'),
    maxBytes: docsSettings.of(machine.config).maxMegabytes * 1024 * 1024,
    version: VERSION,
    log: createLog('docs'),
  })
}
