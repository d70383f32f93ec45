// The edge as an OpenID relying party: openid-client over the back channel, with what it refuses told as our own errors.
import { decodeJwt } from 'jose'
import type * as oidc from 'openid-client'
import { AkkoError, describeError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import { GrantRefused, IdentityDown } from '#parts/gateway/errors'
import type { Tokens } from '#parts/gateway/sessions/store'

/** Loaded by the first login. */
const library = () => import('openid-client')

const TIMEOUT_SECONDS = 10
const CLOCK_TOLERANCE_SECONDS = 10

export interface ProviderDeps {
  /** As in the tokens, e.g. `https://localhost:8443/realms/akko`. */
  readonly issuer: string
  /** The same server without the gateway in between, e.g. `http://127.0.0.1:8180`. */
  readonly internalUrl: string
}

export interface Provider {
  readonly issuer: string
  /** Calls its public addresses directly. */
  readonly fetch: oidc.CustomFetch
}

export function createProvider({ issuer, internalUrl }: ProviderDeps): Provider {
  const publicUrl = new URL(issuer)
  const forwarded = {
    'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
    'x-forwarded-host': publicUrl.host,
    'x-forwarded-port': publicUrl.port || (publicUrl.protocol === 'https:' ? '443' : '80'),
  }
  return {
    issuer,
    fetch: async (endpoint, init) => {
      const url = new URL(endpoint)
      const direct = url.origin === publicUrl.origin ? new URL(url.pathname + url.search, internalUrl) : url
      const headers = { ...init.headers, ...forwarded, traceparent: traceparent() }
      try {
        return await fetch(direct, { ...(init as RequestInit), headers, redirect: 'error' })
      } catch (error) {
        throw IdentityDown({ reason: describeError(error) }, error)
      }
    },
  }
}

export interface LoginRequest {
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface OidcClient {
  authorizationUrl(request: LoginRequest): Promise<string>
  /** Tokens for the answer that came to `redirectUri` with this query. GrantRefused when the provider, or a check of its answer, says no. */
  exchange(search: string, request: LoginRequest): Promise<{ readonly tokens: Tokens; readonly providerSession?: string }>
  /** GrantRefused when the login is over. */
  refresh(refreshToken: string): Promise<Partial<Tokens> & Pick<Tokens, 'accessToken' | 'accessExpires' | 'obtained'>>
  /** Where the browser ends its login at the provider; undefined when it has no such page. */
  endSessionUrl(idToken: string | undefined, returnTo: string): Promise<string | undefined>
}

type Answer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers

export function createOidcClient(provider: Provider, client: { id: string; secret: Secret }): OidcClient {
  let known: oidc.Configuration | undefined

  /** By the discovery document; remembered once there was a good one. */
  const configuration = async (): Promise<oidc.Configuration> => {
    const oidc = await library()
    known ??= await oidc.discovery(
      new URL(provider.issuer),
      client.id,
      { [oidc.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      oidc.ClientSecretBasic(client.secret.reveal()),
      { [oidc.customFetch]: provider.fetch, timeout: TIMEOUT_SECONDS, execute: [oidc.enableNonRepudiationChecks] },
    )
    return known
  }

  const toTokens = (answer: Answer) => ({
    accessToken: answer.access_token,
    accessExpires: Date.now() + (answer.expiresIn() ?? 60) * 1000,
    obtained: Date.now(),
    ...(answer.refresh_token ? { refreshToken: answer.refresh_token } : {}),
    ...(answer.id_token ? { idToken: answer.id_token } : {}),
  })

  return {
    authorizationUrl: ({ redirectUri, state, nonce, verifier }) =>
      told(async () => {
        const oidc = await library()
        const url = oidc.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: 'openid profile email',
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
        return url.href
      }),
    exchange: (search, { redirectUri, state, nonce, verifier }) =>
      told(async () => {
        const { authorizationCodeGrant } = await library()
        const answer = await authorizationCodeGrant(await configuration(), new URL(redirectUri + search), {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        })
        const providerSession = sessionOf(answer)
        return { tokens: toTokens(answer), ...(providerSession ? { providerSession } : {}) }
      }),
    refresh: (refreshToken) =>
      told(async () => {
        const { refreshTokenGrant } = await library()
        return toTokens(await refreshTokenGrant(await configuration(), refreshToken))
      }),
    endSessionUrl: (idToken, returnTo) =>
      told(async () => {
        const config = await configuration()
        if (!config.serverMetadata().end_session_endpoint) return undefined
        const { buildEndSessionUrl } = await library()
        return buildEndSessionUrl(config, {
          post_logout_redirect_uri: returnTo,
          ...(idToken ? { id_token_hint: idToken } : {}),
        }).href
      }),
  }
}

/** What openid-client threw, as ours: the login is over, or the login service is not there. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof AkkoError) throw cause
    const { AuthorizationResponseError, ClientError, ResponseBodyError } = await library()
    if (error instanceof ResponseBodyError && error.error !== 'invalid_grant') throw IdentityDown({ reason: answerOf(error) }, error)
    if (error instanceof ClientError && UNREADABLE.includes(error.code ?? '')) throw IdentityDown({ reason: describeError(error) }, error)
    const answered = error instanceof ResponseBodyError || error instanceof AuthorizationResponseError
    throw GrantRefused({ reason: answered ? answerOf(error) : describeError(error) }, error)
  }
}

/** Codes of answers that are none of the protocol's. */
const UNREADABLE = [
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]

const answerOf = (error: oidc.ResponseBodyError | oidc.AuthorizationResponseError): string =>
  [error.error, error.error_description].filter(Boolean).join(': ')

/** The provider's session id: in the id token, or in the access token where that is one of its JWTs. */
function sessionOf(answer: Answer): string | undefined {
  const sid = answer.claims()?.sid ?? claimsOf(answer.access_token).sid
  return typeof sid === 'string' ? sid : undefined
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
