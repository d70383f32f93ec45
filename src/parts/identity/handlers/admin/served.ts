// Which fields of Keycloak's representations are served, and how the others stand here: what asks for another thing is refused by name.
import { isDeepStrictEqual } from 'node:util'
import { UnservedField } from '#parts/identity/errors'
import type { RepresentationName } from '#wire/oidc/keycloak'

interface Served {
  /** Read, kept and obeyed; or shown again as they were sent, and without a meaning in Keycloak too. */
  readonly fields: ReadonlySet<string>
  /** Only for reading: what a script sends back of what it got is ignored, as in Keycloak. */
  readonly shown: ReadonlySet<string>
  /** The one value that the field has here, by its name. */
  readonly fixed: ReadonlyMap<string, unknown>
}

const words = (text: string) => new Set(text.trim().split(/\s+/))
const served = (fields: string, shown: string, fixed: Record<string, unknown> = {}): Served => ({
  fields: words(fields),
  shown: words(shown),
  fixed: new Map(Object.entries(fixed)),
})

const SERVED = {
  ClientRepresentation: served(
    `id clientId name description type rootUrl baseUrl enabled publicClient bearerOnly consentRequired secret redirectUris webOrigins
     standardFlowEnabled directAccessGrantsEnabled serviceAccountsEnabled attributes protocolMappers defaultClientScopes optionalClientScopes`,
    'access origin',
    { clientAuthenticatorType: 'client-secret', protocol: 'openid-connect', fullScopeAllowed: true, nodeReRegistrationTimeout: -1 },
  ),
  UserRepresentation: served(
    'username enabled emailVerified firstName lastName email attributes credentials requiredActions groups realmRoles',
    'id self origin createdTimestamp totp disableableCredentialTypes access userProfileMetadata serviceAccountClientId',
  ),
  RoleRepresentation: served('name description attributes', 'id composite clientRole containerId', { scopeParamRequired: false }),
  CredentialRepresentation: served('value temporary', 'id createdDate priority userLabel', { type: 'password' }),
  ProtocolMapperRepresentation: served('id name protocolMapper config', '', { protocol: 'openid-connect' }),
  RealmRepresentation: served(
    'realm displayName enabled accessTokenLifespan ssoSessionMaxLifespan offlineSessionIdleTimeout attributes passwordPolicy',
    'id defaultRole',
  ),
  PartialImportRepresentation: served('policy ifResourceExists users clients groups identityProviders roles', ''),
  GroupRepresentation: served('name description attributes', 'id path parentId subGroupCount subGroups access'),
} as const satisfies Record<RepresentationName, Served>

/** Of a realm: as it has them now. */
export type Standing = Readonly<Record<string, unknown>>

/**
 * Refuses, by its name, a field that is not served and is to be other than it is here.
 * @throws UnservedField
 */
export function assertServed(kind: RepresentationName, body: Readonly<Record<string, unknown>>, standing: Standing = {}): void {
  const { fields, shown, fixed }: Served = SERVED[kind]
  for (const [field, value] of Object.entries(body)) {
    if (fields.has(field) || shown.has(field)) continue
    assertStanding(field, value, fixed.has(field) ? fixed.get(field) : new Map(Object.entries(standing)).get(field))
  }
}

/** @throws UnservedField */
export function assertStanding(field: string, value: unknown, here: unknown): void {
  if (isNothing(value) && (here === undefined || isNothing(here) || value === null || value === undefined || value === '')) return
  if (isDeepStrictEqual(value, here) || (typeof value !== 'object' && typeof here !== 'object' && String(value) === String(here))) return
  throw UnservedField({ field, why: isNothing(here) ? 'is not served here' : `is always ${JSON.stringify(here)} here` })
}

/** Says nothing: a script that sends it asks for nothing. */
function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false || value === 'false' || value === 0) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Attributes of clients that change what Keycloak does, and what they are here; others are a script's own words, and kept. */
const CLIENT_ATTRIBUTES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'access.token.signed.response.alg': 'RS256',
    'id.token.signed.response.alg': 'RS256',
    'use.refresh.tokens': 'true',
    'backchannel.logout.session.required': 'true',
  }),
)
const WITH_A_MEANING = words(`access.token.header.type.rfc9068 acr.loa.map backchannel.logout.revoke.offline.tokens backchannel.logout.url
  client.introspection.response.allow.jwt.claim.enabled client.offline.session.idle.timeout client.offline.session.max.lifespan
  client.session.idle.timeout client.session.max.lifespan client.use.lightweight.access.token.enabled client_credentials.use_refresh_token
  default.acr.values display.on.consent.screen consent.screen.text dpop.bound.access.tokens frontchannel.logout.session.required
  frontchannel.logout.url id.token.as.detached.signature id.token.encrypted.response.alg id.token.encrypted.response.enc jwks.string
  jwks.url login_theme minimum.acr.value oauth2.device.code.lifespan oauth2.device.polling.interval oauth2.jwt.authorization.grant.enabled
  oidc.ciba.grant.enabled require.pushed.authorization.requests tls.client.certificate.bound.access.tokens
  token.endpoint.auth.signing.alg tos_uri policy_uri use.jwks.string use.jwks.url user.info.encrypted.response.alg
  user.info.encrypted.response.enc user.info.response.signature.alg
  standard.token.exchange.enableRefreshRequestedTokenType`)
const FAMILIES = /^(saml|request\.object|jwt\.credential|x509|authorization\.signed|authorization\.encrypted|organization)[._]/

/**
 * Refuses attributes of a client with which Keycloak would act otherwise than this does.
 * @throws UnservedField
 */
export function assertServedAttributes(attributes: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const known = CLIENT_ATTRIBUTES.has(name) || WITH_A_MEANING.has(name) || FAMILIES.test(name)
    if (known) assertStanding(`attributes.${name}`, value, CLIENT_ATTRIBUTES.get(name))
  }
  const method = attributes['pkce.code.challenge.method']
  if (method && method !== 'S256') assertStanding('attributes.pkce.code.challenge.method', method, 'S256')
}

/** Of realms, likewise. */
const REALM_ATTRIBUTES =
  words(`acr.loa.map adminEventsExpiration actionTokenGeneratedByUserLifespan.reset-credentials client-policies.policies
  client-policies.profiles clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan clientSessionIdleTimeout clientSessionMaxLifespan
  frontendUrl parRequestUriLifespan realmReusableOtpCode shortVerificationUri oauth2DeviceCodeLifespan oauth2DevicePollingInterval`)
const REALM_FAMILIES = /^(ciba|cibaBackchannel|_browser_header|browser_header|organization|saml)[._A-Z]/

/** @throws UnservedField */
export function assertServedRealmAttributes(attributes: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(attributes))
    if (REALM_ATTRIBUTES.has(name) || REALM_FAMILIES.test(name)) assertStanding(`attributes.${name}`, value, undefined)
}

/** What the mappers of each kind that is served are told; others would change a claim in a way that is not served. */
const OF_EVERY_MAPPER = words(`access.token.claim id.token.claim userinfo.token.claim introspection.token.claim lightweight.claim`)
const MAPPERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    'oidc-audience-mapper': words('included.client.audience included.custom.audience'),
    'oidc-usermodel-realm-role-mapper': words('claim.name jsonType.label multivalued'),
  }),
)

/**
 * Refuses a protocol mapper of a kind, or with a setting, that is not served.
 * @throws UnservedField
 */
export function assertServedMapper({ protocolMapper = '', config = {} }: { protocolMapper?: string; config?: Standing }): void {
  const settings = MAPPERS.get(protocolMapper)
  if (!settings)
    throw UnservedField({ field: `protocolMapper`, why: `is one of ${[...MAPPERS.keys()].join(', ')} here, not ${protocolMapper}` })
  for (const [name, value] of Object.entries(config))
    if (!settings.has(name) && !OF_EVERY_MAPPER.has(name)) assertStanding(`config.${name}`, value, undefined)
}
