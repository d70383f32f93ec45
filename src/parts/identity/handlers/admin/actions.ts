// Lets a person set his password himself: by a letter as Keycloak sends it, or by a link that is handed over.
import { type MadeLink, makeLink } from '#parts/identity/action-links'
import { Malformed, Refused } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, done, ok, readNames, wholeNumber } from '#parts/identity/handlers/admin/call'
import { actionsIn, findUser } from '#parts/identity/handlers/admin/users'
import type { User } from '#parts/identity/store/users'

/** Seconds: no link lives longer. */
const LONGEST = 30 * 24 * 3600

/** Keycloak's `execute-actions-email`. What is to be done beside the password is asked for at the next login. */
export async function sendActions(call: AdminCall): Promise<AdminAnswer> {
  const user = await openUser(call)
  const actions = actionsIn(await readNames(call.req))
  if (!actions.includes('UPDATE_PASSWORD'))
    throw Malformed({ what: 'a letter is sent here for UPDATE_PASSWORD, alone or with other actions' })
  const other = ['client_id', 'redirect_uri'].find((name) => call.query.has(name))
  if (other !== undefined) throw Malformed({ what: `${other} is not served here: the page ends at the realm` })
  if (user.email === undefined) throw Refused({ what: 'User email missing' })
  if (!call.context.mailer) throw Refused({ what: 'Failed to send execute actions email: no SMTP server is set (identity.smtp.host)' })
  const requiredActions = [...new Set([...user.requiredActions, ...actions.filter((action) => action !== 'UPDATE_PASSWORD')])]
  await call.store.users.update(call.realm.name, user.id, { ...user, requiredActions })
  const { problem } = await makeLink(call.context, call.realm.name, user, true, lifespanOf(call))
  if (problem !== undefined) throw Refused({ what: `Failed to send execute actions email: ${problem}` })
  return done
}

/** Our own: answers with the link, sent where it can be unless `send=false`. */
export async function createLink(call: AdminCall): Promise<AdminAnswer> {
  const user = await openUser(call)
  const link: MadeLink = await makeLink(call.context, call.realm.name, user, call.query.get('send') !== 'false', lifespanOf(call))
  return ok(link)
}

async function openUser(call: AdminCall): Promise<User> {
  const user = await findUser(call)
  if (!user.enabled) throw Refused({ what: 'User is disabled' })
  if (user.serviceClient) throw Refused({ what: 'A service account has no password' })
  return user
}

function lifespanOf({ query }: AdminCall): number | undefined {
  const seconds = wholeNumber(query.get('lifespan'))
  if (seconds === undefined) return undefined
  if (seconds < 1 || seconds > LONGEST) throw Malformed({ what: `lifespan is a number of seconds up to ${LONGEST}` })
  return seconds
}
