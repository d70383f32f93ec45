// Single sign-on: OIDC with Keycloak's URLs, the realm's roles and clients, and the people.

import { own } from '#kit/own'
import { AUDIENCE, EVERY_PART, mintedOn } from '#platform/audiences'
import { ofKinds } from '#platform/jobs'
import { NAME, REALM, ROLES, SQL_CLIENT, secretName } from '#platform/names'
import type { Resource, ResourceOf } from '#platform/resources'
import { defineService, type Job, origin, type Site } from '#platform/service'
import { defineSettings } from '#platform/settings'

type Client = ResourceOf<'client'>

/** Characters: the least that NIST SP 800-63B, section 3.1.1.2, lets a password have. */
const LEAST_PASSWORD = 8

/** A realm's rules for passwords, as Keycloak writes them. */
export function passwordPolicy({ length = LEAST_PASSWORD, history = 0 } = {}): string {
  return [`length(${length})`, 'notUsername(undefined)', ...(history > 0 ? [`passwordHistory(${history})`] : [])].join(' and ')
}

export const identitySettings = defineSettings('identity', (z) => ({
  accessTokenMinutes: z.int().min(1).max(60).default(5).describe('Life of an access token that a browser or `akko login` gets'),
  exchangedMinutes: z
    .int()
    .min(1)
    .max(60)
    .default(60)
    .describe('Life of a token that is got for a person: by `akko env`, `akko sql` and tools'),
  sessionHours: z.int().min(1).max(72).default(10).describe('Life of a single sign-on session'),
  passwords: z
    .strictObject({
      length: z.int().min(8).max(128).default(LEAST_PASSWORD).describe('Least number of characters of a password'),
      history: z.int().min(0).max(24).default(0).describe('How many of a person’s last passwords are not taken again'),
    })
    .prefault({}),
  secondFactorRoles: z
    .array(z.string().min(1).max(100))
    .max(100)
    .default([])
    .describe('Roles whose holders log in with a second factor: `[akko-admin]`'),
  smtp: z
    .strictObject({
      host: z
        .string()
        .regex(/^[A-Za-z0-9.:-]{1,255}$/)
        .optional()
        .describe('The mail server that sends people their links; without it `akko user invite` and `reset` print them'),
      port: z.int().min(1).max(65_535).default(587).describe('Its port'),
      security: z
        .enum(['starttls', 'tls', 'none'])
        .default('starttls')
        .describe('tls: from the first byte; none: in clear, to a relay of this machine or house, without a login'),
      from: z.string().min(3).max(320).optional().describe('Whom letters are from: `AKKO <akko@example.org>`'),
      user: z.string().min(1).max(255).optional().describe('As whom to log in there'),
      secret: z
        .string()
        .regex(/^[a-z0-9.-]{1,100}$/)
        .default('identity.smtp')
        .describe('Name of the file among the home’s secrets that holds the password of that login'),
      ca: z
        .string()
        .regex(/^\//)
        .optional()
        .describe('A file of certificates (PEM) of authorities that the server is believed by, in the place of the system’s'),
    })
    .refine(({ host, from }) => host === undefined || from !== undefined, {
      path: ['from'],
      error: 'a mail server needs whom letters are from',
    })
    .refine(({ security, user }) => security !== 'none' || user === undefined, {
      path: ['security'],
      error: 'a login is not sent in clear',
    })
    .prefault({}),
}))

const ROLE_TEXTS: Readonly<Record<string, string>> = {
  [ROLES.admin]: 'Everything, including the platform itself',
  [ROLES.engineer]: 'Reads and writes the data domains',
  [ROLES.analyst]: 'Reads everything, clear',
  [ROLES.user]: 'Reads everything, personal data masked',
  [ROLES.viewer]: 'Reads analytics, filtered and masked',
}

const DN = { pattern: '^([A-Za-z0-9.]+=.+)?$', examples: ['', 'ou=people,dc=example,dc=org'] }
const FILTER = { pattern: '^([(].*[)])?$', examples: ['', '(employeeType=active)'] }
const ATTRIBUTE = { pattern: '^[A-Za-z][A-Za-z0-9-]*$', examples: ['uid', 'sAMAccountName'] }

const DEMO_PEOPLE = [
  { name: 'admin', first: 'Ada', last: 'Admin', role: ROLES.admin },
  { name: 'engineer', first: 'Emile', last: 'Engineer', role: ROLES.engineer },
  { name: 'analyst', first: 'Anna', last: 'Analyst', role: ROLES.analyst },
  { name: 'user', first: 'Ugo', last: 'User', role: ROLES.user },
  { name: 'viewer', first: 'Vera', last: 'Viewer', role: ROLES.viewer },
] as const

/** What is said of the LDAP directory. */
const DIRECTORY_VALUES: Job['values'] = {
  name: { ...NAME, default: 'people' },
  url: { required: true, default: '', pattern: '^(ldaps?://[A-Za-z0-9.:_-]+)?$', examples: ['', 'ldaps://ldap.example.org'] },
  bindDn: { ...DN, required: true, default: '' },
  usersDn: { ...DN, required: true, default: '' },
  userFilter: { ...FILTER, default: '' },
  usernameAttribute: { ...ATTRIBUTE, default: 'uid' },
  idAttribute: { ...ATTRIBUTE, default: 'entryUUID' },
  objectClasses: { ...ATTRIBUTE, default: ['inetOrgPerson', 'organizationalPerson'] },
  groupsDn: { ...DN, default: '' },
  groupFilter: { ...FILTER, default: '' },
}

/** Below the realm: who sends a form, and whether anybody who is known does, is said in it. */
const FORMS_OF_ANYBODY = [
  '/protocol/openid-connect/token',
  '/protocol/openid-connect/token/introspect',
  '/protocol/openid-connect/revoke',
  '/protocol/openid-connect/userinfo',
  '/protocol/openid-connect/auth/device',
  '/protocol/openid-connect/ext/par/request',
  '/protocol/openid-connect/logout/confirm',
  '/device',
  '/login-actions/authenticate/any',
  '/login-actions/action-token',
  '/account',
]

/** Where the other cells follow which tokens have ended. */
export const ENDED_SOCKET = 'ended-tokens'

export const identity = defineService({
  name: 'identity',
  title: 'Single sign-on (OIDC)',
  layer: 'identity',
  hosts: ['identity'],
  paths: [`/realms/${REALM}`, '/realms/master', '/admin'],
  machine: {
    cell: 'identity',
    ports: { main: 8180 },
    sockets: [ENDED_SOCKET],
    health: { path: `/realms/${REALM}/.well-known/openid-configuration` },
    signIn: {
      audience: AUDIENCE.identity,
      opens: `/admin/realms/${REALM}/roles`,
      takes: [
        { method: 'POST', path: `/admin/realms/${REALM}/users` },
        ...FORMS_OF_ANYBODY.map((path) => ({ method: 'POST' as const, path: `/realms/${REALM}${path}`, anybody: true as const })),
      ],
    },
    clients: { protocol: "OpenID Connect with Keycloak's URLs", at: 'path', path: `/realms/${REALM}` },
    settings: identitySettings,
    alerts: [
      {
        name: 'LoginsFailInABurst',
        severity: 'warn',
        metric: 'akko_identity_logins_total',
        labels: { outcome: ['refused', 'delayed'] },
        overSeconds: 300,
        by: ['realm'],
        op: '>',
        value: 30,
        forSeconds: 0,
        says: '%{value} logins with a password failed in the realm %{realm} within 5 minutes',
        action: './akko logs identity',
      },
    ],
    secrets: [{ name: secretName.identityAdmin, bytes: 18 }, { name: secretName.secondFactors }],
    clientEnv: async ({ user, token, tokenExpires, issuer }) => ({
      AKKO_USER: user,
      AKKO_TOKEN: token,
      AKKO_TOKEN_EXPIRES: tokenExpires,
      AKKO_OIDC_ISSUER: issuer,
    }),
  },
  cluster: {
    name: 'akko-keycloak',
    workload: 'Deployment',
    image: { repository: 'quay.io/keycloak/keycloak', tag: '26.7.3' },
    ports: { main: 8080, management: 9000 },
    resources: { cpu: '500m', memory: '768Mi', memoryLimit: '1536Mi' },
    readiness: { port: 'management', path: '/health/ready' },
    liveness: { port: 'management', path: '/health/live' },
    args: ['start'],
    env: {
      KC_DB: 'postgres',
      KC_DB_URL: 'jdbc:postgresql://%{address postgresql}/keycloak',
      KC_DB_USERNAME: 'keycloak',
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_HOSTNAME: '%{origin identity}',
      KC_HOSTNAME_BACKCHANNEL_DYNAMIC: 'true',
      KC_PROXY_HEADERS: 'xforwarded',
      KC_HTTP_ENABLED: 'true',
      KC_HEALTH_ENABLED: 'true',
      KC_METRICS_ENABLED: 'true',
    },
    secretEnv: { KC_BOOTSTRAP_ADMIN_PASSWORD: secretName.identityAdmin },
    adminEnv: { AKKO_IDENTITY_ADMIN_PASSWORD: secretName.identityAdmin },
    replicated: true,
    database: { server: 'postgresql', name: 'keycloak', passwordEnv: 'KC_DB_PASSWORD' },
    user: 1000,
    scratch: ['/opt/keycloak/data'],
    scratchFromImage: ['/opt/keycloak/lib/quarkus'],
    scrape: { port: 'management', path: '/metrics' },
    egress: [
      { port: 636, why: 'reads an LDAP directory, where one is declared' },
      { port: 389, why: 'the same, with StartTLS or inside the house' },
    ],
    profile: 'core',
  },
  needs: ['postgres-init'],
  jobs: [
    {
      name: 'keycloak-clients',
      title: 'Realm, roles and clients',
      needs: ['identity'],
      selects: ofKinds('realm', 'realmRole', 'client'),
      policy: true,
      toggle: 'akko-init.keycloakClients.enabled',
      doneUrl: `%{url identity}/realms/${REALM}/.well-known/openid-configuration`,
    },
    {
      name: 'bootstrap-admin',
      title: 'First users',
      needs: ['keycloak-clients'],
      selects: ofKinds('user'),
      toggle: 'akko-init.bootstrapAdmin.enabled',
    },
    {
      name: 'keycloak-sync',
      title: 'People of an LDAP directory',
      needs: ['keycloak-clients'],
      selects: ofKinds('directory'),
      toggle: 'akko-init.keycloakSync.enabled',
      optIn: true,
      directory: { realm: REALM, secret: secretName.directory },
      values: DIRECTORY_VALUES,
    },
  ],
  resources: (site) => [
    // One machine's settings say it, and its part keeps it.
    { kind: 'realm', name: REALM, ...(site.shape === 'cluster' ? { passwordPolicy: passwordPolicy() } : {}) },
    ...Object.values(ROLES).map((name): Resource => ({ kind: 'realmRole', realm: REALM, name, description: own(ROLE_TEXTS, name) ?? '' })),
    ...clients(site),
    ...people(site),
  ],
})

/** Redirect URIs are exact; loopback ones follow RFC 8252 (any port of 127.0.0.1). A client's tokens are for itself unless it says whom else. */
function clients(site: Site): Client[] {
  // Trino learns a user's roles from a flat claim; the SQL part of one machine reads Keycloak's own claim.
  const groups: Partial<Client> = site.shape === 'cluster' ? { groups: true } : {}
  const minted = (audiences: readonly string[]) => mintedOn(site.shape, audiences)
  const web = (clientId: string, name: string, host: string, callbacks: readonly string[], extra: Partial<Client> = {}): Client => ({
    kind: 'client',
    realm: REALM,
    clientId,
    name,
    public: false,
    secret: secretName.client(clientId),
    redirectUris: callbacks.map((path) => origin(site, host) + path),
    postLogoutRedirectUris: [`${origin(site, host)}/`],
    webOrigins: [origin(site, host)],
    flows: ['code'],
    audiences: [clientId],
    ...groups,
    ...extra,
  })
  /** Opens no session and asks for no token: it only stands for a part that takes tokens. */
  const part = (clientId: string, name: string): Client => ({
    kind: 'client',
    realm: REALM,
    clientId,
    name,
    public: false,
    secret: secretName.client(clientId),
    redirectUris: [],
    flows: [],
    audiences: [clientId],
  })
  return [
    web('cockpit', 'Cockpit', '', ['/auth/callback'], { audiences: minted(EVERY_PART) }),
    {
      kind: 'client',
      realm: REALM,
      clientId: 'cli',
      name: 'Command line',
      public: true,
      redirectUris: ['http://127.0.0.1/callback'],
      flows: ['code', 'device'],
      consent: true,
      audiences: minted(EVERY_PART),
      ...groups,
    },
    web('gateway', 'Gateway', '', ['/oauth2/callback'], { audiences: minted(EVERY_PART) }),
    web(SQL_CLIENT, 'SQL engine', 'federation', ['/oauth2/callback'], {
      flows: ['code', 'client-credentials', 'token-exchange'],
      serviceRoles: [ROLES.admin],
    }),
    web(AUDIENCE.catalog, 'Iceberg catalogue', 'polaris', ['/oauth2/callback'], {
      flows: ['client-credentials'],
      serviceRoles: [ROLES.engineer],
    }),
    web('jupyterhub', 'Notebooks', 'lab', ['/hub/oauth_callback'], {
      audiences: minted(['jupyterhub', AUDIENCE.sql, AUDIENCE.catalog, AUDIENCE.ai, AUDIENCE.llm, AUDIENCE.docs]),
    }),
    web('superset', 'Business intelligence', 'bi', ['/oauth-authorized/keycloak'], {
      flows: ['code', 'client-credentials'],
      serviceRoles: [ROLES.user],
      audiences: ['superset', AUDIENCE.sql],
    }),
    web('airflow', 'Pipelines', 'orchestrator', ['/auth/oauth-authorized/keycloak']),
    web('perses', 'Dashboards', 'metrics', ['/api/auth/providers/oidc/keycloak/callback']),
    web('openmetadata', 'Data catalogue', 'catalog', ['/callback']),
    web('mlflow', 'Experiments', 'experiments', ['/oauth2/callback']),
    web(AUDIENCE.llm, 'AI gateway', 'llm', ['/sso/callback']),
    web(AUDIENCE.mcp, 'MCP servers', 'mcp-trino', ['/oauth2/callback'], {
      flows: ['code', 'client-credentials'],
      serviceRoles: [ROLES.user],
      audiences: minted([AUDIENCE.mcp, AUDIENCE.sql]),
    }),
    part(AUDIENCE.ai, 'AI'),
    part(AUDIENCE.docs, 'Reports'),
    ...(site.shape === 'machine' ? [part(AUDIENCE.storage, 'Object storage')] : []),
  ]
}

function people(site: Site): Resource[] {
  if (!site.demo) {
    return [
      {
        kind: 'user',
        realm: REALM,
        username: 'admin',
        email: `admin@${site.domain}`,
        firstName: 'Platform',
        lastName: 'Administrator',
        secret: secretName.user('admin'),
        roles: [ROLES.admin],
      },
    ]
  }
  return DEMO_PEOPLE.map(({ name, first, last, role }) => ({
    kind: 'user',
    realm: REALM,
    username: `${name}@demo`,
    email: `${name}@demo.${site.domain}`,
    firstName: first,
    lastName: last,
    secret: secretName.user(`${name}@demo`),
    demoPassword: `${name}-demo`,
    roles: [role],
  }))
}
