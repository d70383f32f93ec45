// A person of a realm. Password, roles and whether the account is open are given once, at creation: afterwards they are the
// administrator's, who may take them away for good.

import { defaultRole, inRealm, type KeycloakClient, knownRoles } from '#ensure/clients/keycloak'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { storedOrNew } from '#ensure/secrets'
import { Secret } from '#kit/secret'
import type { ResourceOf } from '#platform/resources'
import { randomSecret, secretObject } from '#platform/secret-objects'

declare module '#platform/resources' {
  interface ResourceKinds {
    user: {
      readonly realm: string
      readonly username: string
      readonly email: string
      readonly firstName: string
      readonly lastName: string
      /** Secret that holds the first password. */
      readonly secret: string
      /** The fixed password of a demo user; only ever with `--demo`. */
      readonly demoPassword?: string
      readonly roles: readonly string[]
    }
  }
}

type User = ResourceOf<'user'>

interface Profile {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

interface Live {
  readonly id: string
  readonly profile: Partial<Profile>
}

export const userKind = defineKind<'user', Live>({
  kind: 'user',
  id: ({ realm, username }) => `${realm}/${username}`,
  after: ['realm', 'realmRole'],
  secretSpec: ({ secret, demoPassword }) =>
    demoPassword === undefined ? randomSecret(secret) : { name: secretObject(secret), literals: { value: demoPassword } },
  read: async ({ clients }, user) => {
    const found = await findUser(clients.keycloak(), user)
    return found && { id: found.id, profile: found }
  },
  diff: (live, user) =>
    Object.entries(profileOf(user))
      .filter(([field, value]) => live.profile[field as keyof Profile] !== value)
      .map(([field]) => field),
  create: async (context, user) => {
    const keycloak = context.clients.keycloak()
    const credentials = [{ type: 'password', value: (await firstPassword(context, user)).reveal(), temporary: false }]
    const account = { username: user.username, enabled: true, emailVerified: true, ...profileOf(user), credentials }
    const users = [{ ...account, realmRoles: await firstRoles(keycloak, user) }]
    // The account with its roles, or nothing: one that stays is never given roles again.
    await keycloak.write('POST', inRealm(user.realm, 'partialImport'), { ifResourceExists: 'FAIL', users })
  },
  // Absent fields stay as they are.
  update: async ({ clients }, user, live) =>
    void (await clients.keycloak().write('PUT', inRealm(user.realm, 'users', live.id), profileOf(user))),
})

/** Keycloak lowers the case of addresses. */
const profileOf = ({ email, firstName, lastName }: User): Profile => ({ email: email.toLowerCase(), firstName, lastName })

/** Those of the declaration and the realm's own for everybody, which an import gives nobody; one that it does not know, it would make up. */
async function firstRoles(keycloak: KeycloakClient, { realm, roles }: User): Promise<string[]> {
  const everybodys = await defaultRole(keycloak, realm)
  const names = (await knownRoles(keycloak, realm, roles)).map(({ name }) => name)
  return everybodys === undefined ? names : [everybodys, ...names]
}

async function findUser(
  keycloak: KeycloakClient,
  { realm, username }: User,
): Promise<({ readonly id: string } & Partial<Profile>) | undefined> {
  const query = new URLSearchParams({ username: username.toLowerCase(), exact: 'true' }).toString()
  const found = await keycloak.read<({ readonly id: string } & Partial<Profile>)[]>(`${inRealm(realm, 'users')}?${query}`)
  return found?.[0]
}

/** A demo user's known one is stored too, so that whoever looks for a password finds it in one place. */
async function firstPassword({ secrets }: EnsureContext, { secret, demoPassword }: User): Promise<Secret> {
  if (demoPassword === undefined) return storedOrNew(secrets, secret)
  const known = new Secret(demoPassword)
  if (!(await secrets.get(secret))?.matches(demoPassword)) await secrets.put(secret, known)
  return known
}
