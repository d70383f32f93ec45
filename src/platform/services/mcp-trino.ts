// MCP server for SQL: on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const mcpTrino = defineService({
  name: 'mcp-trino',
  title: 'MCP server for SQL',
  layer: 'ai',
  hosts: ['mcp-trino'],
  guarded: false,
  cluster: {
    name: 'akko-mcp-trino',
    workload: 'Deployment',
    image: { repository: 'akko-mcp-trino', tag: '2026.11', own: true },
    ports: { main: 8080 },
    resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/health' },
    replicas: 2,
    optIn: 'the part itself does not exist yet',
    profile: 'full',
  },
  needs: ['sql', 'identity'],
})
