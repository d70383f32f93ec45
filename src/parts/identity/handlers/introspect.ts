// Token introspection (RFC 7662) for confidential clients: access tokens (JWT) and refresh tokens.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendJson } from '#kit/http'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { clientOf, readForm } from '#parts/identity/handlers/client-authentication'
import { identityClaims } from '#wire/oidc/claims'

export async function introspect(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = await readForm(req)
  if (!(await clientOf(realm, req, form, { confidential: true }))) {
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
