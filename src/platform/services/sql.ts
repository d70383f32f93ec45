// Federated SQL: the Trino client protocol. On one machine a front over DuckDB, on a cluster Trino itself.
import { secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const sql = defineService({
  name: 'sql',
  title: 'SQL engine (Trino protocol)',
  layer: 'compute',
  hosts: ['federation'],
  paths: ['/v1/statement', '/v1/info', '/v1/query', '/ui'],
  machine: { cell: 'lake', ports: { main: 8080 }, health: '/v1/info' },
  cluster: {
    name: 'akko-trino',
    workload: 'Deployment',
    image: { repository: 'akko-trino', tag: '2026.11', own: true },
    ports: { main: 8080 },
    resources: { cpu: '500m', memory: '2Gi', memoryLimit: '4Gi' },
    readiness: { port: 'main', path: '/v1/info' },
    secretEnv: { AKKO_S3_SECRET: secretName.key('trino'), AKKO_CATALOG_CREDENTIAL: secretName.principal('trino') },
    profile: 'core',
  },
  needs: ['catalog', 'engine', 'postgres-data-init', 'identity'],
})
