// Keycloak's admin API as the administrator of its master realm.

import { type AdminHttp, createAdminHttp, requestToken } from '#ensure/clients/http'
import { createMemo, type Memo } from '#ensure/memo'
import type { Secret } from '#kit/secret'

export interface KeycloakEndpoint {
  /** `http://127.0.0.1:8180`: where `/admin` and `/realms` lie. */
  readonly url: string
  /** A user of the master realm who may administer the others. */
  readonly admin: { readonly username: string; readonly password: Secret }
}

export interface KeycloakClient extends AdminHttp {
  readonly memo: Memo
}

export interface LiveRole {
  readonly id: string
  readonly name: string
  readonly description?: string
}

export function createKeycloakClient({ url, admin }: KeycloakEndpoint): KeycloakClient {
  const token = () =>
    requestToken(`${url}/realms/master/protocol/openid-connect/token`, {
      grant_type: 'password',
      client_id: 'admin-cli',
      username: admin.username,
      password: admin.password.reveal(),
    })
  // Two runs that meet get a 400 for what the other one has just done (role mappings), or a 500 (imports): read again.
  const http = createAdminHttp({ base: url, token, conflicts: [400, 500] })
  return Object.assign(Object.create(http) as AdminHttp, { memo: createMemo() })
}

/** A path below a realm, each part encoded. */
export function inRealm(realm: string, ...parts: readonly string[]): string {
  return ['/admin/realms', ...[realm, ...parts].map(encodeURIComponent)].join('/')
}

/** The role of this realm that every account has from the start; a server without one names none. */
export async function defaultRole(client: KeycloakClient, realm: string): Promise<string | undefined> {
  return client.memo.once(`realm ${realm}`, async () => (await client.read<{ defaultRole?: LiveRole }>(inRealm(realm)))?.defaultRole?.name)
}

/** Realm roles by name, asked once. */
export function liveRoles(client: KeycloakClient, realm: string): Promise<ReadonlyMap<string, LiveRole>> {
  return client.memo.once(`roles ${realm}`, async () => {
    const roles = (await client.read<LiveRole[]>(`${inRealm(realm, 'roles')}?briefRepresentation=true&max=1000`)) ?? []
    return new Map(roles.map((r) => [r.name, r]))
  })
}

/** Names of the realm roles that a user (or a service account) was given itself. */
export async function rolesOfUser(client: KeycloakClient, realm: string, id: string): Promise<readonly string[]> {
  const roles = (await client.read<LiveRole[]>(inRealm(realm, 'users', id, 'role-mappings', 'realm'))) ?? []
  return roles.map((r) => r.name)
}

/** Realm roles by their names; throws for one that the realm has not. */
export async function knownRoles(
  client: KeycloakClient,
  realm: string,
  names: readonly string[],
): Promise<Pick<LiveRole, 'id' | 'name'>[]> {
  if (names.length === 0) return []
  const known = await liveRoles(client, realm)
  return names.map((name) => {
    const role = known.get(name)
    if (!role) throw new Error(`the realm ${realm} has no role ${name}`)
    return { id: role.id, name }
  })
}

/** Gives realm roles to a user; the API wants their ids and names. */
export async function addRoles(client: KeycloakClient, realm: string, id: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await client.write('POST', inRealm(realm, 'users', id, 'role-mappings', 'realm'), await knownRoles(client, realm, names))
}

/** The last part of a Location: the id of what was made. */
export function idFrom(location: string | undefined): string {
  const id = location?.split('/').at(-1)
  if (!id) throw new Error('the server made it and did not say under which id')
  return id
}
