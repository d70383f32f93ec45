// Policy (OPA): on the cluster; not part of one machine yet.
import { ROLES } from '#platform/names'
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
    args: ['run', '--server', '--addr=0.0.0.0:%{port policy}', '--disable-telemetry', '--log-level=error', '/policies'],
    // Everything is denied but to administrators until the policies themselves are there.
    config: {
      '/policies/trino.rego': `package trino

default allow := false

allow if "${ROLES.admin}" in input.context.identity.groups
`,
    },
    user: 1000,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'core',
  },
  needs: [],
})
