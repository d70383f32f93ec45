// The Iceberg REST catalogue, with Polaris' management API beside it.
import { AUDIENCE } from '#platform/audiences'
import { ofKinds } from '#platform/jobs'
import { NAME, NAMESPACES, REALM, secretName, WAREHOUSE, WAREHOUSE_BUCKET } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'
import { authentication, defineSettings } from '#platform/settings'

export const catalogSettings = defineSettings('catalog', (z) => ({
  authentication: authentication(z),
  anonymousPrincipal: z.string().default('trino').describe('Who acts when authentication is none'),
  credentialMinutes: z.int().min(1).max(720).default(60).describe('Life of vended credentials'),
  droppedDays: z.int().min(0).max(3650).default(7).describe('Days for which a dropped table can be had back; 0: its files go at once'),
}))

export const catalog = defineService({
  name: 'catalog',
  title: 'Iceberg catalogue (REST)',
  layer: 'lake',
  hosts: ['polaris'],
  paths: ['/api/catalog', '/api/management'],
  machine: {
    cell: 'lake',
    runsJobs: true,
    ports: { main: 8181 },
    health: { path: '/-/health' },
    signIn: {
      audience: AUDIENCE.catalog,
      opens: `/api/catalog/v1/config?warehouse=${WAREHOUSE}`,
      takes: [
        { method: 'POST', path: `/api/catalog/v1/${WAREHOUSE}/namespaces` },
        { method: 'POST', path: '/api/catalog/v1/oauth/tokens', anybody: true },
      ],
    },
    clients: { protocol: 'Iceberg REST, Polaris management', at: 'port', path: '/api/catalog' },
    settings: catalogSettings,
    secrets: [{ name: secretName.catalogRoot, id: 'root' }, { name: secretName.catalogTokens }],
    clientEnv: async ({ superuser, tokenFor, endpoint, secret }) => {
      const uri = `${endpoint('catalog')}/api/catalog`
      return {
        AKKO_CATALOG_URI: uri,
        AKKO_CATALOG_WAREHOUSE: WAREHOUSE,
        ...(superuser ? { AKKO_CATALOG_CREDENTIAL: await secret(secretName.principal('trino')) } : {}),
        PYICEBERG_CATALOG__DEFAULT__TYPE: 'rest',
        PYICEBERG_CATALOG__DEFAULT__URI: uri,
        PYICEBERG_CATALOG__DEFAULT__WAREHOUSE: WAREHOUSE,
        PYICEBERG_CATALOG__DEFAULT__TOKEN: await tokenFor(AUDIENCE.catalog),
      }
    },
  },
  cluster: {
    name: 'akko-polaris',
    workload: 'Deployment',
    image: { repository: 'apache/polaris', tag: '1.3.0-incubating' },
    ports: { main: 8181, management: 8182 },
    resources: { cpu: '250m', memory: '768Mi', memoryLimit: '1536Mi' },
    readiness: { port: 'management', path: '/q/health/ready' },
    liveness: { port: 'management', path: '/q/health/live' },
    env: {
      POLARIS_PERSISTENCE_TYPE: 'relational-jdbc',
      POLARIS_PERSISTENCE_AUTO_BOOTSTRAP_TYPES: 'relational-jdbc',
      POLARIS_REALM_CONTEXT_REALMS: REALM,
      // Its own principals only; who lets the realm's tokens in as well lets in those that are for it.
      POLARIS_AUTHENTICATION_TYPE: 'internal',
      QUARKUS_OIDC_TENANT_ENABLED: 'false',
      QUARKUS_OIDC_TOKEN_AUDIENCE: AUDIENCE.catalog,
      POLARIS_BOOTSTRAP_CREDENTIALS: `${REALM},root,$(AKKO_CATALOG_ROOT)`,
      QUARKUS_DATASOURCE_DB_KIND: 'postgresql',
      QUARKUS_DATASOURCE_USERNAME: 'polaris',
      QUARKUS_DATASOURCE_JDBC_URL: 'jdbc:postgresql://%{address postgresql}/polaris',
      AWS_ACCESS_KEY_ID: '$(AKKO_S3_ACCESS_KEY)',
      AWS_SECRET_ACCESS_KEY: '$(AKKO_S3_SECRET_KEY)',
      AWS_REGION: '%{s3.region}',
    },
    secretEnv: { AKKO_CATALOG_ROOT: secretName.catalogRoot },
    adminEnv: { AKKO_CATALOG_ROOT: secretName.catalogRoot },
    jobEnv: { AKKO_S3_ENDPOINT: '%{s3.endpoint}', AKKO_S3_REGION: '%{s3.region}' },
    replicated: true,
    database: { server: 'postgresql', name: 'polaris', passwordEnv: 'QUARKUS_DATASOURCE_PASSWORD' },
    s3: 'catalog',
    user: 10000,
    scrape: { port: 'management', path: '/q/metrics' },
    profile: 'core',
  },
  needs: ['postgres-init', 'storage-init', 'identity'],
  jobs: [
    {
      name: 'polaris-init',
      title: 'Catalogue, namespaces, principals and grants',
      needs: ['catalog'],
      selects: ofKinds('catalog', 'namespace', 'principal', 'principalRole', 'catalogRole', 'grant'),
      toggle: 'akko-init.polaris.enabled',
      values: { namespaces: { ...NAME, default: [], makes: { kind: 'namespace', catalog: WAREHOUSE } } },
    },
  ],
  resources: () => [
    { kind: 'catalog', name: WAREHOUSE, baseLocation: `s3://${WAREHOUSE_BUCKET}` },
    ...NAMESPACES.map((name): Resource => ({ kind: 'namespace', catalog: WAREHOUSE, name })),
    { kind: 'principalRole', name: 'engines' },
    { kind: 'catalogRole', catalog: WAREHOUSE, name: 'content_manager', principalRoles: ['engines'] },
    { kind: 'grant', catalog: WAREHOUSE, catalogRole: 'content_manager', privilege: 'CATALOG_MANAGE_CONTENT' },
    { kind: 'principal', name: 'trino', secret: secretName.principal('trino'), roles: ['engines'] },
    { kind: 'principal', name: 'spark', secret: secretName.principal('spark'), roles: ['engines'] },
  ],
})
