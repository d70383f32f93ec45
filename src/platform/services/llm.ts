// AI gateway (LiteLLM): on the cluster; not part of one machine yet.
import { AUDIENCE } from '#platform/audiences'
import { secretName } from '#platform/names'
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
    // It puts the password into its URL by itself, and encodes it.
    env: {
      DATABASE_HOST: '%{address postgresql}',
      DATABASE_USERNAME: 'litellm',
      DATABASE_NAME: 'litellm',
      // Of tokens of the realm, where they are let in: without it, none is asked for.
      JWT_AUDIENCE: AUDIENCE.llm,
    },
    args: ['--config', '/etc/litellm/config.yaml', '--port', '%{port llm}'],
    secretEnv: { LITELLM_MASTER_KEY: secretName.app('litellm') },
    database: { server: 'postgresql', name: 'litellm', passwordEnv: 'DATABASE_PASSWORD' },
    config: {
      '/etc/litellm/config.yaml': `general_settings: { enable_jwt_auth: false }
model_list:
  - model_name: qwen2.5-coder:7b
    litellm_params: { model: "ollama/qwen2.5-coder:7b", api_base: "%{url ollama}" }
  - model_name: qwen2.5:3b
    litellm_params: { model: "ollama/qwen2.5:3b", api_base: "%{url ollama}" }
  - model_name: nomic-embed-text
    litellm_params: { model: "ollama/nomic-embed-text", api_base: "%{url ollama}" }
`,
    },
    user: 1000,
    profile: 'full',
  },
  needs: ['postgres-init', 'ollama'],
})
