// Traces (Tempo): on the cluster; not part of one machine.
import { defineService } from '#platform/service'

export const traces = defineService({
  name: 'traces',
  title: 'Traces (Tempo)',
  layer: 'observability',
  cluster: {
    name: 'akko-tempo',
    workload: 'StatefulSet',
    image: { repository: 'grafana/tempo', tag: '2.6.1' },
    ports: { main: 3200, otlp: 4318, 'otlp-grpc': 4317 },
    resources: { cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/ready' },
    args: ['-config.file=/etc/tempo/tempo.yaml'],
    config: {
      '/etc/tempo/tempo.yaml': `server: { http_listen_port: %{port traces} }
distributor:
  receivers:
    otlp:
      protocols: { http: { endpoint: "0.0.0.0:4318" }, grpc: { endpoint: "0.0.0.0:4317" } }
storage:
  trace: { backend: local, local: { path: /traces/blocks }, wal: { path: /traces/wal } }
`,
    },
    storage: '10Gi',
    dataPath: '/traces',
    user: 10001,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'full',
  },
  needs: [],
})
