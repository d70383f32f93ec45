// Business PostgreSQL: data that people query. Shares no credential, role or file with the infrastructure server.
import { monitorRole, postgresAlerts } from '#platform/alerts'
import { postgresJob } from '#platform/jobs'
import { DEMO_DATABASE, secretName, sqlRole } from '#platform/names'
import { postgresUrl, postgresWorkload } from '#platform/postgres-workload'
import type { Resource } from '#platform/resources'
import { type ClientView, defineService } from '#platform/service'

const SERVER = 'postgresql-data'
const DATABASES: Readonly<Record<string, readonly string[]>> = {
  analytics: [],
  geospatial: ['postgis'],
  rag: ['vector'],
  banking: [],
  healthcare: [],
}

export const postgresqlData = defineService({
  name: SERVER,
  title: 'PostgreSQL (business data)',
  layer: 'data',
  machine: {
    cell: SERVER,
    ports: { main: 5432 },
    clients: { protocol: 'PostgreSQL, with PostGIS and pgvector', at: 'port' },
    alerts: postgresAlerts(SERVER),
    postgres: { folder: 'data', sharedBuffersMb: 128 },
    clientEnv: async ({ superuser, postgres, address, secret, caFile }): Promise<Record<string, string>> => ({
      ...(postgres ? ownEnv(postgres, address(SERVER).port, caFile) : {}),
      ...(superuser
        ? {
            AKKO_PG_OWNER_URL: postgresUrl(
              address(SERVER),
              DEMO_DATABASE,
              DEMO_DATABASE,
              await secret(secretName.role(SERVER, DEMO_DATABASE)),
            ),
          }
        : {}),
    }),
  },
  cluster: { ...postgresWorkload(SERVER, '2Gi'), productionStorage: '100Gi' },
  needs: [],
  jobs: [
    postgresJob(SERVER, {
      name: 'postgres-data-init',
      title: 'Business databases, roles and extensions',
      toggle: 'akko-init.postgresData.enabled',
    }),
  ],
  resources: (site) => [
    ...monitorRole(SERVER, site),
    ...Object.entries(DATABASES).flatMap(([name, extensions]): Resource[] => [
      { kind: 'role', server: SERVER, name, secret: secretName.role(SERVER, name) },
      { kind: 'role', server: SERVER, name: sqlRole(name), secret: secretName.role(SERVER, sqlRole(name)), memberOf: ['pg_read_all_data'] },
      { kind: 'database', server: SERVER, name, owner: name, connect: [sqlRole(name)] },
      ...['pgaudit', ...extensions].map((extension): Resource => ({ kind: 'extension', server: SERVER, database: name, name: extension })),
      ...(name === 'rag' ? ragTables : []),
    ]),
  ],
})

/** By name: clients before PostgreSQL 15 know no addresses in certificates. */
const NAMED = 'localhost'

function ownEnv(
  { user, password, databases, tls }: NonNullable<ClientView['postgres']>,
  port: number,
  caFile: string,
): Record<string, string> {
  const database = databases.includes(DEMO_DATABASE) ? DEMO_DATABASE : (databases[0] ?? DEMO_DATABASE)
  const query = tls ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}` : ''
  return {
    AKKO_PG_DATA_URL: `${postgresUrl({ host: NAMED, port }, database, user, password)}${query}`,
    PGHOST: NAMED,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    ...(tls ? { PGSSLMODE: 'verify-full', PGSSLROOTCERT: caFile } : {}),
  }
}

const ragTables: readonly Resource[] = [
  { kind: 'schema', server: SERVER, database: 'rag', name: 'rag', owner: 'rag' },
  {
    kind: 'table',
    server: SERVER,
    database: 'rag',
    schema: 'rag',
    name: 'embeddings',
    owner: 'rag',
    columns: [
      { name: 'id', type: 'bigint generated always as identity', notNull: true },
      { name: 'content', type: 'text', notNull: true },
      { name: 'embedding', type: 'vector(768)' },
      { name: 'metadata', type: 'jsonb', notNull: true, default: "'{}'::jsonb" },
    ],
    primaryKey: ['id'],
    indexes: [{ name: 'embeddings_embedding_hnsw', using: 'hnsw', on: 'embedding vector_cosine_ops' }],
  },
]
