// The Iceberg catalogue; it hands the lake to the SQL front.
import { createLog } from '#kit/log'
import { createCatalog } from '#parts/catalog/index'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { AUDIENCE } from '#platform/audiences'
import { ICEBERG_CATALOG, REGION, STATE_DATABASES, secretName, WAREHOUSE } from '#platform/names'
import { catalogSettings } from '#platform/services/catalog'
import { createAccounts } from '#runtime/accounts'
import { policyFor } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import { LAKE } from '#runtime/cells/lake/slots'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, port, sharedUrl } from '#runtime/machine'
import { peopleIn } from '#runtime/people'
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { requiredSecret, splitPair } from '#runtime/secrets'
import { createVend } from '#runtime/vending'
import { VERSION } from '#runtime/version'

export const compose: Compose = async (cell) => {
  const { machine, secrets, hand } = cell
  const endpoint = `http://${HOST}:${port(machine, 'storage')}`
  const key = splitPair(await requiredSecret(secrets, secretName.key('catalog')))
  const root = splitPair(await requiredSecret(secrets, secretName.catalogRoot))
  const client = { 's3.endpoint': sharedUrl(machine, 'storage') ?? endpoint, 's3.region': REGION, 's3.path-style-access': 'true' }
  const { authentication, anonymousPrincipal, credentialMinutes, droppedDays } = catalogSettings.of(machine.config)
  const people = await peopleIn(cell)
  const catalog = await createCatalog({
    listen: { host: HOST, port: port(machine, 'catalog') },
    pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.catalog, max: 6, keep: true }),
    authoriser: await policyFor(cell, 'catalog'),
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.catalog }),
    gatewayKey: await gatewayKeyAt(secrets, 'catalog'),
    authentication: authentication === 'none' ? { mode: 'none', principal: anonymousPrincipal } : { mode: 'token' },
    root: { clientId: root.id, secret: root.secret },
    tokenKey: await requiredSecret(secrets, secretName.catalogTokens),
    warehouse: WAREHOUSE,
    sqlCatalog: ICEBERG_CATALOG,
    files: createS3MetadataFiles({ endpoint, region: REGION, accessKeyId: key.id, secretAccessKey: key.secret }),
    vend: createVend({
      sessionKey: await requiredSecret(secrets, secretName.storageSession),
      ttlSeconds: credentialMinutes * 60,
      client,
      people,
      inForce: createPolicy(machine).inForce,
    }),
    droppedDays,
    accountOf: createAccounts(people).accountOf,
    clientDefaults: client,
    version: VERSION,
    log: createLog('catalog'),
  })
  hand(LAKE, catalog.lake)
  return catalog.part
}
