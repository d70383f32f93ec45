// Alerts (Alertmanager): on the cluster; not part of one machine.
import { defineService } from '#platform/service'

export const alerts = defineService({
  name: 'alerts',
  title: 'Alerts (Alertmanager)',
  layer: 'observability',
  cluster: {
    name: 'akko-alertmanager',
    workload: 'StatefulSet',
    image: { repository: 'prom/alertmanager', tag: 'v0.31.1' },
    ports: { main: 9093 },
    resources: { cpu: '20m', memory: '32Mi', memoryLimit: '128Mi' },
    readiness: { port: 'main', path: '/-/ready' },
    args: ['--config.file=/etc/alertmanager/alertmanager.yml', '--storage.path=/alertmanager'],
    config: { '/etc/alertmanager/alertmanager.yml': 'route:\n  receiver: none\nreceivers:\n  - name: none\n' },
    storage: '1Gi',
    dataPath: '/alertmanager',
    user: 65534,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'full',
  },
  needs: [],
})
