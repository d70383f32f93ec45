// POST /v1/oauth/tokens: client credentials, and the exchange of a token for a newer one (RFC 6749, RFC 8693).
import type { Context } from 'hono'
import { NotAuthenticated } from '#kit/errors'
import { Secret } from '#kit/secret'
import type { Doors } from '#parts/catalog/authentication'
import { bodyText, type Env } from '#parts/catalog/http'
import { TOKEN_LIFETIME } from '#parts/catalog/tokens'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ROLE_SCOPE = 'PRINCIPAL_ROLE:'
const ALL_ROLES = 'ALL'
/** Nobody is known yet who sends it. */
const LARGEST_FORM = 64 * 1024

export function postToken(doors: Doors) {
  return async (c: Context<Env>): Promise<Response> => {
    const form = new URLSearchParams(await bodyText(c, LARGEST_FORM))
    const value = (name: string): string | undefined => form.get(name) || undefined
    const failed = (status: 400 | 401, error: string, description: string) =>
      c.json({ error, error_description: description }, status, { 'cache-control': 'no-store' })
    const granted = (token: string, scope: string | undefined) =>
      c.json(
        {
          access_token: token,
          token_type: 'bearer',
          issued_token_type: ACCESS_TOKEN,
          expires_in: TOKEN_LIFETIME,
          ...(scope ? { scope } : {}),
        },
        200,
        { 'cache-control': 'no-store' },
      )
    const scope = value('scope')

    switch (value('grant_type')) {
      case 'client_credentials': {
        const basic = fromBasic(c.req.header('authorization'))
        const clientId = value('client_id') ?? basic?.clientId
        const secret = value('client_secret') ?? basic?.secret
        if (!clientId || !secret) return failed(400, 'invalid_request', 'client_id and client_secret are needed')
        const token = await doors.login(clientId, new Secret(secret), rolesOf(scope))
        return token ? granted(token, scope) : failed(401, 'invalid_client', `client ${clientId} is unknown, or its secret is another`)
      }
      case EXCHANGE: {
        const subject = value('subject_token')
        if (!subject) return failed(400, 'invalid_request', 'subject_token is needed')
        try {
          return granted(await doors.renew(subject), scope)
        } catch (error) {
          if (!NotAuthenticated.is(error)) throw error
          return failed(400, 'invalid_grant', error.message)
        }
      }
      default:
        return failed(400, 'unsupported_grant_type', 'client_credentials and token-exchange are served')
    }
  }
}

/** The principal roles that a scope names; undefined for all of them. */
function rolesOf(scope: string | undefined): readonly string[] | undefined {
  const named = (scope ?? '').split(/\s+/).filter((s) => s.startsWith(ROLE_SCOPE))
  const roles = named.map((s) => s.slice(ROLE_SCOPE.length))
  return roles.length === 0 || roles.includes(ALL_ROLES) ? undefined : roles
}

function fromBasic(header: string | undefined): { readonly clientId: string; readonly secret: string } | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(header ?? '')?.[1]
  if (!encoded) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  return { clientId: text.slice(0, colon), secret: text.slice(colon + 1) }
}
