// What lies below a client: protocol mappers and client scopes.
import { createHash, randomUUID } from 'node:crypto'
import { Conflict, Malformed, NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readList, readObject } from '#parts/identity/handlers/admin/call'
import { findClient } from '#parts/identity/handlers/admin/clients'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertServedMapper } from '#parts/identity/handlers/admin/served'
import {
  CLIENT_SCOPES,
  type ClientRepresentation,
  DEFAULT_SCOPES,
  newMapper,
  OPTIONAL_SCOPES,
  type ProtocolMapper,
} from '#wire/oidc/keycloak'

export async function listMappers(call: AdminCall): Promise<AdminAnswer> {
  return ok((await findClient(call)).protocolMappers ?? [])
}

export async function getMapper(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call)
  return ok((client.protocolMappers ?? [])[mapperIndex(call, client)])
}

export async function createMapper(call: AdminCall): Promise<AdminAnswer> {
  const mapper = mapperFrom(randomUUID(), await readObject(call.req, 'ProtocolMapperRepresentation'))
  await saveMappers(call, await findClient(call), (mappers) => [...mappers, mapper])
  return created(`${call.url}/${mapper.id}`)
}

export async function createMappers(call: AdminCall): Promise<AdminAnswer> {
  const added = (await readList(call.req, 'ProtocolMapperRepresentation')).map((body) => mapperFrom(randomUUID(), body))
  await saveMappers(call, await findClient(call), (mappers) => [...mappers, ...added])
  return done
}

export async function updateMapper(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call)
  const index = mapperIndex(call, client)
  const mapper = mapperFrom(call.params.mapper as string, await readObject(call.req, 'ProtocolMapperRepresentation'))
  await saveMappers(call, client, (mappers) => mappers.with(index, mapper))
  return done
}

export async function removeMapper(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call)
  const index = mapperIndex(call, client)
  await saveMappers(call, client, (mappers) => mappers.toSpliced(index, 1))
  return done
}

function mapperFrom(id: string, body: Representation<'ProtocolMapperRepresentation'>): ProtocolMapper {
  if (!body.name || !body.protocolMapper) throw Malformed({ what: 'a protocol mapper needs name and protocolMapper' })
  assertServedMapper(body)
  return newMapper(id, body as unknown as ProtocolMapper)
}

function mapperIndex({ params }: AdminCall, client: ClientRepresentation): number {
  const index = (client.protocolMappers ?? []).findIndex((mapper) => mapper.id === params.mapper)
  if (index < 0) throw NotFound({ what: 'Model not found' })
  return index
}

async function saveMappers(
  { store, realm }: AdminCall,
  client: ClientRepresentation,
  change: (mappers: ProtocolMapper[]) => ProtocolMapper[],
): Promise<void> {
  const protocolMappers = change(client.protocolMappers ?? [])
  const names = new Set(protocolMappers.map((mapper) => mapper.name))
  if (names.size < protocolMappers.length) throw Conflict({ what: 'Protocol mapper exists with same name' })
  await store.clients.update(realm.name, { ...client, protocolMappers })
}

/** The scopes are the same in every realm; their ids are not. */
const scopeId = (realmId: string, name: string) => {
  const hex = createHash('sha256').update(`${realmId} client scope ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export async function listScopes({ realm }: AdminCall): Promise<AdminAnswer> {
  return ok(
    CLIENT_SCOPES.map(({ name, description, inTokenScope }) => ({
      id: scopeId(realm.id, name),
      name,
      description,
      protocol: 'openid-connect',
      attributes: { 'include.in.token.scope': String(inTokenScope) },
    })),
  )
}

/** Those that a new client is given. */
export const listRealmScopes =
  (which: 'default' | 'optional') =>
  async ({ realm }: AdminCall): Promise<AdminAnswer> =>
    ok(
      (which === 'default' ? DEFAULT_SCOPES : OPTIONAL_SCOPES).map((name) => ({
        id: scopeId(realm.id, name),
        name,
        protocol: 'openid-connect',
      })),
    )

type ScopeField = 'defaultClientScopes' | 'optionalClientScopes'

export const listClientScopes =
  (field: ScopeField) =>
  async (call: AdminCall): Promise<AdminAnswer> =>
    ok((await findClient(call))[field].map((name) => ({ id: scopeId(call.realm.id, name), name })))

export const addClientScope = (field: ScopeField) => (call: AdminCall) =>
  saveScopes(call, field, (names, name) => [...new Set([...names, name])])

export const removeClientScope = (field: ScopeField) => (call: AdminCall) =>
  saveScopes(call, field, (names, name) => names.filter((other) => other !== name))

async function saveScopes(call: AdminCall, field: ScopeField, change: (names: string[], name: string) => string[]): Promise<AdminAnswer> {
  const client = await findClient(call)
  const scope = CLIENT_SCOPES.find(({ name }) => scopeId(call.realm.id, name) === call.params.scope)
  if (!scope) throw NotFound({ what: 'Client scope not found' })
  const other = field === 'defaultClientScopes' ? 'optionalClientScopes' : 'defaultClientScopes'
  const others = client[other].filter((name) => name !== scope.name)
  await call.store.clients.update(call.realm.name, { ...client, [other]: others, [field]: change(client[field], scope.name) })
  return done
}
