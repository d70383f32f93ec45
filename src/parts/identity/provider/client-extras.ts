// What the provider's client objects carry beyond OpenID's metadata, so that issuing a token needs no further query.
import { isLoopback, toClientMetadata } from '#wire/oidc/client-metadata'
import { CLIENT_ATTRIBUTES, type ClientRepresentation, mappedAudiences } from '#wire/oidc/keycloak'

export interface ClientExtras {
  /** The client's id in the admin API. */
  akko_id: string
  akko_require_pkce: boolean
  /** Seconds; 0 = the realm's. */
  akko_token_lifespan: number
  akko_audiences: string[]
  /** Browser origins that may call the token endpoints (CORS). */
  akko_origins: string[]
}

export const CLIENT_EXTRAS = [
  'akko_id',
  'akko_require_pkce',
  'akko_token_lifespan',
  'akko_audiences',
  'akko_origins',
] as const satisfies readonly (keyof ClientExtras)[]

/** The client as the provider's adapter returns it; undefined when it may not be used. */
export function toProviderClient(
  client: ClientRepresentation,
  realmGrants: readonly string[],
): (Record<string, unknown> & ClientExtras) | undefined {
  const metadata = toClientMetadata(client)
  return (
    metadata && {
      ...metadata,
      grant_types: metadata.grant_types.filter((grant) => grant !== 'password' || realmGrants.includes(grant)),
      akko_id: client.id,
      akko_require_pkce: client.publicClient || client.attributes[CLIENT_ATTRIBUTES.pkce] === 'S256',
      akko_token_lifespan: Number(client.attributes[CLIENT_ATTRIBUTES.tokenLifespan] ?? 0) || 0,
      akko_audiences: mappedAudiences(client),
      akko_origins: origins(client),
    }
  )
}

/** `+` stands for the origins of the redirect URIs; `*` is never honoured. */
function origins(client: ClientRepresentation): string[] {
  const own = client.redirectUris.filter((uri) => !isLoopback(uri)).flatMap((uri) => URL.parse(uri)?.origin ?? [])
  return [...new Set(client.webOrigins.flatMap((origin) => (origin === '+' ? own : origin === '*' ? [] : [origin])))]
}
