// akko logout: ends what `akko login` began, at single sign-on and in the home; with --all every session of the user.
import { rmSync } from 'node:fs'
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
import { clientUrl, type Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser, keptLogin, type Login, loginFile } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'

const NotEnded = defineError('logout.failed', 502, 'the token was removed here, but its session was not ended: {reason}', {
  hint: 'it ends by itself; `akko logout --all` ends every session of the user',
})
const UnknownUser = defineError('logout.unknown_user', 404, 'single sign-on knows no user {user}')

export async function logout(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const kept = keptLogin(machine)
  const all = flags.all === true ? (askedUser(flags) ?? kept?.user ?? defaultUser(machine)) : undefined
  rmSync(loginFile(machine), { force: true })
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
