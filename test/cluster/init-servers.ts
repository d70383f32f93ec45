// The servers that an init job works on, in one process inside the cluster's network: PostgreSQL, S3, catalogue, single sign-on.

import { Secret } from '#kit/secret'
import { startHarness } from '#parts/catalog/test-harness'
import { ADMIN, startTestIdentity } from '#parts/identity/test-identity'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempPostgres } from '#test/support/postgres'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const CATALOG_ROOT = 'catalog-root-of-the-tests'

const [postgres, storage, catalog, identity] = await Promise.all([
  startTempPostgres(),
  startTestStorage(policy),
  startHarness(policy, { root: { clientId: 'root', secret: new Secret(CATALOG_ROOT) } }),
  startTestIdentity(),
])
const stop = () => Promise.all([postgres.stop(), storage.stop(), catalog.close(), identity.stop()]).then(() => process.exit(0))
process.once('SIGTERM', stop)

// The environment of a job, as src/chart/init.ts gives it; one for all jobs together.
const env = {
  AKKO_POSTGRESQL_ADDRESS: `127.0.0.1:${postgres.port}`,
  AKKO_POSTGRESQL_PASSWORD: postgres.superuser.password,
  AKKO_S3_ENDPOINT: storage.endpoint,
  AKKO_S3_REGION: REGION,
  AKKO_S3_ACCESS_KEY: ROOT.accessKeyId,
  AKKO_S3_SECRET_KEY: ROOT.secretAccessKey,
  AKKO_CATALOG_ADDRESS: new URL(catalog.url).host,
  AKKO_CATALOG_ROOT: CATALOG_ROOT,
  AKKO_IDENTITY_ADDRESS: new URL(identity.base).host,
  AKKO_IDENTITY_ADMIN_PASSWORD: ADMIN.password,
}
process.stdout.write(`${JSON.stringify(env)}\n`)
