// AI gateway (LiteLLM): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const llm = defineService({
  name: 'llm',
  title: 'AI gateway (LiteLLM)',
  layer: 'ai',
  hosts: ['llm'],
  guarded: false,
  cluster: {
    name: 'akko-litellm',
    workload: 'Deployment',
    image: { repository: 'ghcr.io/berriai/litellm', tag: 'v1.81.0-stable' },
    ports: { main: 4000 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/health/readiness' },
    profile: 'full',
  },
  needs: ['postgres-init', 'ollama'],
})
