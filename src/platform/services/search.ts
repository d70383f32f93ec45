// Search (OpenSearch): on the cluster; not part of one machine.
import { defineService } from '#platform/service'

export const search = defineService({
  name: 'search',
  title: 'Search (OpenSearch)',
  layer: 'governance',
  cluster: {
    name: 'akko-opensearch',
    workload: 'StatefulSet',
    image: { repository: 'opensearchproject/opensearch', tag: '2.19.1' },
    ports: { main: 9200 },
    resources: { cpu: '500m', memory: '2Gi', memoryLimit: '4Gi' },
    readiness: { port: 'main', path: '/_cluster/health?local=true' },
    env: {
      'discovery.type': 'single-node',
      'cluster.name': 'akko',
      DISABLE_SECURITY_PLUGIN: 'true',
      DISABLE_INSTALL_DEMO_CONFIG: 'true',
      OPENSEARCH_JAVA_OPTS: '-Xms1g -Xmx1g',
    },
    storage: '20Gi',
    dataPath: '/usr/share/opensearch/data',
    user: 1000,
    scratch: ['/usr/share/opensearch/logs'],
    scratchFromImage: ['/usr/share/opensearch/config'],
    profile: 'governance',
  },
  needs: [],
})
