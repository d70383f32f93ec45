// Local models (Ollama): on the cluster; not part of one machine yet.
import { ofKinds } from '#platform/jobs'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

/** Code, conversation, embeddings. */
const MODELS = ['qwen2.5-coder:7b', 'qwen2.5:3b', 'nomic-embed-text'] as const

export const ollama = defineService({
  name: 'ollama',
  title: 'Local models (Ollama)',
  layer: 'ai',
  hosts: ['ollama'],
  guarded: true,
  cluster: {
    name: 'akko-ollama',
    workload: 'StatefulSet',
    image: { repository: 'ollama/ollama', tag: '0.17.4' },
    ports: { main: 11434 },
    resources: { cpu: '1', memory: '4Gi', memoryLimit: '10Gi' },
    readiness: { port: 'main', path: '/' },
    env: { OLLAMA_HOST: '0.0.0.0:%{port ollama}', OLLAMA_MODELS: '/models', HOME: '/tmp' },
    user: 1000,
    storage: '40Gi',
    dataPath: '/models',
    egress: [{ port: 443, why: 'pulls models' }],
    profile: 'full',
  },
  needs: [],
  jobs: [{ name: 'ollama-init', title: 'Models', needs: ['ollama'], selects: ofKinds('model'), toggle: 'akko-init.ollama.enabled' }],
  resources: ({ shape }) => (shape === 'cluster' ? MODELS.map((name): Resource => ({ kind: 'model', name })) : []),
})
