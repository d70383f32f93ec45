// A Keycloak client as the OpenID client metadata (RFC 7591) that the provider understands.
import { CLIENT_ATTRIBUTES, type ClientRepresentation } from '#wire/oidc/keycloak'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

export interface ClientMetadata {
  client_id: string
  client_name: string
  client_secret?: string
  application_type: 'web' | 'native'
  token_endpoint_auth_method: 'none' | 'client_secret_basic'
  redirect_uris: string[]
  post_logout_redirect_uris: string[]
  response_types: string[]
  grant_types: string[]
  id_token_signed_response_alg: 'RS256'
}

/** Undefined for a client that is disabled or only consumes tokens. */
export function toClientMetadata(client: ClientRepresentation): ClientMetadata | undefined {
  if (!client.enabled || client.bearerOnly) return undefined
  if (!client.publicClient && !client.secret) return undefined
  return {
    client_id: client.clientId,
    client_name: client.name || client.clientId,
    ...(client.publicClient ? {} : { client_secret: client.secret as string }),
    application_type: client.redirectUris.some(isLoopback) ? 'native' : 'web',
    token_endpoint_auth_method: client.publicClient ? 'none' : 'client_secret_basic',
    redirect_uris: client.standardFlowEnabled ? client.redirectUris.filter(isExact) : [],
    post_logout_redirect_uris: postLogoutUris(client),
    response_types: client.standardFlowEnabled && client.redirectUris.some(isExact) ? ['code'] : [],
    grant_types: grantTypes(client),
    id_token_signed_response_alg: 'RS256',
  }
}

export function grantTypes(client: ClientRepresentation): string[] {
  const on = (attribute: string) => client.attributes[attribute] === 'true'
  const code = client.standardFlowEnabled && client.redirectUris.some(isExact)
  const device = on(CLIENT_ATTRIBUTES.device)
  return [
    ...(code ? ['authorization_code'] : []),
    ...(code || device || client.directAccessGrantsEnabled ? ['refresh_token'] : []),
    ...(client.serviceAccountsEnabled && !client.publicClient ? ['client_credentials'] : []),
    ...(device ? [DEVICE_CODE] : []),
    ...(client.directAccessGrantsEnabled ? ['password'] : []),
    ...(on(CLIENT_ATTRIBUTES.tokenExchange) && !client.publicClient ? [TOKEN_EXCHANGE] : []),
  ]
}

/** `+` means the redirect URIs; entries are separated by `##`. Wildcards are never honoured. */
export function postLogoutUris(client: ClientRepresentation): string[] {
  const entries = (client.attributes[CLIENT_ATTRIBUTES.postLogout] ?? '').split('##').filter(Boolean)
  return entries.flatMap((entry) => (entry === '+' ? client.redirectUris : [entry])).filter(isExact)
}

/** RFC 8252, section 7.3: plain HTTP on the machine itself, on whatever port the tool got. */
export function isLoopback(uri: string): boolean {
  const url = URL.parse(uri)
  return url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
}

function isExact(uri: string): boolean {
  const url = URL.parse(uri)
  return (
    url !== null &&
    !uri.includes('*') &&
    url.hash === '' &&
    (url.protocol === 'https:' || isLoopback(uri) || !url.protocol.startsWith('http'))
  )
}
