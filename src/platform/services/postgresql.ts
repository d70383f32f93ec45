// Infrastructure PostgreSQL: the state of services, one database and one owner role each.
import { monitorRole, postgresAlerts } from '#platform/alerts'
import { postgresJob } from '#platform/jobs'
import { AUDIT_ROLE, STATE_DATABASES, secretName } from '#platform/names'
import { postgresUrl, postgresWorkload } from '#platform/postgres-workload'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

const SERVER = 'postgresql'
const DATABASES = ['keycloak', 'airflow', 'superset', 'polaris', 'openmetadata', 'mlflow', 'jupyterhub', 'litellm', 'akko'] as const

export const postgresql = defineService({
  name: SERVER,
  title: 'PostgreSQL (infrastructure)',
  layer: 'data',
  machine: {
    cell: SERVER,
    ports: { main: 5433 },
    clients: { protocol: 'PostgreSQL', at: 'port' },
    alerts: postgresAlerts(SERVER),
    postgres: { folder: 'infra', sharedBuffersMb: 64 },
    clientEnv: async ({ superuser, address, secret }): Promise<Record<string, string>> =>
      superuser
        ? { AKKO_PG_INFRA_URL: postgresUrl(address(SERVER), 'postgres', 'postgres', await secret(secretName.superuser(SERVER))) }
        : {},
  },
  cluster: postgresWorkload(SERVER, '1Gi'),
  needs: [],
  jobs: [postgresJob(SERVER, { name: 'postgres-init', title: 'Infrastructure databases and roles', toggle: 'akko-init.postgres.enabled' })],
  resources: (site) => [
    ...monitorRole(SERVER, site),
    { kind: 'role', server: SERVER, name: AUDIT_ROLE, secret: secretName.role(SERVER, AUDIT_ROLE) },
    ...DATABASES.flatMap((name): Resource[] => [
      { kind: 'role', server: SERVER, name, secret: secretName.role(SERVER, name) },
      { kind: 'database', server: SERVER, name, owner: name, ...(name === STATE_DATABASES.platform ? { connect: [AUDIT_ROLE] } : {}) },
      { kind: 'extension', server: SERVER, database: name, name: 'pgaudit' },
    ]),
  ],
})
