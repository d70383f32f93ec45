// Clients as Keycloak's representation; the secret apart, as it is compared and shown by the admin API.
import { randomUUID } from 'node:crypto'
import { isStorable } from '#kit/storable'
import { type Db, isUniqueViolation } from '#parts/identity/store/db'
import { serviceAccountName } from '#wire/oidc/claims'
import type { ClientRepresentation } from '#wire/oidc/keycloak'

export interface ClientStore {
  find(realm: string, clientId: string): Promise<ClientRepresentation | undefined>
  get(realm: string, id: string): Promise<ClientRepresentation | undefined>
  list(realm: string): Promise<ClientRepresentation[]>
  /** Creates its service account too; false when the clientId is taken. */
  create(realm: string, client: ClientRepresentation): Promise<boolean>
  /** Creates or removes the service account as the client says; false when the new clientId is taken. */
  update(realm: string, client: ClientRepresentation): Promise<boolean>
  remove(realm: string, id: string): Promise<boolean>
}

interface Row {
  id: string
  client_id: string
  secret: string | null
  representation: ClientRepresentation
}

const toClient = (row: Row): ClientRepresentation => ({
  ...row.representation,
  id: row.id,
  clientId: row.client_id,
  ...(row.secret === null ? {} : { secret: row.secret }),
})

export function createClientStore(db: Db): ClientStore {
  const { t } = db
  const select = async (where: string, values: readonly unknown[]) =>
    (await db.query<Row>(`SELECT id, client_id, secret, representation FROM ${t.clients} WHERE ${where}`, values)).map(toClient)
  return {
    find: async (realm, clientId) =>
      isStorable(clientId) ? (await select('realm = $1 AND client_id = $2', [realm, clientId]))[0] : undefined,
    get: async (realm, id) => (await select('realm = $1 AND id = $2', [realm, id]))[0],
    list: (realm) => select('realm = $1 ORDER BY client_id', [realm]),
    create: (realm, client) =>
      taken(() =>
        db.transaction(async (tx) => {
          await tx.run(`INSERT INTO ${t.clients} (id, realm, client_id, secret, representation) VALUES ($1, $2, $3, $4, $5)`, [
            client.id,
            realm,
            client.clientId,
            client.secret ?? null,
            withoutColumns(client),
          ])
          await syncServiceAccount(tx, realm, client)
        }),
      ),
    update: (realm, client) =>
      taken(() =>
        db.transaction(async (tx) => {
          await tx.run(`UPDATE ${t.clients} SET client_id = $3, secret = $4, representation = $5 WHERE realm = $1 AND id = $2`, [
            realm,
            client.id,
            client.clientId,
            client.secret ?? null,
            withoutColumns(client),
          ])
          await syncServiceAccount(tx, realm, client)
        }),
      ),
    remove: async (realm, id) => (await db.run(`DELETE FROM ${t.clients} WHERE realm = $1 AND id = $2`, [realm, id])) > 0,
  }
}

async function taken(write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (isUniqueViolation(error, 'clients_client_id')) return false
    throw error
  }
}

function withoutColumns({ id: _id, clientId: _clientId, secret: _secret, ...rest }: ClientRepresentation): Record<string, unknown> {
  return rest
}

async function syncServiceAccount(tx: Db, realm: string, client: ClientRepresentation): Promise<void> {
  if (!client.serviceAccountsEnabled) {
    await tx.run(`DELETE FROM ${tx.t.users} WHERE service_client = $1`, [client.id])
    return
  }
  await tx.run(
    `INSERT INTO ${tx.t.users} (id, realm, username, enabled, service_client) VALUES ($1, $2, $3, true, $4)
     ON CONFLICT (service_client) DO UPDATE SET username = excluded.username`,
    [randomUUID(), realm, serviceAccountName(client.clientId), client.id],
  )
}
