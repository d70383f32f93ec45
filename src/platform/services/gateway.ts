// The gateway: TLS, hosts, forward-auth. The only door that browsers use.
import { secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const gateway = defineService({
  name: 'gateway',
  title: 'Gateway (TLS)',
  layer: 'edge',
  hosts: ['traefik'],
  machine: { cell: 'edge', ports: { main: 8443 }, health: '/-/health' },
  cluster: {
    name: 'akko-oauth2-proxy',
    workload: 'Deployment',
    image: { repository: 'quay.io/oauth2-proxy/oauth2-proxy', tag: 'v7.14.3' },
    ports: { main: 4180 },
    resources: { cpu: '50m', memory: '64Mi', memoryLimit: '128Mi' },
    readiness: { port: 'main', path: '/ping' },
    secretEnv: { OAUTH2_PROXY_CLIENT_SECRET: secretName.client('gateway'), OAUTH2_PROXY_COOKIE_SECRET: secretName.edgeSession },
    profile: 'core',
  },
  needs: ['identity', 'keycloak-clients'],
})
