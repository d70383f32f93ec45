// Notebooks (JupyterHub): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const lab = defineService({
  name: 'lab',
  title: 'Notebooks (JupyterHub)',
  layer: 'analytics',
  hosts: ['lab'],
  guarded: false,
  cluster: {
    name: 'akko-jupyterhub',
    workload: 'Deployment',
    image: { repository: 'akko-jupyterhub', tag: '2026.11', own: true },
    ports: { main: 8000 },
    resources: { cpu: '250m', memory: '256Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/hub/health' },
    profile: 'full',
  },
  needs: ['postgres-init', 'identity'],
})
