// Experiments (MLflow): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const experiments = defineService({
  name: 'experiments',
  title: 'Experiments (MLflow)',
  layer: 'ai',
  hosts: ['experiments'],
  guarded: true,
  cluster: {
    name: 'akko-mlflow',
    workload: 'Deployment',
    image: { repository: 'akko-mlflow', tag: '2026.11', own: true },
    ports: { main: 5000 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/health' },
    profile: 'full',
  },
  needs: ['postgres-init', 'storage-init'],
})
