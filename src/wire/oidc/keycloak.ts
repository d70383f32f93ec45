// Keycloak's admin representations (version 26): their fields, and the rules by which it reads and merges them.

export interface ProtocolMapper {
  id?: string
  name: string
  protocol: string
  protocolMapper: string
  consentRequired?: boolean
  config: Record<string, string>
}

/** ClientRepresentation, the fields that this platform gives a meaning; others are kept and shown. */
export interface ClientRepresentation {
  id: string
  clientId: string
  name?: string
  enabled: boolean
  publicClient: boolean
  bearerOnly: boolean
  secret?: string
  redirectUris: string[]
  webOrigins: string[]
  standardFlowEnabled: boolean
  implicitFlowEnabled: boolean
  directAccessGrantsEnabled: boolean
  serviceAccountsEnabled: boolean
  attributes: Record<string, string>
  protocolMappers?: ProtocolMapper[]
  defaultClientScopes: string[]
  optionalClientScopes: string[]
  [field: string]: unknown
}

/** Client attributes with a meaning, by Keycloak's names. */
export const CLIENT_ATTRIBUTES = {
  pkce: 'pkce.code.challenge.method',
  postLogout: 'post.logout.redirect.uris',
  device: 'oauth2.device.authorization.grant.enabled',
  tokenExchange: 'standard.token.exchange.enabled',
  tokenLifespan: 'access.token.lifespan',
} as const

const words = (text: string) => new Set(text.trim().split(/\s+/))

/** Every field that Keycloak 26 knows, per representation; an unknown one is refused. */
export const REPRESENTATION_FIELDS = {
  ClientRepresentation:
    words(`id clientId name description type rootUrl adminUrl baseUrl surrogateAuthRequired enabled alwaysDisplayInConsole
    clientAuthenticatorType secret registrationAccessToken defaultRoles redirectUris webOrigins notBefore bearerOnly consentRequired
    standardFlowEnabled implicitFlowEnabled directAccessGrantsEnabled serviceAccountsEnabled authorizationServicesEnabled
    directGrantsOnly publicClient frontchannelLogout protocol attributes authenticationFlowBindingOverrides fullScopeAllowed
    nodeReRegistrationTimeout registeredNodes protocolMappers clientTemplate useTemplateConfig useTemplateScope useTemplateMappers
    defaultClientScopes optionalClientScopes authorizationSettings access origin`),
  UserRepresentation: words(`self id origin createdTimestamp username enabled totp emailVerified firstName lastName email
    federationLink serviceAccountClientId attributes credentials disableableCredentialTypes requiredActions federatedIdentities
    realmRoles clientRoles clientConsents notBefore applicationRoles socialLinks groups access userProfileMetadata`),
  RoleRepresentation: words('id name description scopeParamRequired composite composites clientRole containerId attributes'),
  CredentialRepresentation:
    words(`id type userLabel createdDate secretData credentialData priority value temporary device hashedSaltedValue salt
    hashIterations counter algorithm digits period config federationLink`),
  ProtocolMapperRepresentation: words('id name protocol protocolMapper consentRequired consentText config'),
  RealmRepresentation:
    words(`id realm displayName displayNameHtml notBefore defaultSignatureAlgorithm revokeRefreshToken refreshTokenMaxReuse
    accessTokenLifespan accessTokenLifespanForImplicitFlow ssoSessionIdleTimeout ssoSessionMaxLifespan ssoSessionIdleTimeoutRememberMe
    ssoSessionMaxLifespanRememberMe offlineSessionIdleTimeout offlineSessionMaxLifespanEnabled offlineSessionMaxLifespan
    clientSessionIdleTimeout clientSessionMaxLifespan clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan accessCodeLifespan
    accessCodeLifespanUserAction accessCodeLifespanLogin actionTokenGeneratedByAdminLifespan actionTokenGeneratedByUserLifespan
    oauth2DeviceCodeLifespan oauth2DevicePollingInterval enabled sslRequired registrationAllowed registrationEmailAsUsername rememberMe
    verifyEmail loginWithEmailAllowed duplicateEmailsAllowed resetPasswordAllowed editUsernameAllowed bruteForceProtected
    permanentLockout maxTemporaryLockouts bruteForceStrategy maxFailureWaitSeconds minimumQuickLoginWaitSeconds waitIncrementSeconds
    quickLoginCheckMilliSeconds maxDeltaTimeSeconds failureFactor maxSecondaryAuthFailures roles groups defaultRoles defaultRole
    defaultGroups requiredCredentials passwordPolicy otpPolicyType otpPolicyAlgorithm otpPolicyInitialCounter otpPolicyDigits
    otpPolicyLookAheadWindow otpPolicyPeriod otpPolicyCodeReusable otpSupportedApplications webAuthnPolicyRpEntityName
    users clients clientScopes scopeMappings clientScopeMappings defaultDefaultClientScopes defaultOptionalClientScopes
    browserSecurityHeaders smtpServer loginTheme accountTheme adminTheme emailTheme eventsEnabled eventsListeners eventsExpiration
    enabledEventTypes adminEventsEnabled adminEventsDetailsEnabled identityProviders identityProviderMappers protocolMappers components
    internationalizationEnabled supportedLocales defaultLocale authenticationFlows authenticatorConfig requiredActions browserFlow
    registrationFlow directGrantFlow resetCredentialsFlow clientAuthenticationFlow dockerAuthenticationFlow firstBrokerLoginFlow
    attributes keycloakVersion userManagedAccessAllowed organizationsEnabled organizations verifiableCredentialsEnabled
    adminPermissionsEnabled adminPermissionsClient scimApiEnabled clientProfiles clientPolicies localizationTexts`),
  PartialImportRepresentation: words('policy ifResourceExists users clients groups identityProviders roles'),
  GroupRepresentation: words('id name description path parentId subGroupCount subGroups attributes realmRoles clientRoles access'),
} as const

export type RepresentationName = keyof typeof REPRESENTATION_FIELDS

/** The first field that Keycloak would refuse, if any. */
export function unknownField(kind: RepresentationName, body: object): string | undefined {
  return Object.keys(body).find((key) => !REPRESENTATION_FIELDS[kind].has(key))
}

/** PUT: absent and null fields stay; attributes merge, '' removes one; mappers replace; scopes are left to their own endpoint. */
export function mergeClient(current: ClientRepresentation, change: Record<string, unknown>): ClientRepresentation {
  const { id: _id, attributes, defaultClientScopes: _d, optionalClientScopes: _o, ...rest } = change
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined))
  return { ...current, ...given, attributes: mergeAttributes(current.attributes, attributes) }
}

export function mergeAttributes(current: Record<string, string>, change: unknown): Record<string, string> {
  if (change === null || typeof change !== 'object') return current
  const merged = new Map(Object.entries(current))
  for (const [key, value] of Object.entries(change)) {
    if (value === null || value === '') merged.delete(key)
    else merged.set(key, String(value))
  }
  return Object.fromEntries(merged)
}

/** The audiences that a client's mappers add to its access tokens. */
export function mappedAudiences(client: Pick<ClientRepresentation, 'protocolMappers'>): string[] {
  return (client.protocolMappers ?? [])
    .filter((m) => m.protocolMapper === 'oidc-audience-mapper' && m.config['access.token.claim'] !== 'false')
    .flatMap((m) => [m.config['included.client.audience'], m.config['included.custom.audience']])
    .filter((audience): audience is string => !!audience)
}

export const DEFAULT_SCOPES = ['web-origins', 'acr', 'profile', 'roles', 'basic', 'email']
export const OPTIONAL_SCOPES = ['address', 'phone', 'offline_access', 'organization', 'microprofile-jwt']
const SERVICE_ACCOUNT_SCOPE = 'service_account'

/** A client as Keycloak completes what POST was given. The secret is the caller's to make. */
export function newClient(id: string, given: Record<string, unknown>): ClientRepresentation {
  const client: ClientRepresentation = {
    id,
    clientId: id,
    surrogateAuthRequired: false,
    enabled: true,
    alwaysDisplayInConsole: false,
    clientAuthenticatorType: 'client-secret',
    redirectUris: [],
    webOrigins: [],
    notBefore: 0,
    bearerOnly: false,
    consentRequired: false,
    standardFlowEnabled: true,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: false,
    publicClient: false,
    frontchannelLogout: false,
    protocol: 'openid-connect',
    attributes: { realm_client: 'false' },
    authenticationFlowBindingOverrides: {},
    fullScopeAllowed: true,
    nodeReRegistrationTimeout: -1,
    defaultClientScopes: DEFAULT_SCOPES,
    optionalClientScopes: OPTIONAL_SCOPES,
  }
  const merged = mergeClient(client, given)
  return withServiceAccountScope({
    ...merged,
    ...(Array.isArray(given.defaultClientScopes) ? { defaultClientScopes: given.defaultClientScopes as string[] } : {}),
    ...(Array.isArray(given.optionalClientScopes) ? { optionalClientScopes: given.optionalClientScopes as string[] } : {}),
    ...(given.webOrigins === undefined ? { webOrigins: redirectOrigins(merged.redirectUris) } : {}),
  })
}

/** The scope `service_account` comes and goes with serviceAccountsEnabled. */
export function withServiceAccountScope(client: ClientRepresentation): ClientRepresentation {
  const others = client.defaultClientScopes.filter((name) => name !== SERVICE_ACCOUNT_SCOPE)
  return { ...client, defaultClientScopes: client.serviceAccountsEnabled ? [...others, SERVICE_ACCOUNT_SCOPE] : others }
}

function redirectOrigins(uris: readonly string[]): string[] {
  return [...new Set(uris.flatMap((uri) => URL.parse(uri)?.origin ?? []).filter((origin) => origin !== 'null'))]
}

/** A client scope that every realm has. */
export interface ClientScope {
  readonly name: string
  readonly description: string
  readonly inTokenScope: boolean
}

export const CLIENT_SCOPES: readonly ClientScope[] = [
  { name: 'profile', description: 'OpenID Connect built-in scope: profile', inTokenScope: true },
  { name: 'email', description: 'OpenID Connect built-in scope: email', inTokenScope: true },
  { name: 'address', description: 'OpenID Connect built-in scope: address', inTokenScope: true },
  { name: 'phone', description: 'OpenID Connect built-in scope: phone', inTokenScope: true },
  { name: 'offline_access', description: 'OpenID Connect built-in scope: offline_access', inTokenScope: false },
  { name: 'roles', description: 'OpenID Connect scope for add user roles to the access token', inTokenScope: false },
  { name: 'web-origins', description: 'OpenID Connect scope for add allowed web origins to the access token', inTokenScope: false },
  { name: 'microprofile-jwt', description: 'Microprofile - JWT built-in scope', inTokenScope: true },
  {
    name: 'acr',
    description: 'OpenID Connect scope for add acr (authentication context class reference) to the token',
    inTokenScope: false,
  },
  { name: 'basic', description: 'OpenID Connect scope for add all basic claims to the token', inTokenScope: false },
  { name: 'service_account', description: 'Specific scope for a client enabled for service accounts', inTokenScope: false },
  { name: 'organization', description: 'Additional claims about the organization a subject belongs to', inTokenScope: true },
]

/** A mapper as Keycloak stores it: where it says nothing of them, introspection is told what access tokens are, and userinfo what ID tokens are. */
export function newMapper(id: string, given: Omit<ProtocolMapper, 'id'>): ProtocolMapper {
  const { name, protocol = 'openid-connect', protocolMapper, consentRequired = false, config = {} } = given
  const { 'access.token.claim': access, 'id.token.claim': idToken } = config
  const told = {
    ...(access === undefined ? {} : { 'introspection.token.claim': access }),
    ...(idToken === undefined ? {} : { 'userinfo.token.claim': idToken }),
  }
  return { id, name, protocol, protocolMapper, consentRequired, config: { ...told, ...config } }
}
