// akko logout: ends what `akko login` began, at single sign-on and in the home; with --all every session of the user.
import * as oidc from 'openid-client'
import { askedUser } from '#cli/as-user'
import { discoverRealm } from '#cli/commands/login'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { endSessionsOf } from '#ensure/index'
import { defineError, describeError } from '#kit/errors'
import { REALM } from '#platform/names'
import { requireRunning } from '#runtime/client'
import { createEnsureContext } from '#runtime/ensure-context'
import { type Login, LoginUnreadable, takeLogin } from '#runtime/login'
import { clientUrl, type Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser } from '#runtime/tokens'
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
const UnknownUser = defineError('logout.unknown_user', 404, 'single sign-on knows no user {user}')

export async function logout(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const asked = askedUser(flags)
  const kept = await takeLogin(machine).catch((error: unknown) => {
    throw LoginUnreadable.is(error) ? Unknown({}, error) : error
  })
  const all = flags.all === true ? (asked ?? kept?.user ?? defaultUser(machine)) : undefined
  if (kept) {
    trustLocalCa(machine)
    await endSession(machine, kept).catch((error: unknown) => {
      throw NotEnded({ reason: describeError(error) }, error)
    })
  }
  if (all !== undefined) await endAll(machine, all)
  if (flags.json) printJson({ loggedOut: kept?.user ?? null, ...(all === undefined ? {} : { all }) })
  else say(spoken(kept?.user, all))
}

/** By the refresh token the grant ends, and with it every token that was made from it. */
async function endSession(machine: Machine, { refreshToken, accessToken }: Login): Promise<void> {
  const config = await discoverRealm(clientUrl(machine, `/realms/${REALM}`))
  await oidc.tokenRevocation(config, refreshToken ?? accessToken)
}

async function endAll(machine: Machine, user: string): Promise<void> {
  const context = await createEnsureContext(machine, createFileSecretStore(machine.paths.secrets))
  try {
    if (!(await endSessionsOf(context.clients.keycloak(), REALM, user))) throw UnknownUser({ user })
  } finally {
    await context.close()
  }
}

function spoken(user: string | undefined, all: string | undefined): string {
  if (all !== undefined) return `every session of ${all} has ended; browsers and terminals log in again`
  return user === undefined ? 'nobody was logged in from this terminal' : `${user} is logged out of this terminal`
}
