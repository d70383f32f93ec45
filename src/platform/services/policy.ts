// Policy (OPA): what the SQL engine of a cluster asks. One machine answers from the same access model by itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineService } from '#platform/service'

const FOLDER = '/policies'
const RULES = join(import.meta.dirname, '../policy')

/** How OPA answers Trino: rules over the access model. */
export const TRINO_REGO = join(RULES, 'trino.rego')

/** What OPA fetches within its pod, and how often it looks; seconds. */
export const BUNDLE = { name: 'policy.tar.gz', port: 8182, everySeconds: 1 } as const

const CONFIG = `services:
  policy: { url: "http://127.0.0.1:${BUNDLE.port}" }
bundles:
  policy:
    service: policy
    resource: ${BUNDLE.name}
    polling: { min_delay_seconds: ${BUNDLE.everySeconds}, max_delay_seconds: ${BUNDLE.everySeconds + 1} }
`

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
    // Not before it has the policy: without, it denies everything.
    readiness: { port: 'main', path: '/health?bundles' },
    liveness: { port: 'main', path: '/health' },
    args: [
      ...['run', '--server', '--addr=0.0.0.0:%{port policy}', '--disable-telemetry', '--log-level=error'],
      ...['--authorization=basic', `--config-file=${FOLDER}/config.yaml`, `${FOLDER}/authz.rego`],
    ],
    config: {
      [`${FOLDER}/config.yaml`]: CONFIG,
      [`${FOLDER}/authz.rego`]: readFileSync(join(RULES, 'authz.rego'), 'utf8'),
    },
    sidecar: { name: 'policy', args: ['serve-policy'] },
    policy: true,
    user: 1000,
    replicated: true,
    scrape: { port: 'main', path: '/metrics' },
    profile: 'core',
  },
  needs: [],
})
