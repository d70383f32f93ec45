// The gateway: TLS, hosts, forward-auth. The only door that browsers use.

import { certificateAlerts } from '#platform/alerts'
import { AUDIENCE } from '#platform/audiences'
import { REALM, secretName } from '#platform/names'
import { defineService } from '#platform/service'
import { defineSettings } from '#platform/settings'

export const gatewaySettings = defineSettings('gateway', (z) => ({
  bind: z
    .string()
    .regex(/^[0-9A-Fa-f:.]{2,45}$/)
    .default('127.0.0.1')
    .describe('Address at which other machines reach the gateway, and nothing else; `0.0.0.0` or `::` for each address of this one'),
  certificate: z
    .string()
    .regex(/^\//)
    .optional()
    .describe('File of a certificate of your own for the domain and its hosts (PEM, with those that vouch for it)'),
  key: z.string().regex(/^\//).optional().describe('File of its key (PEM, without a passphrase)'),
  authority: z
    .string()
    .regex(/^\//)
    .optional()
    .describe('File of the authority that vouches for that certificate, where machines do not trust it by themselves (PEM)'),
}))

export const gateway = defineService({
  name: 'gateway',
  title: 'Gateway (TLS)',
  layer: 'edge',
  hosts: ['traefik'],
  machine: {
    cell: 'edge',
    ports: { main: 8443 },
    health: { path: '/-/health' },
    front: true,
    settings: gatewaySettings,
    signIn: { audience: AUDIENCE.gateway, opens: '/api/session', takes: [{ method: 'POST', path: '/api/any' }] },
    alerts: [
      ...certificateAlerts('gateway', [14, 2], './akko certificate check'),
      {
        name: 'CertificateRefused',
        severity: 'bad',
        metric: 'akko_certificate_refused',
        by: [],
        op: '>',
        value: 0,
        forSeconds: 0,
        says: 'The certificate and key that lie there now cannot be served: the pair before goes on',
        action: './akko certificate check',
      },
      ...certificateAlerts(
        'authority',
        [60, 7],
        'move the two files in the folder `ca` of the home away, start the platform again, and see `./akko trust`',
      ),
    ],
    secrets: [{ name: secretName.edgeSession }, { name: secretName.edgeKey }],
  },
  cluster: {
    name: 'akko-oauth2-proxy',
    workload: 'Deployment',
    image: { repository: 'quay.io/oauth2-proxy/oauth2-proxy', tag: 'v7.15.6' },
    ports: { main: 4180 },
    resources: { cpu: '50m', memory: '64Mi', memoryLimit: '128Mi' },
    readiness: { port: 'main', path: '/ping' },
    secretEnv: { OAUTH2_PROXY_CLIENT_SECRET: secretName.client('gateway'), OAUTH2_PROXY_COOKIE_SECRET: secretName.edgeSession },
    env: {
      OAUTH2_PROXY_HTTP_ADDRESS: '0.0.0.0:%{port gateway}',
      OAUTH2_PROXY_PROVIDER: 'keycloak-oidc',
      OAUTH2_PROXY_CLIENT_ID: 'gateway',
      OAUTH2_PROXY_REVERSE_PROXY: 'true',
      OAUTH2_PROXY_UPSTREAMS: 'static://202',
      // Its page with a button leads to a path of the guarded host, where nobody answers it.
      OAUTH2_PROXY_SKIP_PROVIDER_BUTTON: 'true',
      OAUTH2_PROXY_SET_XAUTHREQUEST: 'true',
      OAUTH2_PROXY_PASS_ACCESS_TOKEN: 'true',
      OAUTH2_PROXY_EMAIL_DOMAINS: '*',
      OAUTH2_PROXY_COOKIE_DOMAINS: '.%{domain}',
      OAUTH2_PROXY_WHITELIST_DOMAINS: '.%{domain}',
      OAUTH2_PROXY_REDIRECT_URL: 'https://%{domain}/oauth2/callback',
      OAUTH2_PROXY_OIDC_ISSUER_URL: `%{origin identity}/realms/${REALM}`,
      OAUTH2_PROXY_SKIP_OIDC_DISCOVERY: 'true',
      OAUTH2_PROXY_LOGIN_URL: `%{origin identity}/realms/${REALM}/protocol/openid-connect/auth`,
      OAUTH2_PROXY_REDEEM_URL: `%{url identity}/realms/${REALM}/protocol/openid-connect/token`,
      OAUTH2_PROXY_OIDC_JWKS_URL: `%{url identity}/realms/${REALM}/protocol/openid-connect/certs`,
    },
    user: 65532,
    routes: [{ host: '', path: '/oauth2' }],
    hostsElsewhere: true,
    guardsHosts: true,
    replicated: true,
    profile: 'core',
  },
  needs: ['identity', 'keycloak-clients'],
})
