// MCP server for the data catalogue: on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const mcpOpenmetadata = defineService({
  name: 'mcp-openmetadata',
  title: 'MCP server for the data catalogue',
  layer: 'ai',
  hosts: ['mcp-openmetadata'],
  guarded: false,
  cluster: {
    name: 'akko-mcp-openmetadata',
    workload: 'Deployment',
    image: { repository: 'akko-mcp-openmetadata', tag: '2026.11', own: true },
    ports: { main: 8080 },
    resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/health' },
    replicas: 2,
    optIn: 'the part itself does not exist yet',
    profile: 'full',
  },
  needs: ['governance', 'identity'],
})
