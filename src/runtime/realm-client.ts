// A client of the realm at its token endpoint, by openid-client; which is loaded by the first command that asks for a token.
import type * as oidc from 'openid-client'
import { describeError } from '#kit/errors'
import type { Secret } from '#kit/secret'

/** Seconds for which single sign-on may take to answer. */
const ANSWER_SECONDS = 10
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

export type TokenAnswer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers

export interface RealmClientOptions {
  /** As its tokens name it. */
  readonly issuer: string
  readonly tokenUrl: string
  readonly clientId: string
  /** Absent for a client that keeps none. */
  readonly secret?: Secret
}

export interface RealmClient {
  /** @throws GrantError */
  refresh(refreshToken: string): Promise<TokenAnswer>
  /** As the client itself. @throws GrantError */
  clientCredentials(): Promise<TokenAnswer>
  /** RFC 8693. @throws GrantError */
  exchange(parameters: readonly [string, string][]): Promise<TokenAnswer>
}

/** No token was given. */
export class GrantError extends Error {
  /** Of the protocol, such as `invalid_grant`; undefined where nothing of it was heard. */
  readonly code: string | undefined

  constructor(code: string | undefined, reason: string, cause: unknown) {
    super(reason, { cause })
    this.name = 'GrantError'
    this.code = code
  }
}

/** Asks for no discovery document: what it needs to know of the realm it is told. */
export async function createRealmClient({ issuer, tokenUrl, clientId, secret }: RealmClientOptions): Promise<RealmClient> {
  const oidc = await import('openid-client')
  const auth = secret ? oidc.ClientSecretBasic(secret.reveal()) : oidc.None()
  const config = new oidc.Configuration({ issuer, token_endpoint: tokenUrl }, clientId, undefined, auth)
  config.timeout = ANSWER_SECONDS
  // The realm's own address on this machine is one of loopback.
  if (new URL(tokenUrl).protocol === 'http:') oidc.allowInsecureRequests(config)
  const told = async (asked: Promise<TokenAnswer>) => {
    try {
      return await asked
    } catch (error) {
      if (error instanceof oidc.ResponseBodyError) throw new GrantError(error.error, error.error_description ?? error.error, error)
      // Who refuses the client itself says why in a challenge (RFC 6749, section 5.2).
      const { error: code, error_description: reason = code } =
        error instanceof oidc.WWWAuthenticateChallengeError ? (error.cause[0]?.parameters ?? {}) : {}
      throw new GrantError(code, reason ?? describeError(error), error)
    }
  }
  return {
    refresh: (refreshToken) => told(oidc.refreshTokenGrant(config, refreshToken)),
    clientCredentials: () => told(oidc.clientCredentialsGrant(config)),
    exchange: (parameters) => told(oidc.genericGrantRequest(config, TOKEN_EXCHANGE, new URLSearchParams([...parameters]))),
  }
}
