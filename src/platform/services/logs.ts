// Logs (VictoriaLogs): on the cluster; not part of one machine.
import { defineService } from '#platform/service'

export const logs = defineService({
  name: 'logs',
  title: 'Logs (VictoriaLogs)',
  layer: 'observability',
  cluster: {
    name: 'akko-victoria-logs',
    workload: 'StatefulSet',
    image: { repository: 'victoriametrics/victoria-logs', tag: 'v1.36.1' },
    ports: { main: 9428 },
    resources: { cpu: '100m', memory: '128Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/health' },
    args: ['-storageDataPath=/logs', '-retentionPeriod=30d', '-httpListenAddr=:%{port logs}'],
    storage: '20Gi',
    dataPath: '/logs',
    user: 65534,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'full',
  },
  needs: [],
})
