// akko logout: ends what `akko login` began, at single sign-on and in the home; with --all every session of the user.
import { askedUser, rolesIn } from '#cli/as-user'
import { endGrant } from '#cli/commands/login'
import { peopleFor } from '#cli/commands/user'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { defineError, describeError } from '#kit/errors'
import { requireRunning } from '#runtime/client'
import { LoginUnreadable, takeLogin } from '#runtime/login'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser, issuerUrl, ownerToken } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'

const NotEnded = defineError('logout.failed', 502, 'the token was removed here, but its session was not ended: {reason}', {
  hint: 'it ends by itself; `akko logout --all` ends every session of the user',
})
const Unknown = defineError(
  'logout.unreadable',
  409,
  'the kept login could not be read: it was removed here, and its session was not ended',
  {
    hint: 'it ends by itself; `akko logout --all --user NAME` ends every session of that user',
  },
)

export async function logout(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const asked = askedUser(flags)
  const kept = await takeLogin(machine).catch((error: unknown) => {
    throw LoginUnreadable.is(error) ? Unknown({}, error) : error
  })
  const all = flags.all === true ? (asked ?? kept?.user ?? defaultUser(machine)) : undefined
  if (kept) {
    trustLocalCa(machine)
    await endGrant(issuerUrl(machine), kept).catch((error: unknown) => {
      throw NotEnded({ reason: describeError(error) }, error)
    })
  }
  if (all !== undefined) await endAll(machine, all, kept?.user ?? defaultUser(machine))
  if (flags.json) printJson({ loggedOut: kept?.user ?? null, ...(all === undefined ? {} : { all }) })
  else say(spoken(kept?.user, all))
}

/** Asked by who was logged in here, else by the home's administrator. */
async function endAll(machine: Machine, user: string, asker: string): Promise<void> {
  // Everybody may end his own; whether others' depends on the roles of now.
  const roles = asker === user ? [] : rolesIn(await ownerToken(machine, createFileSecretStore(machine.paths.secrets), asker))
  await (await peopleFor(machine, { username: asker, roles })).endSessions(user)
}

function spoken(user: string | undefined, all: string | undefined): string {
  if (all !== undefined) return `every session of ${all} has ended; browsers and terminals log in again`
  return user === undefined ? 'nobody was logged in from this terminal' : `${user} is logged out of this terminal`
}
