// Object storage: the S3 API on 8333. Each consumer has its own key, limited to its own buckets.
import { LANDING_BUCKET, SHARED_BUCKET, secretName, WAREHOUSE_BUCKET } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

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

export const storage = defineService({
  name: 'storage',
  title: 'Object storage (S3)',
  layer: 'lake',
  hosts: ['storage'],
  guarded: true,
  machine: { cell: 'storage', ports: { main: 8333, metrics: 9091 }, health: '/-/health' },
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
    scrape: { port: 'metrics', path: '/metrics' },
    profile: 'core',
  },
  needs: [],
  resources: () => [
    ...BUCKETS.map((name): Resource => ({ kind: 'bucket', name })),
    ...Object.entries(KEYS).map(([name, buckets]): Resource => ({ kind: 'key', name, secret: secretName.key(name), buckets })),
  ],
})
