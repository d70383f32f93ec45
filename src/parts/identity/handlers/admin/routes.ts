// Keycloak's admin REST API: the subset that kcadm.sh and the platform's own handlers use.
import type { HttpBindings } from '@hono/node-server'
import { type Context as Call, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { type Action, authorise, type Caller, decide } from '#kit/access'
import type { ApiEnv } from '#kit/api'
import { AccessDenied, NotAuthenticated } from '#kit/errors'
import { isFromHere } from '#kit/forwarded'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context } from '#parts/identity/context'
import { MasterFromAfar, NotFound, UnservedPath } from '#parts/identity/errors'
import * as actions from '#parts/identity/handlers/admin/actions'
import * as attacks from '#parts/identity/handlers/admin/attacks'
import type { AdminAnswer, AdminCall } from '#parts/identity/handlers/admin/call'
import { ok, readObject } from '#parts/identity/handlers/admin/call'
import * as parts from '#parts/identity/handlers/admin/client-parts'
import * as clients from '#parts/identity/handlers/admin/clients'
import * as credentials from '#parts/identity/handlers/admin/credentials'
import * as groups from '#parts/identity/handlers/admin/groups'
import { partialImport } from '#parts/identity/handlers/admin/partial-import'
import * as profile from '#parts/identity/handlers/admin/profile'
import * as realms from '#parts/identity/handlers/admin/realms'
import * as mappings from '#parts/identity/handlers/admin/role-mappings'
import * as roles from '#parts/identity/handlers/admin/roles'
import * as sessions from '#parts/identity/handlers/admin/sessions'
import * as users from '#parts/identity/handlers/admin/users'
import { bearerToken } from '#parts/identity/handlers/userinfo'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { realmDefaults } from '#parts/identity/realms'
import { requestOrigin } from '#parts/identity/request-origin'
import type { Realm } from '#parts/identity/store/realms'
import { REALM_MANAGEMENT } from '#wire/oidc/claims'

export const ADMIN_PATH = '/admin/realms'

interface AdminEnv extends ApiEnv {
  Variables: { caller: RealmCaller; realm: Realm }
}

type C = Call<AdminEnv>
type Handler = (call: AdminCall) => Promise<AdminAnswer>

/** To be put at `ADMIN_PATH`. */
export function createAdmin(context: Context): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  app.use(async (c, next) => {
    c.set('caller', await authenticate(context, c.env.incoming))
    await next()
  })
  app.get('/', async (c) => send(c, ok(await visibleRealms(context, c.get('caller')))))
  app.post('/', async (c) => {
    const body = await readObject(c.env.incoming, 'RealmRepresentation', realmDefaults(context.lifetimes))
    await authoriseRealm(context, c.get('caller'), 'create', [body.realm ?? ''])
    return send(c, await realms.createRealm({ ...callOf(context, c), params: {} }, body))
  })
  app.use('/:realm/*', ofRealm(context))
  app.route('/:realm', belowRealm(context))
  return app
}

/** Asks before it looks the realm up; on record a person has a name. */
function ofRealm(context: Context): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    const name = c.req.param('realm') ?? ''
    const below = c.req.path.slice(ADMIN_PATH.length).split('/').slice(2)
    const action = isReading(c) ? 'read' : c.req.method === 'DELETE' ? 'drop' : 'manage'
    await authoriseRealm(context, c.get('caller'), action, [name, ...(await spoken(context, c.get('caller'), name, below))])
    const realm = await context.store.realms.find(name)
    if (!realm) throw NotFound({ what: 'Realm not found.' })
    c.set('realm', realm)
    await next()
  }
}

/** The path with the person's name instead of the account's id, for those who may know it. */
async function spoken(context: Context, caller: RealmCaller, realm: string, below: readonly string[]): Promise<readonly string[]> {
  const [what, id, ...rest] = below
  if (what !== 'users' || id === undefined || id === 'count') return below
  const { allow } = await decide(context.authoriser, caller, 'read', { kind: 'realm', path: [realm] })
  const user = allow && (await context.store.users.get(realm, id))
  return user ? [what, user.username, ...rest] : below
}

function belowRealm(context: Context): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  const on = (handler: Handler) => async (c: C) => {
    const realm = c.get('realm')
    const answer = await handler({ ...callOf(context, c), realm, params: c.req.param() as Record<string, string> })
    const { method, path } = c.req
    if (!isReading(c)) context.log.info({ caller: c.get('caller').sub, method, path: path.slice(ADMIN_PATH.length) }, 'identity changed')
    return send(c, answer)
  }
  app.get('/', on(realms.getRealm))
  app.put('/', on(realms.updateRealm))
  app.delete('/', on(realms.removeRealm))
  app.post('/partialImport', on(partialImport))
  app.get('/clients', on(clients.listClients))
  app.post('/clients', on(clients.createClient))
  app.get('/clients/:client', on(clients.getClient))
  app.put('/clients/:client', on(clients.updateClient))
  app.delete('/clients/:client', on(clients.removeClient))
  app.get('/clients/:client/client-secret', on(clients.getSecret))
  app.post('/clients/:client/client-secret', on(clients.regenerateSecret))
  app.get('/clients/:client/service-account-user', on(clients.getServiceAccount))
  app.get('/clients/:client/protocol-mappers/models', on(parts.listMappers))
  app.post('/clients/:client/protocol-mappers/models', on(parts.createMapper))
  app.post('/clients/:client/protocol-mappers/add-models', on(parts.createMappers))
  app.get('/clients/:client/protocol-mappers/models/:mapper', on(parts.getMapper))
  app.put('/clients/:client/protocol-mappers/models/:mapper', on(parts.updateMapper))
  app.delete('/clients/:client/protocol-mappers/models/:mapper', on(parts.removeMapper))
  app.get('/clients/:client/default-client-scopes', on(parts.listClientScopes('defaultClientScopes')))
  app.put('/clients/:client/default-client-scopes/:scope', on(parts.addClientScope('defaultClientScopes')))
  app.delete('/clients/:client/default-client-scopes/:scope', on(parts.removeClientScope('defaultClientScopes')))
  app.get('/clients/:client/optional-client-scopes', on(parts.listClientScopes('optionalClientScopes')))
  app.put('/clients/:client/optional-client-scopes/:scope', on(parts.addClientScope('optionalClientScopes')))
  app.delete('/clients/:client/optional-client-scopes/:scope', on(parts.removeClientScope('optionalClientScopes')))
  app.get('/client-scopes', on(parts.listScopes))
  addRoles(app, on)
  addMappings(app, on)
  app.get('/users', on(users.listUsers))
  app.post('/users', on(users.createUser))
  app.get('/users/count', on(users.countUsers))
  app.get('/users/profile', on(profile.getProfile))
  app.put('/users/profile', on(profile.updateProfile))
  app.get('/users/:user', on(users.getUser))
  app.put('/users/:user', on(users.updateUser))
  app.delete('/users/:user', on(users.removeUser))
  app.post('/users/:user/logout', on(users.logOutUser))
  app.put('/users/:user/reset-password', on(users.resetPassword))
  app.put('/users/:user/execute-actions-email', on(actions.sendActions))
  app.get('/users/:user/credentials', on(credentials.listCredentials))
  app.delete('/users/:user/credentials/:credential', on(credentials.removeCredential))
  app.post('/users/:user/action-link', on(actions.createLink))
  app.get('/users/:user/sessions', on(sessions.listOfUser))
  app.get('/users/:user/consents', on(nothing))
  app.get('/users/:user/federated-identity', on(nothing))
  app.get('/users/:user/groups', on(mappings.listUserGroups))
  app.get('/users/:user/groups/count', on(mappings.countUserGroups))
  app.put('/users/:user/groups/:group', on(mappings.joinGroup))
  app.delete('/users/:user/groups/:group', on(mappings.leaveGroup))
  app.get('/groups', on(groups.listGroups))
  app.post('/groups', on(groups.createGroup))
  app.get('/groups/count', on(groups.countGroups))
  app.get('/groups/:group', on(groups.getGroup))
  app.put('/groups/:group', on(groups.updateGroup))
  app.delete('/groups/:group', on(groups.removeGroup))
  app.get('/groups/:group/children', on(groups.listChildren))
  app.post('/groups/:group/children', on(groups.createChild))
  app.get('/groups/:group/members', on(groups.listMembers))
  app.get('/group-by-path/:path{.+}', on(groups.getGroupByPath))
  app.get('/default-groups', on(nothing))
  app.get('/clients/:client/user-sessions', on(sessions.listOfClient))
  app.get('/clients/:client/session-count', on(sessions.countOfClient))
  app.get('/clients/:client/offline-session-count', on(sessions.countOffline))
  app.get('/client-session-stats', on(sessions.stats))
  app.delete('/sessions/:session', on(sessions.removeSession))
  app.post('/logout-all', on(sessions.logOutAll))
  app.get('/attack-detection/brute-force/users/:user', on(attacks.status))
  app.delete('/attack-detection/brute-force/users/:user', on(attacks.forget))
  app.delete('/attack-detection/brute-force/users', on(attacks.forgetAll))
  app.get('/default-default-client-scopes', on(parts.listRealmScopes('default')))
  app.get('/default-optional-client-scopes', on(parts.listRealmScopes('optional')))
  for (const path of UNSERVED) {
    const refuse = on(async () => {
      throw UnservedPath({
        field: path
          .replaceAll('/*', '')
          .replace(/^[/]/, '')
          .replaceAll(/:[a-z]+[/]/g, ''),
      })
    })
    app.all(path, refuse)
    app.all(`${path}/*`, refuse)
  }
  return app
}

/** What there is none of here, ever: people come from nowhere else, and are asked nothing that is kept. */
const nothing: Handler = async () => ok([])

/** What Keycloak has at these paths, and below them. */
const UNSERVED = [
  ...['admin-events', 'authentication', 'client-description-converter', 'client-policies', 'client-registration-policy', 'client-types'],
  ...['clients-initial-access', 'components', 'credential-registrators', 'default-groups', 'events', 'identity-provider', 'keys'],
  ...['ldap-server-capabilities', 'localization', 'organizations', 'partial-export', 'push-revocation', 'testLDAPConnection'],
  ...['testSMTPConnection', 'user-storage', 'users-management-permissions', 'workflows', 'default-default-client-scopes'],
  ...['default-optional-client-scopes', 'client-scopes'],
  ...['credentials', 'impersonation', 'federated-identity', 'consents', 'offline-sessions', 'disable-credential-types', 'remove-totp'].map(
    (what) => `users/:user/${what}`,
  ),
  ...['reset-password-email', 'send-verify-email', 'configured-user-storage-credential-types', 'unmanagedAttributes', 'vc'].map(
    (what) => `users/:user/${what}`,
  ),
  ...['certificates', 'evaluate-scopes', 'installation', 'management', 'nodes', 'offline-sessions', 'push-revocation'].map(
    (what) => `clients/:client/${what}`,
  ),
  ...['registration-access-token', 'scope-mappings', 'test-nodes-available'].map((what) => `clients/:client/${what}`),
  'groups/:group/management',
  'roles/:role/management',
].map((path) => `/${path}`)

type On = (handler: Handler) => (c: C) => Promise<Response>

function addRoles(app: Hono<AdminEnv>, on: On): void {
  for (const [at, ownerOf] of [
    ['/roles', roles.ofRealm],
    ['/clients/:client/roles', roles.ofClient],
  ] as const) {
    app.get(at, on(roles.listRoles(ownerOf)))
    app.post(at, on(roles.createRole(ownerOf)))
    addRole(app, on, `${at}/:role`, roles.byName(ownerOf))
    app.get(`${at}/:role/users`, on(roles.usersOfRole(roles.byName(ownerOf))))
    app.get(`${at}/:role/groups`, on(roles.groupsOfRole(roles.byName(ownerOf))))
  }
  addRole(app, on, '/roles-by-id/:role', roles.byId)
}

function addRole(app: Hono<AdminEnv>, on: On, at: string, roleOf: roles.RoleOf): void {
  app.get(at, on(roles.getRole(roleOf)))
  app.put(at, on(roles.updateRole(roleOf)))
  app.delete(at, on(roles.removeRole(roleOf)))
  app.get(`${at}/composites`, on(roles.composites(roleOf)))
  app.post(`${at}/composites`, on(roles.changeComposites(roleOf, 'give')))
  app.delete(`${at}/composites`, on(roles.changeComposites(roleOf, 'take')))
  app.get(`${at}/composites/realm`, on(roles.composites(roleOf, roles.ofRealm)))
  app.get(`${at}/composites/clients/:holder`, on(roles.composites(roleOf, roles.ofHolder)))
}

function addMappings(app: Hono<AdminEnv>, on: On): void {
  for (const [holder, holderOf] of [
    ['/users/:user/role-mappings', mappings.ofUser],
    ['/groups/:group/role-mappings', mappings.ofGroup],
  ] as const) {
    app.get(holder, on(mappings.allMappings(holderOf)))
    for (const [owner, ownerOf] of [
      ['realm', roles.ofRealm],
      ['clients/:client', roles.ofClient],
    ] as const) {
      const at = `${holder}/${owner}`
      app.get(at, on(mappings.listMappings(holderOf, ownerOf, 'given')))
      app.get(`${at}/composite`, on(mappings.listMappings(holderOf, ownerOf, 'effective')))
      app.get(`${at}/available`, on(mappings.listMappings(holderOf, ownerOf, 'available')))
      app.post(at, on(mappings.addMappings(holderOf, ownerOf)))
      app.delete(at, on(mappings.removeMappings(holderOf, ownerOf)))
    }
  }
}

const isReading = ({ req }: C) => req.method === 'GET' || req.method === 'HEAD'

function callOf(context: Context, c: C): Omit<AdminCall, 'realm' | 'params'> {
  const req = c.env.incoming
  const query = new URLSearchParams(req.url?.split('?', 2)[1])
  return { context, store: context.store, query, req, url: `${requestOrigin(req)}${c.req.path}` }
}

function send(c: C, { status, body, location }: AdminAnswer): Response {
  const headers = { 'cache-control': 'no-cache', ...(location ? { location } : {}) }
  if (body !== undefined) return c.json(body, status as ContentfulStatusCode, headers)
  return c.body(null, status as StatusCode, status === 204 ? headers : { ...headers, 'content-length': '0' })
}

async function visibleRealms(context: Context, caller: RealmCaller): Promise<unknown[]> {
  const visible = []
  for (const realm of await context.store.realms.list()) {
    const own = caller.realm === MASTER_REALM || caller.realm === realm.name
    if (own && (await decide(context.authoriser, caller, 'read', { kind: 'realm', path: [realm.name] })).allow)
      visible.push(realms.toRealmRepresentation(realm))
  }
  return visible
}

interface RealmCaller extends Caller {
  /** The realm that issued the token. */
  readonly realm: string
}

/** The bearer of a token of the master realm administers every realm; of another realm, at most that one. */
async function authenticate(context: Context, req: HttpBindings['incoming']): Promise<RealmCaller> {
  const token = bearerToken(req)
  const realm = token && (await context.realms.get(issuingRealm(token)).catch(() => undefined))
  const verified = token && realm ? await verifyAccessToken(context, realm, token) : undefined
  if (!verified || !realm) throw NotAuthenticated({ reason: 'the bearer token is missing or not valid' })
  const master = realm.name === MASTER_REALM
  if (master && !isFromHere(req)) throw MasterFromAfar()
  if (!master && ![verified.claims.aud].flat().includes(REALM_MANAGEMENT))
    throw NotAuthenticated({ reason: `the token is not for ${REALM_MANAGEMENT}: log in again, or ask for a token with that audience` })
  return {
    ...verified.caller,
    realm: realm.name,
    ...(master ? { entitlements: [{ kind: 'realm', path: [], actions: ['list', 'read', 'write', 'create', 'drop', 'manage'] }] } : {}),
  }
}

/** As the token claims it; its signature is then checked with that realm's keys. */
function issuingRealm(token: string): string {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: string }
    return iss?.split('/').at(-1) ?? ''
  } catch {
    return ''
  }
}

/** The path is the realm, and what of it. */
async function authoriseRealm(context: Context, caller: RealmCaller, action: Action, path: readonly string[]): Promise<void> {
  const resource = { kind: 'realm', path }
  const [realm] = path
  if (caller.realm !== MASTER_REALM && caller.realm !== realm) {
    const reason = 'the token is of another realm'
    await context.authoriser.record?.(caller, action, resource, { allow: false, reason })
    throw AccessDenied({ user: caller.sub, action, resource: `realm ${realm}`, reason })
  }
  await authorise(context.authoriser, caller, action, resource)
}
