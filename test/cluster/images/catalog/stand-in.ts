// A stand-in for Apache Polaris in the cluster tests, whose image cannot be had there: AKKO's own catalogue part behind the
// ports, paths and environment that the chart gives Polaris. It proves the chart's wiring, nothing about Polaris.
// Known differences: no keys are lent for a foreign S3, so clients bring their own (as Trino does in the chart), and only
// principals' tokens are taken, not the realm's.
import { hkdfSync } from 'node:crypto'
import pg from 'pg'
import { NotAuthenticated } from '#kit/errors'
import { type Served, sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { createCatalog } from '#parts/catalog/index'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { ICEBERG_CATALOG, WAREHOUSE } from '#platform/names'
import { createPolicy } from '#runtime/policy'

export interface StandInOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host: string
  readonly port: number
  readonly managementPort: number
}

export interface StandIn {
  readonly port: number
  readonly managementPort: number
  stop(): Promise<void>
}

export async function startStandIn({ env, host, port, managementPort }: StandInOptions): Promise<StandIn> {
  const text = (name: string): string => {
    const value = env[name]
    if (!value) throw new Error(`${name} is not set`)
    return value
  }
  const log = createLog('catalog')
  const endpoint = text('AKKO_S3_ENDPOINT')
  const region = text('AWS_REGION')
  const root = rootOf(text('POLARIS_BOOTSTRAP_CREDENTIALS'), text('POLARIS_REALM_CONTEXT_REALMS'))
  const database = new URL(text('QUARKUS_DATASOURCE_JDBC_URL').replace(/^jdbc:/, ''))
  const pool = new pg.Pool({
    host: database.hostname,
    port: Number(database.port || 5432),
    database: database.pathname.slice(1),
    user: text('QUARKUS_DATASOURCE_USERNAME'),
    password: text('QUARKUS_DATASOURCE_PASSWORD'),
    max: 8,
  })
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle connection broke'))
  let requests = 0

  const catalog = createCatalog({
    listen: { host, port },
    pool,
    authoriser: createPolicy().authoriser,
    authenticator: {
      bearer: async () => {
        throw NotAuthenticated({ reason: 'this stand-in takes only tokens of principals' })
      },
    },
    authentication: { mode: 'token' },
    root,
    // The same after a restart and in every copy, so that tokens go on.
    tokenKey: new Secret(Buffer.from(hkdfSync('sha256', root.secret.reveal(), '', 'akko catalogue tokens', 32)).toString('base64url')),
    warehouse: WAREHOUSE,
    sqlCatalog: ICEBERG_CATALOG,
    files: createS3MetadataFiles({
      endpoint,
      region,
      accessKeyId: text('AWS_ACCESS_KEY_ID'),
      secretAccessKey: new Secret(text('AWS_SECRET_ACCESS_KEY')),
    }),
    vend: () => async () => ({}),
    clientDefaults: { 's3.endpoint': endpoint, 's3.region': region, 's3.path-style-access': 'true' },
    version: 'stand-in',
    log,
    observe: () => {
      requests++
    },
  })
  await catalog.part.start()

  const management: Served = await serve({
    listen: { host, port: managementPort },
    log,
    handler: async (req, res) => {
      if (req.url === '/q/health/live') return sendJson(res, 200, { status: 'UP', checks: [] })
      if (req.url === '/q/health/ready') {
        const { healthy, detail } = await catalog.part.health()
        return sendJson(res, healthy ? 200 : 503, { status: healthy ? 'UP' : 'DOWN', checks: [], ...(detail ? { detail } : {}) })
      }
      if (req.url === '/q/metrics') {
        res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        return void res.end(`# TYPE http_server_requests_total counter\nhttp_server_requests_total ${requests}\n`)
      }
      sendJson(res, 404, { error: 'no such path' })
    },
  })
  return {
    port: catalog.port(),
    managementPort: management.port,
    stop: async () => {
      await management.close()
      await catalog.part.stop()
      await pool.end()
    },
  }
}

/** Polaris takes `realm,id,secret;realm,id,secret`. */
function rootOf(credentials: string, realm: string): { clientId: string; secret: Secret } {
  const mine = credentials.split(';').find((entry) => entry.startsWith(`${realm},`))
  const [, clientId, secret] = mine?.split(',') ?? []
  if (!clientId || !secret) throw new Error(`POLARIS_BOOTSTRAP_CREDENTIALS holds nothing for the realm ${realm}`)
  return { clientId, secret: new Secret(secret) }
}
