// The doors of the release in a test cluster, for the strangers' tests: `node test/cluster/doors.ts NAMESPACE CA FILE`, run in the
// cluster's network with its hosts. The people log in as they would with a browser; the S3 key is made over IAM by the ensure engine.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, rootCertificates, setDefaultCACertificates } from 'node:tls'
import { apply, createEnsureContext } from '#ensure/index'
import { Secret } from '#kit/secret'
import { CLUSTER_DOMAIN, DEMO_DATABASE, LANDING_BUCKET, REALM, SHARED_BUCKET, secretName, WAREHOUSE } from '#platform/names'
import { lookInto } from '#test/cluster/look'
import type { Doors } from '#test/support/doors'
import { logIn } from '#test/support/login'

const [namespace, ca, file] = process.argv.slice(2) as [string, string, string]
const { read, addressOf } = lookInto(namespace)
const DOMAIN = CLUSTER_DOMAIN
const ISSUER = `https://identity.${DOMAIN}/realms/${REALM}`
const USERS = ['admin', 'engineer', 'analyst', 'user', 'viewer'].map((name) => ({ username: `${name}@demo`, password: `${name}-demo` }))

/** Code with PKCE (RFC 7636), as the public client `cli`. */
async function token(user: { username: string; password: string }): Promise<string> {
  const oidc = await import('openid-client')
  const config = await oidc.discovery(new URL(ISSUER), 'cli')
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const redirect = 'http://127.0.0.1:45124/callback'
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const { location } = await logIn(url, user, redirect)
  return (await oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier })).access_token
}

/** A key of one's own for the shared buckets, as `akko env` gives on one machine. */
async function strangersKey(endpoint: string, iam: string, region: string): Promise<[string, string]> {
  const [accessKeyId, secretAccessKey] = read(secretName.storageRoot).split(':') as [string, string]
  const kept = new Map<string, Secret>()
  const context = createEnsureContext({
    secrets: { get: async (name) => kept.get(name), put: async (name, secret) => void kept.set(name, secret) },
    s3: { endpoint, iam, region, root: { accessKeyId, secretAccessKey: new Secret(secretAccessKey) } },
  })
  const buckets = [LANDING_BUCKET, 'akko-projects', SHARED_BUCKET].map((name) => ({ name, mode: 'write' as const }))
  const [report] = await apply([{ kind: 'key', name: `strangers-${Date.now()}`, secret: 'strangers', buckets }], context)
  await context.close()
  if (report?.outcome !== 'created') throw new Error(`the strangers' S3 key: ${report?.outcome} ${report?.detail ?? ''}`)
  return kept.get('strangers')?.reveal().split(':') as [string, string]
}

setDefaultCACertificates([...getCACertificates('default'), readFileSync(ca, 'utf8')])
const bundle = join(file, '..', 'bundle.pem')
writeFileSync(bundle, [...rootCertificates, readFileSync(ca, 'utf8')].join('\n'))
const s3 = `http://${addressOf('versitygw', 's3', 's3')}`
const region = 'us-east-1'
const iam = `http://${addressOf('versitygw', 'iam', 's3')}`
const [id, secret] = await strangersKey(s3, iam, region)
const catalog = `http://${addressOf('akko-polaris', 'main')}`
const [host, port] = addressOf('akko-postgresql-data', 'main').split(':') as [string, string]
const password = read(secretName.role('postgresql-data', DEMO_DATABASE))

const [engineId, engineSecret] = read(secretName.key('trino')).split(':') as [string, string]

/** The Trino CLI reads its options from the file that TRINO_CONFIG names. */
function trinoConfig(user: string, accessToken: string): string {
  const path = join(file, '..', `trino-${encodeURIComponent(user)}.properties`)
  const lines = [`server=https://federation.${DOMAIN}`, `user=${user}`, `access-token=${accessToken}`, `truststore-path=${ca}`]
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}

async function envOf(user: (typeof USERS)[number]): Promise<Record<string, string>> {
  const accessToken = await token(user)
  const common = {
    AKKO_CA_FILE: ca,
    SSL_CERT_FILE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    CURL_CA_BUNDLE: bundle,
    NODE_EXTRA_CA_CERTS: ca,
    AKKO_USER: user.username,
    AKKO_TOKEN: accessToken,
    AKKO_OIDC_ISSUER: ISSUER,
    AKKO_SQL_URL: `https://federation.${DOMAIN}`,
    AKKO_SQL_USER: user.username,
    AKKO_SQL_TOKEN: accessToken,
    AKKO_CATALOG_URI: `${catalog}/api/catalog`,
    AKKO_CATALOG_WAREHOUSE: WAREHOUSE,
    PYICEBERG_CATALOG__DEFAULT__TYPE: 'rest',
    PYICEBERG_CATALOG__DEFAULT__URI: `${catalog}/api/catalog`,
    PYICEBERG_CATALOG__DEFAULT__WAREHOUSE: WAREHOUSE,
    AKKO_S3_ENDPOINT: s3,
    AKKO_S3_REGION: region,
    AKKO_S3_ACCESS_KEY: id,
    AKKO_S3_SECRET_KEY: secret,
    AWS_ENDPOINT_URL: s3,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    TRINO_CONFIG: trinoConfig(user.username, accessToken),
  }
  if (user.username !== 'admin@demo') return { ...common, PYICEBERG_CATALOG__DEFAULT__TOKEN: accessToken }
  return {
    ...common,
    // A foreign S3 gives nothing out for the catalogue to vend: pyiceberg comes as an engine does, with its principal and its key.
    PYICEBERG_CATALOG__DEFAULT__CREDENTIAL: read(secretName.principal('trino')),
    PYICEBERG_CATALOG__DEFAULT__SCOPE: 'PRINCIPAL_ROLE:ALL',
    PYICEBERG_CATALOG__DEFAULT__S3__ENDPOINT: s3,
    PYICEBERG_CATALOG__DEFAULT__S3__REGION: region,
    PYICEBERG_CATALOG__DEFAULT__S3__ACCESS_KEY_ID: engineId,
    PYICEBERG_CATALOG__DEFAULT__S3__SECRET_ACCESS_KEY: engineSecret,
    ...Object.fromEntries(
      ['AKKO_PG_DATA_URL', 'AKKO_PG_OWNER_URL'].map((name) => [
        name,
        `postgresql://${DEMO_DATABASE}:${encodeURIComponent(password)}@${host}:${port}/${DEMO_DATABASE}`,
      ]),
    ),
    PGHOST: host,
    PGPORT: port,
    PGDATABASE: DEMO_DATABASE,
    PGUSER: DEMO_DATABASE,
    PGPASSWORD: password,
  }
}

const env: Record<string, Record<string, string>> = {}
for (const user of USERS) env[user.username] = await envOf(user)
env.default = env['admin@demo'] as Record<string, string>
const secrets = Object.fromEntries(
  [
    secretName.storageRoot,
    secretName.identityAdmin,
    secretName.client('mcp'),
    secretName.client('superset'),
    secretName.principal('trino'),
    ...['banking', 'healthcare', 'analytics', 'geospatial', 'rag'].map((d) => secretName.role('postgresql-data', d)),
  ].map((name) => [name, read(name)]),
)
secrets[secretName.catalogRoot] = `root:${read(secretName.catalogRoot)}`
const doors: Doors = {
  env,
  secrets,
  addresses: { identity: `http://${addressOf('akko-keycloak', 'main')}`, catalog, iam },
  domain: DOMAIN,
}
writeFileSync(file, JSON.stringify(doors), { mode: 0o600 })
