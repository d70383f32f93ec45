// Object storage: the S3 API on 8333. Each consumer has its own key, limited to its own buckets.
import { ofKinds } from '#platform/jobs'
import { LANDING_BUCKET, NAME, REGION, SHARED_BUCKET, secretName, WAREHOUSE_BUCKET } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'
import { defineSettings } from '#platform/settings'

/** The lake's files, for the SQL front. */
export const FILES_SOCKET = 'files'

/** Of one PUT, as in S3. */
const LARGEST_BODY = 5 * 1024 ** 3

const BUCKETS = [
  WAREHOUSE_BUCKET,
  LANDING_BUCKET,
  'akko-production',
  'akko-projects',
  SHARED_BUCKET,
  'akko-users',
  'akko-spark-logs',
  'akko-mlflow',
  'akko-rag',
  'akko-aden',
  'akko-airflow-logs',
  'akko-backups',
] as const

/** Consumer -> the buckets of its key. */
const KEYS: Readonly<Record<string, readonly { name: string; mode: 'read' | 'write' }[]>> = {
  catalog: [{ name: WAREHOUSE_BUCKET, mode: 'write' }],
  trino: [{ name: WAREHOUSE_BUCKET, mode: 'write' }],
  spark: [
    { name: WAREHOUSE_BUCKET, mode: 'write' },
    { name: 'akko-spark-logs', mode: 'write' },
  ],
  mlflow: [{ name: 'akko-mlflow', mode: 'write' }],
  rag: [{ name: 'akko-rag', mode: 'write' }],
  aden: [{ name: 'akko-aden', mode: 'write' }],
  airflow: [{ name: 'akko-airflow-logs', mode: 'write' }],
  backup: [{ name: 'akko-backups', mode: 'write' }],
}

export const storageSettings = defineSettings('storage', (z) => ({
  webhooks: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), z.url({ protocol: /^https?$/ }))
    .default({})
    .describe('By name, addresses that buckets may tell of what happens in them (`arn:akko:sqs::NAME:webhook`)'),
  abortUploadsDays: z
    .int()
    .min(0)
    .max(3650)
    .default(7)
    .describe('Days after which an upload in parts that nobody ended is aborted; 0 keeps it'),
}))

export const storage = defineService({
  name: 'storage',
  title: 'Object storage (S3)',
  layer: 'lake',
  hosts: ['storage'],
  guarded: true,
  machine: {
    cell: 'storage',
    ports: { main: 8333, metrics: 9091 },
    health: { path: '/-/health' },
    signIn: {
      takes: [
        { method: 'PUT', path: `/${SHARED_BUCKET}/any` },
        { method: 'POST', path: '/', anybody: true },
      ],
    },
    clients: { protocol: 'S3, IAM', at: 'port' },
    signed: { as: 'sigv4', bodyBytes: LARGEST_BODY },
    sockets: [FILES_SOCKET],
    settings: storageSettings,
    alerts: [
      {
        name: 'StorageRefusesUploads',
        severity: 'bad',
        metric: 'akko_s3_requests_total',
        labels: { code: ['InsufficientStorage', 'ServiceUnavailable'] },
        overSeconds: 300,
        by: ['code'],
        op: '>',
        value: 0,
        forSeconds: 0,
        says: '%{value} requests to store something were refused within 5 minutes: %{code}',
        action: './akko logs storage',
      },
    ],
    clientEnv: async ({ endpoint: endpointOf, key }) => {
      const endpoint = endpointOf('storage')
      const known = { AKKO_S3_ENDPOINT: endpoint, AKKO_S3_REGION: REGION }
      if (!key) return known
      return {
        ...known,
        AKKO_S3_ACCESS_KEY: key.id,
        AKKO_S3_SECRET_KEY: key.secret,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: key.id,
        AWS_SECRET_ACCESS_KEY: key.secret,
        ...(key.session === undefined ? {} : { AWS_SESSION_TOKEN: key.session }),
        AWS_DEFAULT_REGION: REGION,
        AWS_REGION: REGION,
      }
    },
    secrets: [{ name: secretName.storageRoot, id: 'access-key' }, { name: secretName.storageSession }],
  },
  cluster: {
    name: 'akko-storage',
    workload: 'StatefulSet',
    image: { repository: 'chrislusf/seaweedfs', tag: '3.97' },
    ports: { main: 8333, metrics: 9091 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit: '2Gi' },
    storage: '50Gi',
    readiness: { port: 'main', path: '/healthz' },
    args: [
      'server',
      '-dir=/data',
      '-ip.bind=0.0.0.0',
      '-filer',
      '-s3',
      '-s3.port=%{port storage}',
      '-s3.config=/etc/seaweedfs/identities.json',
      '-metricsPort=9091',
    ],
    secretFiles: { '/etc/seaweedfs/identities.json': secretName.storageIdentities },
    user: 1000,
    dataPath: '/data',
    objectStore: { rootKey: secretName.storageRoot },
    jobEnv: { AKKO_S3_KEYS: '%{s3.keys}', AKKO_S3_IAM_ENDPOINT: '%{s3.iamEndpoint}' },
    productionStorage: '500Gi',
    scrape: { port: 'metrics', path: '/metrics' },
    profile: 'core',
  },
  needs: [],
  jobs: [
    {
      name: 'storage-init',
      title: 'Buckets and keys',
      needs: ['storage'],
      selects: ofKinds('bucket', 'key'),
      toggle: 'akko-init.minio.enabled',
      alias: 'akko-init.storage.enabled',
      values: { buckets: { ...NAME, default: [], makes: { kind: 'bucket' } } },
    },
  ],
  resources: () => [
    ...BUCKETS.map((name): Resource => ({ kind: 'bucket', name })),
    ...Object.entries(KEYS).map(([name, buckets]): Resource => ({ kind: 'key', name, secret: secretName.key(name), buckets })),
  ],
})
