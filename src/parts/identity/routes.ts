// Which handler answers which path, and how errors look to a browser or to a program.

import { createPublicKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, toAkkoError } from '#kit/errors'
import { sendJson } from '#kit/http'
import { own } from '#kit/own'
import { requestId } from '#kit/trace'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { RealmUnknown } from '#parts/identity/errors'
import { handleAdmin } from '#parts/identity/handlers/admin/routes'
import { introspect } from '#parts/identity/handlers/introspect'
import { showLogin, submitLogin } from '#parts/identity/handlers/login'
import { revoke } from '#parts/identity/handlers/revoke'
import { userinfo } from '#parts/identity/handlers/userinfo'
import { findAsset, sendAsset } from '#parts/identity/pages/assets'
import { sendPage } from '#parts/identity/pages/layout'
import { renderErrorPage, renderHome } from '#parts/identity/pages/messages'
import { OIDC_PATHS, parseRealmPath, realmIssuer } from '#wire/oidc/paths'

type Handler = (context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse) => Promise<void>

const REALM_ROUTES: Readonly<Record<string, Handler>> = {
  'GET ': async (context, realm, _req, res) => sendJson(res, 200, describeRealm(context, realm)),
  [`GET ${OIDC_PATHS.userinfo}`]: userinfo,
  [`POST ${OIDC_PATHS.userinfo}`]: userinfo,
  [`POST ${OIDC_PATHS.introspection}`]: introspect,
  [`POST ${OIDC_PATHS.revocation}`]: revoke,
  [`GET ${OIDC_PATHS.login}/*`]: showLogin,
  [`POST ${OIDC_PATHS.login}/*`]: submitLogin,
}

export function createHandler(context: Context): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return async (req, res) => {
    try {
      const pathname = (req.url ?? '/').split('?')[0] as string
      if (pathname === '/metrics' && req.headers['x-forwarded-host'] === undefined) return await context.metrics.send(res)
      if (pathname === '/admin/realms' || pathname.startsWith('/admin/realms/')) return await handleAdmin(context, req, res)
      const path = parseRealmPath(pathname)
      if (path) return await handleRealm(context, path.realm, path.rest, req, res)
      if (pathname === '/' && req.method === 'GET') return sendPage(res, 200, renderHome({ brand: context.brand, realm: context.realm }))
      sendJson(res, 404, { error: 'Unable to find matching target resource method' })
    } catch (error) {
      answerError(context, req, res, error)
    }
  }
}

async function handleRealm(context: Context, name: string, rest: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const asset = findAsset(rest)
  if (asset) {
    sendAsset(res, asset)
    return
  }
  const realm = await context.realms.get(name)
  const route = rest.startsWith(`${OIDC_PATHS.login}/`) ? `${OIDC_PATHS.login}/*` : rest.replace(/\/$/, '')
  const handler = own(REALM_ROUTES, `${req.method === 'HEAD' ? 'GET' : req.method} ${route}`)
  await (handler ? handler(context, realm, req, res) : realm.handle(req, res))
}

function describeRealm(context: Context, realm: RealmRuntime): Record<string, unknown> {
  const issuer = realmIssuer(context.origin, realm.name)
  const key = createPublicKey({ key: realm.jwks.keys[0] as import('node:crypto').JsonWebKey, format: 'jwk' })
  return {
    realm: realm.name,
    public_key: key.export({ type: 'spki', format: 'der' }).toString('base64'),
    'token-service': `${issuer}/protocol/openid-connect`,
    'account-service': `${issuer}/account`,
    'tokens-not-before': 0,
  }
}

function answerError(context: Context, req: IncomingMessage, res: ServerResponse, thrown: unknown): void {
  const error = toAkkoError(thrown)
  if (error.status >= 500) context.log.error({ error: describeError(thrown) }, 'request failed')
  if (res.headersSent) {
    res.end()
    return
  }
  if (!req.headers.accept?.includes('text/html')) {
    const unknownRealm = error.code === RealmUnknown.spec.code
    sendJson(res, error.status, unknownRealm ? { error: 'Realm does not exist' } : { error: error.message, error_description: error.hint })
    return
  }
  const page = renderErrorPage(
    { brand: context.brand, realm: context.realm },
    {
      what: `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`,
      hint: error.hint ? `${error.hint.charAt(0).toUpperCase()}${error.hint.slice(1)}.` : 'Go back to the application and start again.',
      code: error.code,
      requestId: requestId(),
    },
  )
  sendPage(res, error.status, page)
}
