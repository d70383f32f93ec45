// The cockpit: the portal over everything.
import { REALM, secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const cockpit = defineService({
  name: 'cockpit',
  title: 'Cockpit (portal)',
  layer: 'edge',
  hosts: [''],
  machine: { cell: 'edge', ports: { main: 3080 }, health: '/-/health' },
  cluster: {
    name: 'akko-cockpit',
    workload: 'Deployment',
    image: { repository: 'akko-cockpit', tag: '2026.11', own: true },
    ports: { main: 8080 },
    resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/-/health' },
    secretEnv: { AKKO_OIDC_CLIENT_SECRET: secretName.client('cockpit') },
    env: {
      AKKO_OIDC_CLIENT_ID: 'cockpit',
      AKKO_OIDC_ISSUER: `%{origin identity}/realms/${REALM}`,
      AKKO_OIDC_BACKCHANNEL: `%{url identity}/realms/${REALM}`,
      AKKO_SQL_URL: '%{url sql}',
      AKKO_CATALOG_URL: '%{url catalog}',
    },
    scrape: { port: 'main', path: '/-/metrics' },
    needs: ['sql', 'catalog'],
    profile: 'core',
  },
  needs: ['identity', 'keycloak-clients'],
})
