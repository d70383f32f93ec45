// Pipelines (Airflow): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const orchestrator = defineService({
  name: 'orchestrator',
  title: 'Pipelines (Airflow)',
  layer: 'analytics',
  hosts: ['orchestrator'],
  guarded: false,
  cluster: {
    name: 'akko-airflow',
    workload: 'Deployment',
    image: { repository: 'akko-airflow', tag: '2026.11', own: true },
    ports: { main: 8082 },
    resources: { cpu: '500m', memory: '1Gi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/api/v2/monitor/health' },
    profile: 'full',
  },
  needs: ['postgres-init', 'identity'],
})
