// Token introspection (RFC 7662) for confidential clients: access tokens (JWT) and refresh tokens.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, sendJson } from '#kit/http'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { identityClaims } from '#wire/oidc/claims'

export async function introspect(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await readBody(req, 64 * 1024))
  if (!(await isConfidentialClient(realm, req, form))) {
    const challenge = { 'www-authenticate': `Basic realm="${realm.name}"` }
    return sendJson(res, 401, { error: 'invalid_client', error_description: 'client authentication failed' }, challenge)
  }
  const token = form.get('token')
  if (!token) return sendJson(res, 400, { error: 'invalid_request', error_description: 'Token not provided' })
  sendJson(res, 200, (await describe(context, realm, token)) ?? { active: false }, { 'cache-control': 'no-store' })
}

async function describe(context: Context, realm: RealmRuntime, token: string): Promise<Record<string, unknown> | undefined> {
  const verified = await verifyAccessToken(context, realm, token)
  if (verified) {
    const { claims, user } = verified
    return { ...claims, ...identityClaims(user), active: true, username: user.username, client_id: claims.azp, token_type: 'Bearer' }
  }
  const refresh = await realm.provider.RefreshToken.find(token)
  if (!refresh || refresh.consumed || !(await realm.provider.Grant.find(refresh.grantId ?? ''))) return undefined
  const user = await context.store.users.get(realm.name, refresh.accountId)
  if (!user?.enabled) return undefined
  return {
    active: true,
    typ: 'Refresh',
    sub: user.id,
    username: user.username,
    client_id: refresh.clientId,
    iss: realm.issuer,
    exp: refresh.exp,
    iat: refresh.iat,
  }
}

async function isConfidentialClient(realm: RealmRuntime, req: IncomingMessage, form: URLSearchParams): Promise<boolean> {
  const [id, secret] = basicCredentials(req) ?? [form.get('client_id') ?? '', form.get('client_secret') ?? '']
  const client = id && secret ? await realm.provider.Client.find(id).catch(() => undefined) : undefined
  return client?.clientSecret !== undefined && (await client.compareClientSecret(secret))
}

function basicCredentials(req: IncomingMessage): [string, string] | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(req.headers.authorization ?? '')?.[1]
  if (!encoded) return undefined
  const [id = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  try {
    return [decodeURIComponent(id), decodeURIComponent(rest.join(':'))]
  } catch {
    return [id, rest.join(':')]
  }
}
