// Spark worker: on the cluster; not part of one machine.
import { secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const sparkWorker = defineService({
  name: 'spark-worker',
  title: 'Spark worker',
  layer: 'compute',
  cluster: {
    name: 'akko-spark-worker',
    workload: 'StatefulSet',
    image: { repository: 'akko-spark', tag: '2026.11', own: true },
    ports: { main: 8081 },
    resources: { cpu: '1', memory: '2Gi', memoryLimit: '4Gi' },
    readiness: { port: 'main', path: '/' },
    args: ['worker', 'spark://%{host compute}:7077'],
    scratch: ['/opt/spark/work'],
    secretEnv: { SPARK_RPC_AUTHENTICATION_SECRET: secretName.app('spark') },
    s3: 'spark',
    profile: 'full',
  },
  needs: ['compute', 'catalog'],
})
