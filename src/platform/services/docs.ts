// Published reports: pages and folders that people send, for those who may read them.
import { AUDIENCE } from '#platform/audiences'
import { AUDIT_ROLE, REALM, STATE_DATABASES, secretName } from '#platform/names'
import { defineService } from '#platform/service'
import { defineSettings } from '#platform/settings'

export const REPORTS_BUCKET = 'akko-reports'
/** Of a report's files: asked for by pages that have no origin and no cookie, opened by a signed address. */
const OPEN = '/content'

export const docsSettings = defineSettings('docs', (z) => ({
  maxMegabytes: z.int().min(1).max(1024).default(64).describe('Most that one version of a report may hold'),
}))

export const docs = defineService({
  name: 'docs',
  title: 'Published reports',
  layer: 'analytics',
  hosts: ['docs'],
  guarded: true,
  open: [OPEN],
  machine: {
    cell: 'edge',
    ports: { main: 8090 },
    health: { path: '/-/health' },
    signIn: { audience: AUDIENCE.docs, opens: '/api/reports', takes: [{ method: 'PUT', path: '/api/reports/any' }] },
    clients: { protocol: 'HTTPS', at: 'host' },
    settings: docsSettings,
    secrets: [{ name: secretName.app('docs') }],
  },
  cluster: {
    name: 'akko-docs',
    workload: 'Deployment',
    image: { repository: 'akko-docs', tag: '2026.11', own: true },
    ports: { main: 8080, metrics: 9091 },
    resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/-/health' },
    secretEnv: { AKKO_LINK_KEY: secretName.app('docs'), AKKO_AUDIT_PASSWORD: secretName.role('postgresql', AUDIT_ROLE) },
    env: {
      AKKO_ORIGIN: '%{origin docs}',
      AKKO_OIDC_ISSUER: `%{origin identity}/realms/${REALM}`,
      AKKO_OIDC_BACKCHANNEL: `%{url identity}/realms/${REALM}`,
      AKKO_DATABASE_URL: `postgresql://${STATE_DATABASES.platform}@%{address postgresql}/${STATE_DATABASES.platform}`,
      AKKO_BUCKET: REPORTS_BUCKET,
    },
    scrape: { port: 'metrics', path: '/metrics' },
    database: { server: 'postgresql', name: STATE_DATABASES.platform, passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    s3: 'docs',
    policy: true,
    // It verifies tokens and signed addresses itself.
    routes: [
      { host: 'docs', path: OPEN },
      { host: 'docs', path: '/api' },
    ],
    profile: 'full',
  },
  needs: ['postgres-init', 'storage-init', 'identity'],
  resources: () => [
    { kind: 'bucket', name: REPORTS_BUCKET },
    { kind: 'key', name: 'docs', secret: secretName.key('docs'), buckets: [{ name: REPORTS_BUCKET, mode: 'write' }] },
  ],
})
