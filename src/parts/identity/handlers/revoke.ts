// Token revocation (RFC 7009) of access tokens, of which the provider keeps none, and of refresh tokens with all that was issued under their grant.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { auditEvent } from '#kit/audit'
import { sendJson } from '#kit/http'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { clientOf, readForm } from '#parts/identity/handlers/client-authentication'

export async function revoke(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = await readForm(req)
  const client = await clientOf(realm, req, form)
  if (!client) {
    const challenge = { 'www-authenticate': `Basic realm="${realm.name}"` }
    return sendJson(res, 401, { error: 'invalid_client', error_description: 'client authentication failed' }, challenge)
  }
  const token = form.get('token')
  if (!token) return sendJson(res, 400, { error: 'invalid_request', error_description: 'Token not provided' })
  const found = (await findAccessToken(context, realm, token)) ?? (await findRefreshToken(context, realm, token))
  if (found && found.client !== client)
    return sendJson(res, 400, { error: 'unauthorized_client', error_description: 'the token was issued to another client' })
  await found?.end()
  if (found) {
    context.log.info({ client, realm: realm.name }, 'token revoked')
    const what = { part: 'identity', action: 'revoke', kind: 'token', path: [realm.name, found.sub] }
    context.audit.note(auditEvent({ who: { sub: client, via: 'client', roles: [] }, what, outcome: 'allowed' }))
  }
  // A token that is not good any more is what was asked for.
  res.writeHead(200, { 'cache-control': 'no-store', 'content-length': 0 }).end()
}

interface Revocable {
  /** To whom it was issued. */
  readonly client: unknown
  /** Whose it is. */
  readonly sub: string
  end(): Promise<void>
}

async function findAccessToken(context: Context, realm: RealmRuntime, token: string): Promise<Revocable | undefined> {
  const verified = await verifyAccessToken(context, realm, token)
  const { azp, jti } = verified?.claims ?? {}
  return verified && jti !== undefined
    ? { client: azp, sub: verified.caller.sub, end: () => context.store.ended.add('token', jti) }
    : undefined
}

async function findRefreshToken({ store }: Context, realm: RealmRuntime, token: string): Promise<Revocable | undefined> {
  const refresh = await realm.provider.RefreshToken.find(token)
  if (!refresh) return undefined
  const end = async () => {
    await refresh.destroy()
    if (refresh.grantId) await store.revokeGrant(realm.name, refresh.grantId)
  }
  const user = refresh.accountId === undefined ? undefined : await store.users.get(realm.name, refresh.accountId)
  return { client: refresh.clientId, sub: user?.username ?? 'unknown', end }
}
