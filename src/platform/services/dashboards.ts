// Dashboards (Perses): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const dashboards = defineService({
  name: 'dashboards',
  title: 'Dashboards (Perses)',
  layer: 'observability',
  hosts: ['metrics'],
  guarded: false,
  cluster: {
    name: 'akko-perses',
    workload: 'Deployment',
    image: { repository: 'persesdev/perses', tag: 'v0.53.1' },
    ports: { main: 8080 },
    resources: { cpu: '50m', memory: '64Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/metrics' },
    args: ['--config=/etc/perses/config.yaml', '--web.listen-address=:%{port dashboards}'],
    config: {
      '/etc/perses/config.yaml': 'security:\n  readonly: false\ndatabase:\n  file:\n    folder: /perses\n    extension: json\n',
    },
    user: 65532,
    scratch: ['/perses'],
    needs: ['prometheus'],
    profile: 'full',
  },
  needs: ['identity'],
})
