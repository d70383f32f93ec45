// Keycloak's admin REST API: the subset that kcadm.sh and the platform's own handlers use.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Action, authorise, type Caller, decide } from '#kit/access'
import { AuditUnavailable } from '#kit/audit'
import { AccessDenied, type AkkoError, AuthoriserSilent, describeError, NotAuthenticated, toAkkoError } from '#kit/errors'
import { sendJson } from '#kit/http'
import { verifyAccessToken } from '#parts/identity/access-tokens'
import type { Context } from '#parts/identity/context'
import { BadEmail, BadInput, Conflict, Duplicate, NotFound, NotJson, RealmUnknown, Refused } from '#parts/identity/errors'
import type { AdminAnswer, AdminCall } from '#parts/identity/handlers/admin/call'
import { ok, readObject } from '#parts/identity/handlers/admin/call'
import * as parts from '#parts/identity/handlers/admin/client-parts'
import * as clients from '#parts/identity/handlers/admin/clients'
import * as groups from '#parts/identity/handlers/admin/groups'
import * as realms from '#parts/identity/handlers/admin/realms'
import * as mappings from '#parts/identity/handlers/admin/role-mappings'
import * as roles from '#parts/identity/handlers/admin/roles'
import * as users from '#parts/identity/handlers/admin/users'
import { bearerToken } from '#parts/identity/handlers/userinfo'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { requestOrigin } from '#parts/identity/request-origin'
import { REALM_MANAGEMENT } from '#wire/oidc/claims'

type Handler = (call: AdminCall) => Promise<AdminAnswer>

/** Below `/admin/realms/{realm}`. */
const ROUTES: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ['GET', '', realms.getRealm],
  ['PUT', '', realms.updateRealm],
  ['DELETE', '', realms.removeRealm],
  ['GET', '/clients', clients.listClients],
  ['POST', '/clients', clients.createClient],
  ['GET', '/clients/{client}', clients.getClient],
  ['PUT', '/clients/{client}', clients.updateClient],
  ['DELETE', '/clients/{client}', clients.removeClient],
  ['GET', '/clients/{client}/client-secret', clients.getSecret],
  ['POST', '/clients/{client}/client-secret', clients.regenerateSecret],
  ['GET', '/clients/{client}/service-account-user', clients.getServiceAccount],
  ['GET', '/clients/{client}/protocol-mappers/models', parts.listMappers],
  ['POST', '/clients/{client}/protocol-mappers/models', parts.createMapper],
  ['POST', '/clients/{client}/protocol-mappers/add-models', parts.createMappers],
  ['GET', '/clients/{client}/protocol-mappers/models/{mapper}', parts.getMapper],
  ['PUT', '/clients/{client}/protocol-mappers/models/{mapper}', parts.updateMapper],
  ['DELETE', '/clients/{client}/protocol-mappers/models/{mapper}', parts.removeMapper],
  ['GET', '/clients/{client}/default-client-scopes', parts.listClientScopes('defaultClientScopes')],
  ['PUT', '/clients/{client}/default-client-scopes/{scope}', parts.addClientScope('defaultClientScopes')],
  ['DELETE', '/clients/{client}/default-client-scopes/{scope}', parts.removeClientScope('defaultClientScopes')],
  ['GET', '/clients/{client}/optional-client-scopes', parts.listClientScopes('optionalClientScopes')],
  ['PUT', '/clients/{client}/optional-client-scopes/{scope}', parts.addClientScope('optionalClientScopes')],
  ['DELETE', '/clients/{client}/optional-client-scopes/{scope}', parts.removeClientScope('optionalClientScopes')],
  ['GET', '/client-scopes', parts.listScopes],
  ['GET', '/roles', roles.listRoles],
  ['POST', '/roles', roles.createRole],
  ['GET', '/roles/{role}', roles.getRole],
  ['PUT', '/roles/{role}', roles.updateRole],
  ['DELETE', '/roles/{role}', roles.removeRole],
  ['GET', '/users', users.listUsers],
  ['POST', '/users', users.createUser],
  ['GET', '/users/count', users.countUsers],
  ['GET', '/users/{user}', users.getUser],
  ['PUT', '/users/{user}', users.updateUser],
  ['DELETE', '/users/{user}', users.removeUser],
  ['PUT', '/users/{user}/reset-password', users.resetPassword],
  ['GET', '/users/{user}/role-mappings', mappings.allMappings],
  ['GET', '/users/{user}/role-mappings/realm', mappings.listMappings],
  ['GET', '/users/{user}/role-mappings/realm/composite', mappings.listMappings],
  ['GET', '/users/{user}/role-mappings/realm/available', mappings.availableMappings],
  ['POST', '/users/{user}/role-mappings/realm', mappings.addMappings],
  ['DELETE', '/users/{user}/role-mappings/realm', mappings.removeMappings],
  ['GET', '/users/{user}/groups', mappings.listUserGroups],
  ['PUT', '/users/{user}/groups/{group}', mappings.joinGroup],
  ['DELETE', '/users/{user}/groups/{group}', mappings.leaveGroup],
  ['GET', '/groups', groups.listGroups],
  ['POST', '/groups', groups.createGroup],
  ['DELETE', '/groups/{group}', groups.removeGroup],
]

const COMPILED = ROUTES.map(([method, path, handler]) => ({ method, pattern: compile(path), handler }))

export async function handleAdmin(context: Context, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    const answer = await answerAdmin(context, req)
    const headers: Record<string, string> = { 'cache-control': 'no-cache', ...(answer.location ? { location: answer.location } : {}) }
    if (answer.body !== undefined) return sendJson(res, answer.status, answer.body, headers)
    res.writeHead(answer.status, answer.status === 204 ? headers : { ...headers, 'content-length': 0 })
    res.end()
  } catch (thrown) {
    const error = toAkkoError(thrown)
    if (error.status >= 500) context.log.error({ error: describeError(thrown) }, 'admin request failed')
    sendJson(res, error.status, toKeycloakError(error))
  }
}

async function answerAdmin(context: Context, req: IncomingMessage): Promise<AdminAnswer> {
  const [pathname = '', search] = (req.url ?? '').split('?', 2)
  const query = new URLSearchParams(search)
  const caller = await authenticate(context, req)
  const path = pathname.replace(/\/$/, '').slice('/admin/realms'.length)
  const base = { context, store: context.store, query, req, url: `${requestOrigin(req)}/admin/realms${path}` }
  if (path === '') return answerRealms(base, caller)
  const [, name = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(path) ?? []
  await authoriseRealm(context, caller, req.method === 'GET' ? 'read' : 'manage', [decodePart(name), ...rest.split('/').slice(1)])
  const realm = await context.store.realms.find(decodePart(name))
  if (!realm) throw NotFound({ what: 'Realm not found.' })
  for (const { method, pattern, handler } of COMPILED) {
    const match = method === req.method ? pattern.exec(rest) : null
    if (!match) continue
    const answer = await handler({ ...base, realm, params: decode(match.groups ?? {}) })
    if (method !== 'GET') context.log.info({ caller: caller.sub, method, path: `/${realm.name}${rest}` }, 'identity changed')
    return answer
  }
  throw NotFound({ what: 'HTTP 404 Not Found' })
}

async function answerRealms(call: Omit<AdminCall, 'realm' | 'params'>, caller: RealmCaller): Promise<AdminAnswer> {
  const { context, store, req } = call
  if (req.method === 'POST') {
    const body = await readObject(req, 'RealmRepresentation')
    await authoriseRealm(context, caller, 'create', [String(body.realm ?? '')])
    return realms.createRealm({ ...call, params: {} }, body)
  }
  const visible = []
  for (const realm of await store.realms.list()) {
    const own = caller.realm === MASTER_REALM || caller.realm === realm.name
    if (own && (await decide(context.authoriser, caller, 'read', { kind: 'realm', path: [realm.name] })).allow)
      visible.push(realms.toRealmRepresentation(realm))
  }
  return ok(visible)
}

interface RealmCaller extends Caller {
  /** The realm that issued the token. */
  readonly realm: string
}

/** The bearer of a token of the master realm administers every realm; of another realm, at most that one. */
async function authenticate(context: Context, req: IncomingMessage): Promise<RealmCaller> {
  const token = bearerToken(req)
  const realm = token && (await context.realms.get(issuingRealm(token)).catch(() => undefined))
  const verified = token && realm ? await verifyAccessToken(context, realm, token) : undefined
  if (!verified || !realm) throw NotAuthenticated({ reason: 'the bearer token is missing or not valid' })
  const master = realm.name === MASTER_REALM
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

function toKeycloakError(error: AkkoError): Record<string, unknown> {
  switch (error.code) {
    case NotAuthenticated.spec.code:
      return { error: 'HTTP 401 Unauthorized', error_description: error.message }
    case AccessDenied.spec.code:
    case AuthoriserSilent.spec.code:
      return { error: 'HTTP 403 Forbidden', error_description: error.hint ?? error.message }
    case NotJson.spec.code:
      return { error: 'invalid_request', error_description: error.message }
    case Duplicate.spec.code:
      return { error: 'conflict', error_description: error.message }
    case BadInput.spec.code:
      return { error: 'invalid_input', error_description: error.message }
    case Conflict.spec.code:
    case Refused.spec.code:
      return { errorMessage: error.message }
    case BadEmail.spec.code:
      return { field: 'email', errorMessage: 'error-invalid-email', params: ['email', error.values.email] }
    case RealmUnknown.spec.code:
      return { error: 'Realm not found.' }
    case AuditUnavailable.spec.code:
      return { error: 'temporarily_unavailable', error_description: error.message }
    default:
      return { error: error.status >= 500 ? 'unknown_error' : error.message }
  }
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}

function decode(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodePart(value)]))
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    throw NotFound({ what: 'HTTP 404 Not Found' }, error)
  }
}
