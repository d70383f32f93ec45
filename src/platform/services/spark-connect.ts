// Spark Connect: on the cluster; not part of one machine.
import { secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const sparkConnect = defineService({
  name: 'spark-connect',
  title: 'Spark Connect',
  layer: 'compute',
  cluster: {
    name: 'akko-spark-connect',
    workload: 'Deployment',
    image: { repository: 'akko-spark', tag: '2026.11', own: true },
    ports: { main: 15002 },
    resources: { cpu: '500m', memory: '1Gi', memoryLimit: '3Gi' },
    readiness: { port: 'main' },
    args: ['connect', 'spark://%{host compute}:7077'],
    scratch: ['/opt/spark/work'],
    secretEnv: {
      SPARK_RPC_AUTHENTICATION_SECRET: secretName.app('spark'),
      SPARK_CONNECT_TOKEN: secretName.app('spark-connect'),
      AKKO_CATALOG_CREDENTIAL: secretName.principal('spark'),
    },
    env: { AKKO_CATALOG_URL: '%{url catalog}/api/catalog' },
    s3: 'spark',
    profile: 'full',
  },
  needs: ['compute', 'catalog', 'polaris-init'],
})
