// The cockpit: the portal over everything.
import { AUDIENCE } from '#platform/audiences'
import { AUDIT_ROLE, REALM, STATE_DATABASES, secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const cockpit = defineService({
  name: 'cockpit',
  title: 'Cockpit (portal)',
  layer: 'edge',
  hosts: [''],
  machine: {
    cell: 'edge',
    ports: { main: 3080 },
    health: { path: '/-/health' },
    signIn: { audience: AUDIENCE.cockpit, opens: '/api/session', takes: [{ method: 'POST', path: '/api/session' }] },
    clients: { protocol: 'HTTPS', at: 'host' },
  },
  cluster: {
    name: 'akko-cockpit',
    workload: 'Deployment',
    image: { repository: 'akko-cockpit', tag: '2026.11', own: true },
    ports: { main: 8080, metrics: 9091 },
    resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/-/health' },
    secretEnv: {
      AKKO_OIDC_CLIENT_SECRET: secretName.client('cockpit'),
      AKKO_SESSION_KEY: secretName.app('cockpit'),
      AKKO_AUDIT_PASSWORD: secretName.role('postgresql', AUDIT_ROLE),
    },
    env: {
      AKKO_DOMAIN: '%{domain}',
      AKKO_OIDC_ISSUER: `%{origin identity}/realms/${REALM}`,
      AKKO_OIDC_BACKCHANNEL: `%{url identity}/realms/${REALM}`,
      AKKO_SQL_URL: '%{url sql}',
      AKKO_DATABASE_URL: `postgresql://${STATE_DATABASES.platform}@%{address postgresql}/${STATE_DATABASES.platform}`,
    },
    scrape: { port: 'metrics', path: '/metrics' },
    database: { server: 'postgresql', name: STATE_DATABASES.platform, passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    probes: true,
    policy: true,
    replicated: true,
    needs: ['sql', 'catalog', 'postgres-init'],
    profile: 'core',
  },
  needs: ['identity', 'keycloak-clients'],
})
