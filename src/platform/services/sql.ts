// Federated SQL: the Trino client protocol. On one machine a front over DuckDB, on a cluster Trino itself.
import { AUDIENCE } from '#platform/audiences'
import {
  DATABASE_CATALOGS,
  ICEBERG_CATALOG,
  MEMORY_CATALOG,
  REALM,
  SQL_CLIENT,
  secretName,
  sqlRole,
  TPCH_CATALOG,
  WAREHOUSE,
} from '#platform/names'
import { resourceGroups } from '#platform/resource-groups'
import { defineService } from '#platform/service'
import { authentication, defineSettings } from '#platform/settings'

export const sqlSettings = defineSettings('sql', (z) => ({
  authentication: authentication(z),
  memoryMb: z.int().min(256).default(2048).describe("The engine's memory limit"),
  threads: z.int().min(1).max(256).optional().describe("The engine's threads; default: the machine's cores"),
  spillGb: z.int().min(1).default(20).describe('How much the engine may spill to disk'),
  memoryCatalogMb: z.int().min(1).max(1_000_000).default(128).describe('Most that tables and views of the catalogue `memory` may take'),
  tpchScale: z
    .number()
    .min(0.01)
    .max(1000)
    .default(1)
    .describe('Largest scale whose rows the catalogue `tpch` makes: 1 is a gigabyte of text'),
  resourceGroups: resourceGroups(z),
  maintenance: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether tables are kept healthy by themselves'),
      everyHours: z.int().min(1).max(8760).default(24).describe('Hours between two runs'),
      afterMinutes: z.int().min(1).max(1440).default(15).describe('Minutes from the start to the first run'),
      maxMinutes: z.int().min(1).max(1440).default(30).describe('Longest time of a run'),
      maxGigabytes: z.int().min(1).max(100_000).default(10).describe('Most that a run rewrites'),
      keepDays: z.int().min(1).max(3650).default(7).describe('Days that old snapshots are kept, and files that no table names'),
    })
    .prefault({}),
}))

const CATALOGS = Object.entries(DATABASE_CATALOGS)
/** Trino reads it from its environment. */
const env = (name: string) => `\${ENV:${name}}`
const passwordEnv = (database: string) => `AKKO_SQL_${database.toUpperCase()}_PASSWORD`

export const sql = defineService({
  name: 'sql',
  title: 'SQL engine (Trino protocol)',
  layer: 'compute',
  hosts: ['federation'],
  paths: ['/v1/statement', '/v1/info', '/v1/query', '/ui'],
  machine: {
    cell: 'lake',
    ports: { main: 8080 },
    health: { path: '/v1/info' },
    needs: ['engine'],
    signIn: { audience: AUDIENCE.sql, opens: '/v1/query', takes: [{ method: 'POST', path: '/v1/statement' }] },
    clients: { protocol: 'Trino client protocol', at: 'path' },
    settings: sqlSettings,
    alerts: [
      {
        name: 'SqlQueueFull',
        severity: 'warn',
        metric: 'akko_sql_refused_queries_total',
        labels: { reason: 'queue' },
        overSeconds: 300,
        by: [],
        op: '>',
        value: 0,
        forSeconds: 0,
        says: '%{value} queries were refused within 5 minutes, since too many waited',
        action: './akko sql "SELECT query_id, state, user, created FROM system.runtime.queries"',
      },
    ],
    clientEnv: async ({ user, tokenFor, url, file, caFile }) => {
      const token = await tokenFor(AUDIENCE.sql)
      const options = [`server=${url()}`, `user=${user}`, `access-token=${token}`, `truststore-path=${caFile}`]
      return {
        AKKO_SQL_URL: url(),
        AKKO_SQL_USER: user,
        AKKO_SQL_TOKEN: token,
        // The Trino CLI reads its options from the file that it names.
        TRINO_CONFIG: file(`trino-${encodeURIComponent(user)}.properties`, `${options.join('\n')}\n`),
      }
    },
  },
  cluster: {
    name: 'akko-trino',
    workload: 'Deployment',
    image: { repository: 'akko-trino', tag: '2026.11', own: true },
    ports: { main: 8080 },
    resources: { cpu: '500m', memory: '2Gi', memoryLimit: '4Gi' },
    // A node answers while it is starting, and says so in its answer: the image's own check reads it.
    readiness: { port: 'main', path: '/v1/info', exec: ['/usr/lib/trino/bin/health-check'] },
    liveness: { port: 'main', path: '/v1/info' },
    secretEnv: {
      AKKO_SQL_INTERNAL: secretName.sqlInternal,
      AKKO_OIDC_CLIENT_SECRET: secretName.client('trino'),
      AKKO_CATALOG_CREDENTIAL: secretName.principal('trino'),
      ...Object.fromEntries(CATALOGS.map(([, database]) => [passwordEnv(database), secretName.role('postgresql-data', sqlRole(database))])),
    },
    s3: 'trino',
    config: {
      '/etc/trino/node.properties': 'node.environment=akko\nnode.data-dir=/data/trino\n',
      '/etc/trino/jvm.config': [
        '-server',
        '-XX:MaxRAMPercentage=70', // the rest is for metaspace, code and buffers outside the heap
        '-XX:+UseG1GC',
        '-XX:G1HeapRegionSize=32M',
        '-XX:+ExplicitGCInvokesConcurrent',
        '-XX:+ExitOnOutOfMemoryError',
        '-XX:-OmitStackTraceInFastThrow',
        '-XX:ReservedCodeCacheSize=256M',
        '-Djdk.attach.allowAttachSelf=true',
        '-Djdk.nio.maxCachedBufferSize=2000000',
        '-Dfile.encoding=UTF-8',
        '-XX:+EnableDynamicAgentLoading',
        '--enable-native-access=ALL-UNNAMED',
        '--sun-misc-unsafe-memory-access=allow',
        '',
      ].join('\n'),
      '/etc/trino/config.properties': [
        'coordinator=true',
        'node-scheduler.include-coordinator=true',
        'http-server.http.port=%{port sql}',
        'discovery.uri=http://localhost:%{port sql}',
        `internal-communication.shared-secret=${env('AKKO_SQL_INTERNAL')}`,
        // TLS ends before it: a request counts as secure by X-Forwarded-Proto, and only such a one may show a token. Without, nobody is let in.
        'http-server.process-forwarded=true',
        'http-server.authentication.type=oauth2',
        `http-server.authentication.oauth2.issuer=%{origin identity}/realms/${REALM}`,
        'http-server.authentication.oauth2.oidc.discovery=false',
        `http-server.authentication.oauth2.auth-url=%{origin identity}/realms/${REALM}/protocol/openid-connect/auth`,
        `http-server.authentication.oauth2.token-url=%{url identity}/realms/${REALM}/protocol/openid-connect/token`,
        `http-server.authentication.oauth2.jwks-url=%{url identity}/realms/${REALM}/protocol/openid-connect/certs`,
        `http-server.authentication.oauth2.client-id=${SQL_CLIENT}`,
        `http-server.authentication.oauth2.client-secret=${env('AKKO_OIDC_CLIENT_SECRET')}`,
        'http-server.authentication.oauth2.principal-field=preferred_username',
        // The policy's roles, fresh with every token. Trino 480 takes this away.
        'deprecated.http-server.authentication.oauth2.groups-field=groups',
        'web-ui.authentication.type=oauth2',
        '',
      ].join('\n'),
      '/etc/trino/access-control.properties': [
        'access-control.name=opa',
        'opa.policy.uri=%{url policy}/v1/data/trino/allow',
        'opa.policy.batched-uri=%{url policy}/v1/data/trino/batch',
        'opa.policy.row-filters-uri=%{url policy}/v1/data/trino/rowFilters',
        'opa.policy.batch-column-masking-uri=%{url policy}/v1/data/trino/columnMasks',
        '',
      ].join('\n'),
      [`/etc/trino/catalog/${ICEBERG_CATALOG}.properties`]: [
        'connector.name=iceberg',
        'iceberg.catalog.type=rest',
        'iceberg.rest-catalog.uri=%{url catalog}/api/catalog',
        `iceberg.rest-catalog.warehouse=${WAREHOUSE}`,
        'iceberg.rest-catalog.security=OAUTH2',
        'iceberg.rest-catalog.oauth2.server-uri=%{url catalog}/api/catalog/v1/oauth/tokens',
        `iceberg.rest-catalog.oauth2.credential=${env('AKKO_CATALOG_CREDENTIAL')}`,
        'iceberg.rest-catalog.oauth2.scope=PRINCIPAL_ROLE:ALL',
        'fs.native-s3.enabled=true',
        's3.endpoint=%{s3.endpoint}',
        's3.region=%{s3.region}',
        's3.path-style-access=true',
        `s3.aws-access-key=${env('AKKO_S3_ACCESS_KEY')}`,
        `s3.aws-secret-key=${env('AKKO_S3_SECRET_KEY')}`,
        '',
      ].join('\n'),
      ...Object.fromEntries(
        CATALOGS.map(([catalog, database]) => [
          `/etc/trino/catalog/${catalog}.properties`,
          [
            'connector.name=postgresql',
            `connection-url=jdbc:postgresql://%{address postgresql-data}/${database}`,
            `connection-user=${sqlRole(database)}`,
            `connection-password=${env(passwordEnv(database))}`,
            '',
          ].join('\n'),
        ]),
      ),
      [`/etc/trino/catalog/${MEMORY_CATALOG}.properties`]: 'connector.name=memory\n',
      [`/etc/trino/catalog/${TPCH_CATALOG}.properties`]: 'connector.name=tpch\n',
    },
    user: 1000,
    scratch: ['/data/trino'],
    needs: ['policy', 'polaris-init'],
    profile: 'core',
  },
  needs: ['catalog', 'postgres-data-init', 'identity'],
})
