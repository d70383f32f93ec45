// Metrics (Prometheus): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const prometheus = defineService({
  name: 'prometheus',
  title: 'Metrics (Prometheus)',
  layer: 'observability',
  hosts: ['prometheus'],
  guarded: true,
  cluster: {
    name: 'akko-prometheus',
    workload: 'StatefulSet',
    image: { repository: 'prom/prometheus', tag: 'v3.6.0' },
    ports: { main: 9090 },
    resources: { cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/-/ready' },
    args: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus', '--storage.tsdb.retention.time=15d'],
    config: { '/etc/prometheus/prometheus.yml': '%{scrape-config}' },
    storage: '20Gi',
    dataPath: '/prometheus',
    user: 65534,
    scrapes: true,
    profile: 'full',
  },
  needs: [],
})
