// Business intelligence (Superset): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const bi = defineService({
  name: 'bi',
  title: 'Business intelligence (Superset)',
  layer: 'analytics',
  hosts: ['bi'],
  guarded: false,
  cluster: {
    name: 'akko-superset',
    workload: 'Deployment',
    image: { repository: 'apache/superset', tag: '4.1.1' },
    ports: { main: 8088 },
    resources: { cpu: '500m', memory: '512Mi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/health' },
    profile: 'full',
  },
  needs: ['postgres-init', 'sql', 'identity'],
})
