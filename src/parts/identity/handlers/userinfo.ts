// The userinfo endpoint: who the bearer of an access token is, from the database of now.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readText } from '#kit/body'
import { sendJson } from '#kit/http'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { identityClaims } from '#wire/oidc/claims'

export async function userinfo(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const token = bearerToken(req) ?? (req.method === 'POST' ? new URLSearchParams(await readText(req, 64 * 1024)).get('access_token') : null)
  const verified = token ? await verifyAccessToken(context, realm, token) : undefined
  if (!verified) {
    const challenge = `Bearer realm="${realm.name}"${token ? ', error="invalid_token", error_description="Token verification failed"' : ''}`
    sendJson(res, 401, { error: 'invalid_token', error_description: 'Token verification failed' }, { 'www-authenticate': challenge })
    return
  }
  const { origin } = req.headers
  const allowed = origin !== undefined && [verified.claims['allowed-origins']].flat().includes(origin)
  sendJson(res, 200, identityClaims(verified.user), {
    'cache-control': 'no-store',
    vary: 'Origin',
    ...(allowed ? { 'access-control-allow-origin': origin } : {}),
  })
}

export function bearerToken(req: IncomingMessage): string | undefined {
  return /^Bearer ([^\s]+)$/i.exec(req.headers.authorization ?? '')?.[1]
}
