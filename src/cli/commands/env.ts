// akko env: everything that clients want, under our names and theirs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Flags } from '#cli/flags'
import { printJson } from '#cli/output'
import { defineError } from '#kit/errors'
import { DEMO_DATABASE, REALM, REGION, ROLES, secretName, WAREHOUSE } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { requireRunning } from '#runtime/client'
import { clientUrl, HOST, type Machine, port } from '#runtime/machine'
import { postgresDoor, postgresUrl } from '#runtime/postgres'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser, ownerToken } from '#runtime/tokens'
import { caFile, writeCaBundle } from '#runtime/trust'
import { ensureUserKey } from '#runtime/user-keys'

const UnknownUser = defineError('env.unknown_user', 404, 'there is no declared user {user}', { hint: 'declared users: {known}' })

export async function env(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const values = await clientEnvironment(machine, typeof flags.user === 'string' ? flags.user : defaultUser(machine))
  if (flags.json || flags.format === 'json') return printJson(values)
  const quote = (v: string) => `'${v.replaceAll("'", "'\\''")}'`
  const prefix = flags.format === 'dotenv' ? '' : 'export '
  for (const [name, value] of Object.entries(values)) process.stdout.write(`${prefix}${name}=${quote(value)}\n`)
}

/** For one user. The infrastructure server's URL is given to administrators only. */
export async function clientEnvironment(machine: Machine, user: string): Promise<Record<string, string>> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const users = resourcesOf(machine.site).flatMap((r) => (r.kind === 'user' ? [r] : []))
  const known = users.find((u) => u.username === user)
  if (!known) throw UnknownUser({ user, known: users.map((u) => u.username).join(', ') })
  const admin = known.roles.includes(ROLES.admin)
  const token = await ownerToken(machine, secrets, user)
  const key = await ensureUserKey(machine, secrets, known)
  const catalogUri = `http://${HOST}:${port(machine, 'catalog')}/api/catalog`
  const s3 = `http://${HOST}:${port(machine, 'storage')}`
  const database = admin ? DEMO_DATABASE : undefined
  const door = postgresDoor(machine, 'postgresql-data')
  const dataSecret = database ? await requiredSecret(secrets, secretName.role('postgresql-data', database)) : undefined
  const infra = admin ? await requiredSecret(secrets, secretName.superuser('postgresql')) : undefined
  const principal = admin ? await requiredSecret(secrets, secretName.principal('trino')) : undefined
  const bundle = writeCaBundle(machine)
  const trinoConfig = writeTrinoConfig(machine, user, token.accessToken)
  return {
    AKKO_HOME: machine.home,
    AKKO_CA_FILE: caFile(machine),
    SSL_CERT_FILE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    CURL_CA_BUNDLE: bundle,
    NODE_EXTRA_CA_CERTS: caFile(machine),
    AKKO_USER: user,
    AKKO_TOKEN: token.accessToken,
    AKKO_OIDC_ISSUER: clientUrl(machine, `/realms/${REALM}`),
    AKKO_SQL_URL: clientUrl(machine),
    AKKO_SQL_USER: user,
    AKKO_SQL_TOKEN: token.accessToken,
    TRINO_CONFIG: trinoConfig,
    AKKO_CATALOG_URI: catalogUri,
    AKKO_CATALOG_WAREHOUSE: WAREHOUSE,
    ...(principal ? { AKKO_CATALOG_CREDENTIAL: principal.reveal() } : {}),
    PYICEBERG_CATALOG__DEFAULT__TYPE: 'rest',
    PYICEBERG_CATALOG__DEFAULT__URI: catalogUri,
    PYICEBERG_CATALOG__DEFAULT__WAREHOUSE: WAREHOUSE,
    PYICEBERG_CATALOG__DEFAULT__TOKEN: token.accessToken,
    ...(key
      ? {
          AKKO_S3_ENDPOINT: s3,
          AKKO_S3_ACCESS_KEY: key.id,
          AKKO_S3_SECRET_KEY: key.secret.reveal(),
          AKKO_S3_REGION: REGION,
          AWS_ENDPOINT_URL: s3,
          AWS_ACCESS_KEY_ID: key.id,
          AWS_SECRET_ACCESS_KEY: key.secret.reveal(),
          AWS_DEFAULT_REGION: REGION,
          AWS_REGION: REGION,
        }
      : { AKKO_S3_ENDPOINT: s3, AKKO_S3_REGION: REGION }),
    ...(database && dataSecret
      ? {
          AKKO_PG_DATA_URL: postgresUrl(door, database, database, dataSecret),
          PGHOST: door.host,
          PGPORT: String(door.port),
          PGDATABASE: database,
          PGUSER: database,
          PGPASSWORD: dataSecret.reveal(),
        }
      : {}),
    ...(infra
      ? {
          AKKO_PG_INFRA_URL: postgresUrl(
            postgresDoor(machine, 'postgresql'),
            'postgres',
            postgresDoor(machine, 'postgresql').superuser,
            infra,
          ),
        }
      : {}),
  }
}

/** The Trino CLI reads its options from the file that TRINO_CONFIG names. */
function writeTrinoConfig(machine: Machine, user: string, token: string): string {
  const file = join(machine.paths.state, `trino-${encodeURIComponent(user)}.properties`)
  const lines = [`server=${clientUrl(machine)}`, `user=${user}`, `access-token=${token}`, `truststore-path=${caFile(machine)}`]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}
