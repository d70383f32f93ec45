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
    env: { POLARIS_PERSISTENCE_TYPE: 'relational-jdbc', POLARIS_REALM_CONTEXT_REALMS: REALM },
    secretEnv: { QUARKUS_DATASOURCE_PASSWORD: secretName.role('postgresql', 'polaris') },
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
