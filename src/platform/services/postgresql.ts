// Infrastructure PostgreSQL: the state of services, one database and one owner role each.
import { secretName } from '#platform/names'
import { postgresWorkload } from '#platform/postgres-workload'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

const SERVER = 'postgresql'
const DATABASES = ['keycloak', 'airflow', 'superset', 'polaris', 'openmetadata', 'mlflow', 'jupyterhub', 'litellm', 'akko'] as const

export const postgresql = defineService({
  name: SERVER,
  title: 'PostgreSQL (infrastructure)',
  layer: 'data',
  machine: { cell: 'postgresql', ports: { main: 5433 } },
  cluster: postgresWorkload(SERVER, '1Gi'),
  needs: [],
  resources: () =>
    DATABASES.flatMap((name): Resource[] => [
      { kind: 'role', server: SERVER, name, secret: secretName.role(SERVER, name) },
      { kind: 'database', server: SERVER, name, owner: name },
      { kind: 'extension', server: SERVER, database: name, name: 'pgaudit' },
    ]),
})
