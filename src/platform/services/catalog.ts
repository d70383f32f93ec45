// The Iceberg REST catalogue, with Polaris' management API beside it.
import { NAMESPACES, REALM, secretName, WAREHOUSE, WAREHOUSE_BUCKET } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

export const catalog = defineService({
  name: 'catalog',
  title: 'Iceberg catalogue (REST)',
  layer: 'lake',
  hosts: ['polaris'],
  paths: ['/api/catalog', '/api/management'],
  machine: { cell: 'lake', ports: { main: 8181 }, health: '/-/health' },
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
      POLARIS_BOOTSTRAP_CREDENTIALS: `${REALM},root,$(AKKO_CATALOG_ROOT)`,
      QUARKUS_DATASOURCE_DB_KIND: 'postgresql',
      QUARKUS_DATASOURCE_USERNAME: 'polaris',
      QUARKUS_DATASOURCE_JDBC_URL: 'jdbc:postgresql://%{address postgresql}/polaris',
      AWS_ACCESS_KEY_ID: '$(AKKO_S3_ACCESS_KEY)',
      AWS_SECRET_ACCESS_KEY: '$(AKKO_S3_SECRET_KEY)',
      AWS_REGION: '%{s3.region}',
    },
    secretEnv: { AKKO_CATALOG_ROOT: secretName.catalogRoot },
    database: { server: 'postgresql', name: 'polaris', passwordEnv: 'QUARKUS_DATASOURCE_PASSWORD' },
    s3: 'catalog',
    user: 10000,
    scrape: { port: 'management', path: '/q/metrics' },
    profile: 'core',
  },
  needs: ['postgres-init', 'storage-init', 'identity'],
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
