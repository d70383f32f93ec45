// Infrastructure PostgreSQL: the state of services, one database and one owner role each.
import { POSTGRES_MAJOR } from '#platform/images'
import { secretName } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

const SERVER = 'postgresql'
const DATABASES = ['keycloak', 'airflow', 'superset', 'polaris', 'openmetadata', 'mlflow', 'jupyterhub', 'litellm', 'akko'] as const

export const postgresql = defineService({
  name: SERVER,
  title: 'PostgreSQL (infrastructure)',
  layer: 'data',
  machine: { cell: 'postgresql', ports: { main: 5433 } },
  cluster: {
    name: 'akko-postgresql',
    workload: 'StatefulSet',
    image: { repository: 'akko-postgres', tag: '2026.11', own: true },
    ports: { main: 5432 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
    storage: '20Gi',
    readiness: { port: 'main', exec: ['pg_isready', '-U', 'postgres'] },
    secretEnv: { POSTGRES_PASSWORD: secretName.superuser(SERVER) },
    args: ['-c', 'shared_preload_libraries=pgaudit', '-c', 'password_encryption=scram-sha-256', '-c', 'max_connections=200'],
    env: { AKKO_SERVER: SERVER, PGDATA: '/var/lib/postgresql/data/pgdata', POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C' },
    user: 26,
    dataPath: '/var/lib/postgresql/data',
    scratch: ['/var/run/postgresql'],
    cnpg: { major: POSTGRES_MAJOR },
    profile: 'core',
  },
  needs: [],
  resources: () =>
    DATABASES.flatMap((name): Resource[] => [
      { kind: 'role', server: SERVER, name, secret: secretName.role(SERVER, name) },
      { kind: 'database', server: SERVER, name, owner: name },
      { kind: 'extension', server: SERVER, database: name, name: 'pgaudit' },
    ]),
})
