// As whom a command works: one rule for all of them; a name that is nobody's is answered with those that are somebody's.
import { decodeJwt } from 'jose'
import type { Flags } from '#cli/flags'
import { defineError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { REALM, secretName } from '#platform/names'
import { loginToken } from '#runtime/login'
import { HOST, type Machine, port } from '#runtime/machine'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser, ownerToken, type Token, TokenRefused } from '#runtime/tokens'

const NoSuchUser = defineError('user.unknown', 404, 'there is no user {user}', { hint: 'users who may log in: {users}' })
const UserDisabled = defineError('user.disabled', 403, 'the account of {user} is disabled', {
  hint: 'an administrator opens it again: `akko user enable {user}`',
})
const NoName = defineError('user.no_name', 400, '{given} names nobody', { hint: 'name a user, or leave it out (`unset AKKO_USER`)' })
const SHOWN = 20

/** `--user`, else `AKKO_USER`, which `akko env` sets. An empty one was to name somebody: it is nobody's, and not the administrator's. */
export function askedUser(flags: Flags, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const asked = typeof flags.user === 'string' ? flags.user : environment.AKKO_USER
  if (asked === '') throw NoName({ given: flags.user === '' ? '--user' : 'AKKO_USER' })
  return asked
}

/** Who was asked for, else who logged in with `akko login`, else, where nobody did, the home's administrator. */
export async function tokenFor(machine: Machine, flags: Flags): Promise<Token> {
  const asked = askedUser(flags)
  const kept = asked === undefined ? await loginToken(machine) : undefined
  if (kept) return kept
  const secrets = createFileSecretStore(machine.paths.secrets)
  return tokenOf(machine, secrets, asked ?? defaultUser(machine))
}

/** By the owner's right over the home. @throws NoSuchUser with those who are there */
export function tokenOf(machine: Machine, secrets: SecretStore, user: string): Promise<Token> {
  return ownerToken(machine, secrets, user).catch(async (error: unknown) => {
    if (TokenRefused.is(error)) await assertKnown(machine, secrets, user)
    throw error
  })
}

/** Throws when the realm has nobody of this name, with those whom it has, or when his account is closed. */
async function assertKnown(machine: Machine, secrets: SecretStore, user: string): Promise<void> {
  const { createKeycloakClient, inRealm } = await import('#ensure/clients/keycloak')
  const admin = { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) }
  const keycloak = createKeycloakClient({ url: `http://${HOST}:${port(machine, 'identity')}`, admin })
  const all = (await keycloak.read<{ username: string; enabled: boolean }[]>(`${inRealm(REALM, 'users')}?max=-1`)) ?? []
  const found = all.find(({ username }) => username === user.toLowerCase())
  if (found && !found.enabled) throw UserDisabled({ user })
  if (found) return
  const names = all.flatMap(({ username, enabled }) => (enabled ? [username] : [])).sort()
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  throw NoSuchUser({ user, users: `${names.slice(0, SHOWN).join(', ')}${more}` })
}

/** Spelled as the realm does. */
export function nameIn({ user, accessToken }: Token): string {
  return decodeJwt<{ readonly preferred_username?: string }>(accessToken).preferred_username ?? user
}

/** The id of the account that the token is for. */
export function accountIn({ accessToken }: Token): string {
  return decodeJwt(accessToken).sub ?? ''
}

/** The realm's, as they are now: an administrator may have taken declared ones away. */
export function rolesIn({ accessToken }: Token): readonly string[] {
  return decodeJwt<{ readonly realm_access?: { readonly roles?: readonly string[] } }>(accessToken).realm_access?.roles ?? []
}
