// Spark: on the cluster; not part of one machine yet.
import { secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const compute = defineService({
  name: 'compute',
  title: 'Spark',
  layer: 'compute',
  hosts: ['compute'],
  guarded: true,
  cluster: {
    name: 'akko-spark-master',
    workload: 'StatefulSet',
    image: { repository: 'akko-spark', tag: '2026.11', own: true },
    ports: { main: 8080, spark: 7077 },
    resources: { cpu: '500m', memory: '1Gi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/' },
    args: ['master'],
    scratch: ['/opt/spark/work'],
    secretEnv: { SPARK_RPC_AUTHENTICATION_SECRET: secretName.app('spark') },
    s3: 'spark',
    profile: 'full',
  },
  needs: ['catalog'],
})
