// A person of a realm. The password is given once, at creation: afterwards it is theirs.

import { Secret } from '#kit/secret'
import { addRoles, idFrom, inRealm, type KeycloakClient, rolesOfUser } from '../clients/keycloak.ts'
import { defineKind, type EnsureContext, type ResourceOf } from '../kind.ts'
import { storedOrNew } from '../secrets.ts'

type User = ResourceOf<'user'>

interface Profile {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly enabled: boolean
}

interface Live {
  readonly id: string
  readonly profile: Partial<Profile>
  readonly roles: readonly string[]
}

export const userKind = defineKind<'user', Live>({
  kind: 'user',
  after: ['realm', 'realmRole'],
  read: async ({ clients }, user) => {
    const found = await findUser(clients.keycloak(), user)
    return found && { id: found.id, profile: found, roles: await rolesOfUser(clients.keycloak(), user.realm, found.id) }
  },
  diff: (live, user) => [
    ...Object.entries(profileOf(user))
      .filter(([field, value]) => live.profile[field as keyof Profile] !== value)
      .map(([field]) => field),
    ...missing(live, user).map((role) => `without role ${role}`),
  ],
  create: async (context, user) => {
    const keycloak = context.clients.keycloak()
    const credentials = [{ type: 'password', value: (await firstPassword(context, user)).reveal(), temporary: false }]
    const body = { username: user.username, emailVerified: true, ...profileOf(user), credentials }
    const { location } = await keycloak.write('POST', inRealm(user.realm, 'users'), body)
    await addRoles(keycloak, user.realm, idFrom(location), user.roles)
  },
  update: async ({ clients }, user, live) => {
    const keycloak = clients.keycloak()
    const wanted = profileOf(user)
    if (Object.entries(wanted).some(([field, value]) => live.profile[field as keyof Profile] !== value))
      await keycloak.write('PUT', inRealm(user.realm, 'users', live.id), wanted)
    await addRoles(keycloak, user.realm, live.id, missing(live, user))
  },
})

/** Keycloak lowers the case of addresses. */
const profileOf = ({ email, firstName, lastName }: User): Profile => ({ email: email.toLowerCase(), firstName, lastName, enabled: true })

const missing = (live: Live, { roles }: User) => roles.filter((role) => !live.roles.includes(role))

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
