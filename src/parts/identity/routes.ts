// Which handler answers which path.
import { createPublicKey } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import type { Hono, Handler as Route } from 'hono'
import { type ApiEnv, createApi, raw } from '#kit/api'
import { isFromHere } from '#kit/forwarded'
import { inSpan } from '#kit/telemetry'
import { toAnswer } from '#parts/identity/answers'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { MasterFromAfar } from '#parts/identity/errors'
import { changeAccount, showAccount } from '#parts/identity/handlers/account'
import { showActionLink, useActionLink } from '#parts/identity/handlers/action-link'
import { ADMIN_PATH, createAdmin } from '#parts/identity/handlers/admin/routes'
import { introspect } from '#parts/identity/handlers/introspect'
import { showLogin, submitLogin } from '#parts/identity/handlers/login'
import { revoke } from '#parts/identity/handlers/revoke'
import { userinfo } from '#parts/identity/handlers/userinfo'
import { findAsset, sendAsset } from '#parts/identity/pages/assets'
import { sendPage } from '#parts/identity/pages/layout'
import { renderHome } from '#parts/identity/pages/messages'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { OIDC_PATHS, realmIssuer } from '#wire/oidc/paths'

interface Env extends ApiEnv {
  Variables: ApiEnv['Variables'] & { realm: RealmRuntime }
}

type Handler = (context: Context, realm: RealmRuntime, req: HttpBindings['incoming'], res: HttpBindings['outgoing']) => Promise<void>

/** As `parseRealmPath` splits it. */
const REALM = '/realms/:realm{[A-Za-z0-9_.-]+}'

export function createRoutes(context: Context): Hono<Env> {
  const app = createApi<Env>({ log: context.log, answer: (error, c) => toAnswer(context, error, c.req), ignoreFinalSlash: true })
  app.get(
    '/',
    raw((_req, res) => sendPage(res, 200, renderHome({ brand: context.brand, realm: context.realm }))),
  )
  app.route(ADMIN_PATH, createAdmin(context))
  addRealm(app, context)
  return app
}

function addRealm(app: Hono<Env>, context: Context): void {
  const on = (handler: Handler): Route<Env> => raw((req, res, c) => handler(context, c.get('realm'), req, res))
  app.get(`${REALM}/resources/:file`, async (c, next) => {
    const asset = findAsset(`/resources/${c.req.param('file')}`)
    return asset ? raw<Env>((_req, res) => sendAsset(res, asset))(c, next) : next()
  })
  app.use(`${REALM}/*`, async (c, next) => {
    const realm = await context.realms.get(c.req.param('realm'))
    if (realm.name === MASTER_REALM && !isFromHere(c.env.incoming)) throw MasterFromAfar()
    c.set('realm', realm)
    await next()
  })
  app.get(REALM, (c) => c.json(describeRealm(context, c.get('realm'))))
  app.get(`${REALM}${OIDC_PATHS.userinfo}`, on(userinfo))
  app.post(`${REALM}${OIDC_PATHS.userinfo}`, on(userinfo))
  app.post(`${REALM}${OIDC_PATHS.introspection}`, on(introspect))
  app.post(`${REALM}${OIDC_PATHS.revocation}`, on(revoke))
  app.get(`${REALM}${OIDC_PATHS.login}/:uid`, on(showLogin))
  app.post(`${REALM}${OIDC_PATHS.login}/:uid`, on(submitLogin))
  app.get(`${REALM}${OIDC_PATHS.account}`, on(showAccount))
  app.post(`${REALM}${OIDC_PATHS.account}`, on(changeAccount))
  app.get(`${REALM}${OIDC_PATHS.actionToken}`, on(showActionLink))
  app.post(`${REALM}${OIDC_PATHS.actionToken}`, on(useActionLink))
  app.post(
    `${REALM}${OIDC_PATHS.token}`,
    on((_context, realm, req, res) => inSpan('identity.token', { 'identity.realm': realm.name }, () => realm.handle(req, res))),
  )
  app.all(
    `${REALM}/*`,
    on((_context, realm, req, res) => realm.handle(req, res)),
  )
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
