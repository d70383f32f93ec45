// Policy (OPA): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const policy = defineService({
  name: 'policy',
  title: 'Policy (OPA)',
  layer: 'identity',
  hosts: [],
  guarded: false,
  cluster: {
    name: 'akko-opa',
    workload: 'Deployment',
    image: { repository: 'openpolicyagent/opa', tag: '1.4.2' },
    ports: { main: 8181 },
    resources: { cpu: '100m', memory: '64Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/health' },
    profile: 'core',
  },
  needs: [],
})
