// Policy (OPA): what the SQL engine of a cluster asks. One machine answers from the same access model by itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { classified, masks, roleGrants, rowFilters } from '#platform/access'
import { defineService } from '#platform/service'

const FOLDER = '/policies'

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
    args: ['run', '--server', '--addr=0.0.0.0:%{port policy}', '--disable-telemetry', '--log-level=error', FOLDER],
    config: {
      [`${FOLDER}/trino.rego`]: readFileSync(join(import.meta.dirname, '../policy/trino.rego'), 'utf8'),
      [`${FOLDER}/data.json`]: `${JSON.stringify({ access: { roleGrants, masks, classified, rowFilters } }, undefined, 2)}\n`,
    },
    user: 1000,
    replicated: true,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'core',
  },
  needs: [],
})
