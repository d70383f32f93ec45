// Clients, their secrets and service accounts.
import { randomBytes, randomUUID } from 'node:crypto'
import { BadInput, Conflict, Duplicate, Malformed, NotFound, UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, pageOf, readObject } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertServed, assertServedAttributes, assertServedMapper } from '#parts/identity/handlers/admin/served'
import { toServiceAccount } from '#parts/identity/handlers/admin/users'
import { ACCOUNT_PAGE_CLIENT } from '#parts/identity/provider/account-page'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { isLoopback } from '#wire/oidc/client-metadata'
import { type ClientRepresentation, mergeClient, newClient, newMapper, withServiceAccountScope } from '#wire/oidc/keycloak'

const ACCESS = { view: true, configure: true, manage: true }

export async function listClients({ store, realm, query }: AdminCall): Promise<AdminAnswer> {
  const clientId = query.get('clientId')
  const all = await store.clients.list(realm.name)
  const search = query.get('search') === 'true'
  const found = clientId === null ? all : all.filter((c) => (search ? c.clientId.includes(clientId) : c.clientId === clientId))
  return ok(pageOf(query, found).map((client) => ({ ...client, access: ACCESS })))
}

export async function getClient(call: AdminCall): Promise<AdminAnswer> {
  return ok({ ...(await findClient(call)), access: ACCESS })
}

export async function createClient({ store, realm, req, url }: AdminCall): Promise<AdminAnswer> {
  const body = await readObject(req, 'ClientRepresentation')
  assertServedClient(realm.name, body)
  assertName(body)
  const id = body.id || randomUUID()
  const client = withSecret(withMappers(newClient(id, body)))
  assertRedirectUris(client)
  assertConsent(client)
  if (!(await store.clients.create(realm.name, client))) throw Conflict({ what: `Client ${client.clientId} already exists` })
  return created(`${url}/${id}`)
}

export async function updateClient(call: AdminCall): Promise<AdminAnswer> {
  const current = await findClient(call)
  const body = await readObject(call.req, 'ClientRepresentation')
  assertServedClient(call.realm.name, body)
  if (body.clientId !== current.clientId) assertName(body)
  const merged = mergeClient(current, body)
  assertRedirectUris(merged)
  assertConsent(merged)
  const { access: _access, ...client } = withSecret(withMappers(withServiceAccountScope(merged)))
  if (!(await call.store.clients.update(call.realm.name, client as ClientRepresentation))) throw Duplicate()
  return done
}

export async function removeClient(call: AdminCall): Promise<AdminAnswer> {
  await call.store.clients.remove(call.realm.name, (await findClient(call)).id)
  return done
}

export async function getSecret(call: AdminCall): Promise<AdminAnswer> {
  const { secret } = await findClient(call)
  return ok({ type: 'secret', ...(secret === undefined ? {} : { value: secret }) })
}

export async function regenerateSecret(call: AdminCall): Promise<AdminAnswer> {
  const client = withNewSecret(await findClient(call))
  await call.store.clients.update(call.realm.name, client)
  return ok({ type: 'secret', value: client.secret })
}

export async function getServiceAccount(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call)
  const user = await call.store.users.serviceAccount(client.id)
  if (!user) throw Malformed({ what: `Service account not enabled for the client '${client.clientId}'` })
  return ok(toServiceAccount(user))
}

export async function findClient({ store, realm, params }: AdminCall): Promise<ClientRepresentation> {
  const client = await store.clients.get(realm.name, params.client as string)
  if (!client) throw NotFound({ what: 'Could not find client' })
  return client
}

const newSecret = () => randomBytes(32).toString('base64url')

function withNewSecret(client: ClientRepresentation): ClientRepresentation {
  const attributes = { ...client.attributes, 'client.secret.creation.time': String(Math.floor(Date.now() / 1000)) }
  return { ...client, secret: newSecret(), attributes }
}

/** Confidential clients have a secret, public ones none. */
function withSecret(client: ClientRepresentation): ClientRepresentation {
  const { secret, ...rest } = client
  if (client.publicClient || client.bearerOnly) return rest as ClientRepresentation
  return secret ? client : withNewSecret(client)
}

/** A client of this name is the realm's own, and stands in no table. */
function assertName({ clientId }: Representation<'ClientRepresentation'>): void {
  if (clientId === ACCOUNT_PAGE_CLIENT) throw Conflict({ what: `Client ${clientId} already exists` })
}

/** What a browser that is sent there runs or shows as a page. */
const SCRIPT_SCHEMES = new Set(['javascript:', 'vbscript:', 'data:'])

/** Exact ones only: what Keycloak would take as a pattern is refused rather than silently never matched. */
function assertRedirectUris({ redirectUris }: ClientRepresentation): void {
  if (redirectUris.some((uri) => URL.parse(uri) === null)) throw BadInput({ what: 'A redirect URI is not a valid URI' })
  if (redirectUris.some((uri) => SCRIPT_SCHEMES.has(URL.parse(uri)?.protocol ?? '')))
    throw BadInput({ what: 'A redirect URI uses an illegal scheme' })
  const pattern = redirectUris.find((uri) => uri.includes('*'))
  if (pattern) throw UnservedField({ field: 'redirectUris', why: `are compared exactly here: ${pattern} would never match` })
}

function assertServedClient(realm: string, body: Representation<'ClientRepresentation'>): void {
  const { attributes = {}, protocolMappers = [], webOrigins = [], directAccessGrantsEnabled } = body
  assertServedAttributes(attributes)
  for (const mapper of protocolMappers) {
    assertServed('ProtocolMapperRepresentation', mapper)
    assertServedMapper(mapper)
  }
  if (webOrigins.includes('*')) throw UnservedField({ field: 'webOrigins', why: 'names origins one by one here, not * for all' })
  if (directAccessGrantsEnabled && realm !== MASTER_REALM)
    throw UnservedField({ field: 'directAccessGrantsEnabled', why: 'is always false here: passwords are typed at the login page alone' })
}

/** Native clients are always asked, since any program may listen on a loopback port; others never. */
function assertConsent({ consentRequired, redirectUris }: ClientRepresentation): void {
  if (consentRequired && !redirectUris.every(isLoopback))
    throw UnservedField({ field: 'consentRequired', why: 'is true here for programs on a person’s own machine alone' })
}

function withMappers(client: ClientRepresentation): ClientRepresentation {
  if (!client.protocolMappers) return client
  return { ...client, protocolMappers: client.protocolMappers.map((mapper) => newMapper(mapper.id ?? randomUUID(), mapper)) }
}
