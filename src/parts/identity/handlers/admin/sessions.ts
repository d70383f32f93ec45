// Sessions of browsers: whose they are, at which clients, and their end.
import { NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, done, ok, pageOf } from '#parts/identity/handlers/admin/call'
import { findClient } from '#parts/identity/handlers/admin/clients'
import { findUser } from '#parts/identity/handlers/admin/users'
import type { OpenSession } from '#parts/identity/store/oidc-rows'
import type { ClientRepresentation } from '#wire/oidc/keycloak'

export async function listOfUser(call: AdminCall): Promise<AdminAnswer> {
  const { id } = await findUser(call)
  return shown(
    call,
    (await open(call)).filter(({ userId }) => userId === id),
  )
}

export async function listOfClient(call: AdminCall): Promise<AdminAnswer> {
  const { clientId } = await findClient(call)
  return shown(
    call,
    (await open(call)).filter(({ clients }) => clients.includes(clientId)),
  )
}

export async function countOfClient(call: AdminCall): Promise<AdminAnswer> {
  const { clientId } = await findClient(call)
  return ok({ count: (await open(call)).filter(({ clients }) => clients.includes(clientId)).length })
}

export async function countOffline(call: AdminCall): Promise<AdminAnswer> {
  const { clientId } = await findClient(call)
  return ok({ count: (await call.store.openSessions.offline(call.realm.name)).get(clientId) ?? 0 })
}

export async function stats(call: AdminCall): Promise<AdminAnswer> {
  const active = Map.groupBy(
    (await open(call)).flatMap(({ clients }) => clients),
    (clientId) => clientId,
  )
  const offline = await call.store.openSessions.offline(call.realm.name)
  const clients = (await call.store.clients.list(call.realm.name)).filter(({ clientId }) => active.has(clientId) || offline.has(clientId))
  return ok(
    clients.map(({ id, clientId }) => ({
      ...{ id, clientId },
      active: String(active.get(clientId)?.length ?? 0),
      offline: String(offline.get(clientId) ?? 0),
    })),
  )
}

/** With the tokens of all clients that were signed in by it. */
export async function removeSession({ context, store, realm, params }: AdminCall): Promise<AdminAnswer> {
  const { provider } = await context.realms.get(realm.name)
  const session = await provider.Session.findByUid(params.session as string)
  if (!session) throw NotFound({ what: 'Sesssion not found' })
  for (const clientId of Object.keys(session.authorizations ?? {})) {
    const grantId = session.grantIdFor(clientId)
    if (grantId) await store.revokeGrant(realm.name, grantId)
  }
  await session.destroy()
  return done
}

export async function logOutAll(call: AdminCall): Promise<AdminAnswer> {
  for (const userId of new Set((await open(call)).map((session) => session.userId))) await call.store.endSessions(call.realm.name, userId)
  return ok({})
}

const open = ({ store, realm }: AdminCall) => store.openSessions.list(realm.name)

async function shown(call: AdminCall, sessions: readonly OpenSession[]): Promise<AdminAnswer> {
  const clients = new Map((await call.store.clients.list(call.realm.name)).map((client) => [client.clientId, client]))
  const users = await call.store.users.list(call.realm.name, { ids: sessions.map(({ userId }) => userId), max: -1 })
  const names = new Map(users.map(({ id, username }) => [id, username]))
  return ok(
    pageOf(call.query, sessions).map(({ uid, userId, startedAt, usedAt, clients: at }) => ({
      ...{ id: uid, userId, username: names.get(userId), start: startedAt, lastAccess: usedAt, rememberMe: false, transientUser: false },
      clients: Object.fromEntries(at.flatMap((clientId) => entry(clients.get(clientId)))),
    })),
  )
}

const entry = (client: ClientRepresentation | undefined) => (client ? [[client.id, client.clientId] as const] : [])
