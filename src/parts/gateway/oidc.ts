// The edge as an OpenID relying party: discovery over the back channel, code with PKCE, refresh, logout.
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, customFetch, decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import { AkkoError, describeError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import { GrantRefused, IdentityDown } from '#parts/gateway/errors'
import type { Tokens } from '#parts/gateway/sessions/store'

const TIMEOUT_MS = 10_000
const CLOCK_TOLERANCE = '10s'

export interface ProviderDeps {
  /** As in the tokens, e.g. `https://localhost:8443/realms/akko`. */
  readonly issuer: string
  /** The same server without the gateway in between, e.g. `http://127.0.0.1:8180`. */
  readonly internalUrl: string
}

interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly end_session_endpoint?: string
}

/** One provider, known by its discovery document; its answers are remembered once it gave a good one. */
export interface Provider {
  readonly issuer: string
  metadata(): Promise<Metadata>
  /** Calls an endpoint of the provider directly. */
  call(endpoint: string, init?: RequestInit): Promise<Response>
  verify(idToken: string, audience: string): Promise<JWTPayload>
}

export function createProvider({ issuer, internalUrl }: ProviderDeps): Provider {
  const publicUrl = new URL(issuer)
  const forwarded = {
    'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
    'x-forwarded-host': publicUrl.host,
    'x-forwarded-port': publicUrl.port || (publicUrl.protocol === 'https:' ? '443' : '80'),
  }
  let known: { readonly metadata: Metadata; readonly keys: ReturnType<typeof createRemoteJWKSet> } | undefined

  const call = async (endpoint: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(endpoint)
    const direct = url.origin === publicUrl.origin ? new URL(url.pathname + url.search, internalUrl) : url
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries({ ...forwarded, traceparent: traceparent() })) headers.set(name, value)
    try {
      return await fetch(direct, { ...init, headers, redirect: 'error', signal: init.signal ?? AbortSignal.timeout(TIMEOUT_MS) })
    } catch (error) {
      throw IdentityDown({ reason: describeError(error) }, error)
    }
  }

  const discover = async () => {
    if (known) return known
    const res = await call(`${issuer}/.well-known/openid-configuration`)
    if (!res.ok) throw IdentityDown({ reason: `discovery answered ${res.status}` })
    const metadata = (await res.json()) as Metadata
    if (metadata.issuer !== issuer) throw IdentityDown({ reason: `its issuer is ${metadata.issuer}, not ${issuer}` })
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
      cooldownDuration: 1000,
      [customFetch]: (url, init) => call(url, init),
    })
    known = { metadata, keys }
    return known
  }

  return {
    issuer,
    metadata: async () => (await discover()).metadata,
    call,
    verify: async (idToken, audience) => {
      const { keys } = await discover()
      const { payload } = await jwtVerify(idToken, keys, { issuer, audience, clockTolerance: CLOCK_TOLERANCE })
      return payload
    },
  }
}

export interface CodeGrant {
  readonly code: string
  readonly redirectUri: string
  readonly verifier: string
  readonly nonce: string
}

export interface OidcClient {
  authorizationUrl(request: { redirectUri: string; state: string; nonce: string; verifier: string }): Promise<string>
  /** Tokens for a code; the id token is verified, its nonce too. GrantRefused when the provider says no. */
  exchange(grant: CodeGrant): Promise<{ readonly tokens: Tokens; readonly providerSession?: string }>
  /** GrantRefused when the login is over. */
  refresh(refreshToken: string): Promise<Partial<Tokens> & Pick<Tokens, 'accessToken' | 'accessExpires' | 'obtained'>>
  /** Where the browser ends its login at the provider; undefined when it has no such page. */
  endSessionUrl(idToken: string | undefined, returnTo: string): Promise<string | undefined>
}

interface TokenAnswer {
  readonly access_token?: string
  readonly expires_in?: number
  readonly refresh_token?: string
  readonly id_token?: string
  readonly error?: string
  readonly error_description?: string
}

export function createOidcClient(provider: Provider, client: { id: string; secret: Secret }): OidcClient {
  const basic = () => {
    const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)
    return `Basic ${Buffer.from(`${encode(client.id)}:${encode(client.secret.reveal())}`).toString('base64')}`
  }

  const grant = async (parameters: Record<string, string>): Promise<TokenAnswer & { access_token: string }> => {
    const { token_endpoint } = await provider.metadata()
    const res = await provider.call(token_endpoint, {
      method: 'POST',
      headers: { authorization: basic(), accept: 'application/json' },
      body: new URLSearchParams(parameters),
    })
    const answer = (await res.json().catch(() => ({}))) as TokenAnswer
    if (res.ok && answer.access_token) return { ...answer, access_token: answer.access_token }
    const reason = [answer.error, answer.error_description].filter(Boolean).join(': ') || `status ${res.status}`
    if (answer.error === 'invalid_grant') throw GrantRefused({ reason })
    throw IdentityDown({ reason })
  }

  const toTokens = (answer: TokenAnswer & { access_token: string }) => ({
    accessToken: answer.access_token,
    accessExpires: expiryOf(answer.access_token, answer.expires_in),
    obtained: Date.now(),
    ...(answer.refresh_token ? { refreshToken: answer.refresh_token } : {}),
    ...(answer.id_token ? { idToken: answer.id_token } : {}),
  })

  return {
    authorizationUrl: async ({ redirectUri, state, nonce, verifier }) => {
      const url = new URL((await provider.metadata()).authorization_endpoint)
      const parameters = {
        response_type: 'code',
        client_id: client.id,
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        state,
        nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      return url.href
    },
    exchange: async ({ code, redirectUri, verifier, nonce }) => {
      const answer = await grant({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
      if (!answer.id_token) throw GrantRefused({ reason: 'the answer holds no id token' })
      const claims = await verifyIdToken(provider, answer.id_token, client.id)
      if (claims.nonce !== nonce) throw GrantRefused({ reason: 'the id token belongs to another login' })
      const providerSession = sessionOf(claims, answer.access_token)
      return { tokens: toTokens(answer), ...(providerSession ? { providerSession } : {}) }
    },
    refresh: async (refreshToken) => toTokens(await grant({ grant_type: 'refresh_token', refresh_token: refreshToken })),
    endSessionUrl: async (idToken, returnTo) => {
      const { end_session_endpoint } = await provider.metadata()
      if (!end_session_endpoint) return undefined
      const url = new URL(end_session_endpoint)
      url.searchParams.set('client_id', client.id)
      url.searchParams.set('post_logout_redirect_uri', returnTo)
      if (idToken) url.searchParams.set('id_token_hint', idToken)
      return url.href
    },
  }
}

async function verifyIdToken(provider: Provider, idToken: string, audience: string): Promise<JWTPayload> {
  try {
    return await provider.verify(idToken, audience)
  } catch (error) {
    throw error instanceof AkkoError ? error : GrantRefused({ reason: describeError(error) }, error)
  }
}

/** The provider's session id: in the id token, or in the access token where that is one of its JWTs. */
function sessionOf(claims: JWTPayload, accessToken: string): string | undefined {
  const sid = claims.sid ?? claimsOf(accessToken).sid
  return typeof sid === 'string' ? sid : undefined
}

function expiryOf(accessToken: string, expiresIn: number | undefined): number {
  const { exp } = claimsOf(accessToken)
  return exp === undefined ? Date.now() + (expiresIn ?? 60) * 1000 : exp * 1000
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
