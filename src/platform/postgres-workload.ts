// How a PostgreSQL server of a cluster runs, the same for both servers: what differs is its name, its memory and its owner's secret.
import { OWN_TAG, POSTGRES_MAJOR } from '#platform/images'
import { secretName } from '#platform/names'
import type { Server } from '#platform/resources'
import type { ClusterShape } from '#platform/service'

/** A connection string; goes to clients, never to a log. */
export function postgresUrl(
  address: { readonly host: string; readonly port: number },
  database: string,
  user: string,
  password: string,
): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address.host}:${address.port}/${database}`
}

const DATA = '/var/lib/postgresql/data'

export function postgresWorkload(server: Server, memoryLimit: string): ClusterShape {
  return {
    name: `akko-${server}`,
    workload: 'StatefulSet',
    image: { repository: 'akko-postgres', tag: OWN_TAG, own: true },
    ports: { main: 5432 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit },
    storage: '20Gi',
    readiness: { port: 'main', exec: ['pg_isready', '-U', 'postgres'] },
    secretEnv: { POSTGRES_PASSWORD: secretName.superuser(server) },
    adminEnv: { AKKO_POSTGRESQL_PASSWORD: secretName.superuser(server) },
    args: [
      ...['-c', 'shared_preload_libraries=pgaudit'],
      ...['-c', 'password_encryption=scram-sha-256'],
      ...['-c', 'max_connections=200'],
      ...['-c', 'authentication_timeout=10s'],
    ],
    env: { AKKO_SERVER: server, PGDATA: `${DATA}/pgdata`, POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C' },
    user: 26,
    dataPath: DATA,
    scratch: ['/var/run/postgresql'],
    cnpg: { major: POSTGRES_MAJOR },
    profile: 'core',
  }
}
