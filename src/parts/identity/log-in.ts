// One attempt to log in with a password: refused unseen for a while after failures, else the same work and the same answer whatever was wrong.
import { auditEvent } from '#kit/audit'
import type { Context } from '#parts/identity/context'
import { BadLogin } from '#parts/identity/errors'
import { checkPassword } from '#parts/identity/passwords'
import type { User } from '#parts/identity/store/users'
import { inTurn } from '#parts/identity/turns'

export interface LoginAttempt {
  readonly username: string
  readonly password: string
  readonly address: string
}

/** Throws BadLogin, and AuditUnavailable. Guesses at one name that come at once are looked at one by one, or none would know of the others. */
export async function logIn(context: Context, realm: string, attempt: LoginAttempt): Promise<User> {
  const name = attempt.username.trim().toLowerCase().slice(0, 255)
  return inTurn(`${realm} ${name}`, () => tryOnce(context, realm, name, attempt))
}

async function tryOnce(
  { store, audit, log, metrics }: Context,
  realm: string,
  name: string,
  { password, address }: LoginAttempt,
): Promise<User> {
  const waiting = await store.failures.wait(realm, name, address)
  const found = waiting > 0 ? undefined : await store.users.byLogin(realm, name)
  const matches = waiting <= 0 && (await checkPassword(password, found?.passwordHash))
  if (waiting > 0 || !matches || !found?.user.enabled) {
    if (waiting <= 0) await store.failures.record(realm, name, address)
    metrics.login(realm, waiting > 0 ? 'delayed' : 'refused')
    log.warn({ realm, user: name, address, delayed: waiting > 0 }, 'login refused')
    const reason = waiting > 0 ? 'too soon after attempts that failed' : 'name and password do not match'
    audit.note(auditEvent({ who: { sub: name, via: 'password', roles: [] }, what: signIn(realm), outcome: 'denied', reason, address }))
    throw BadLogin()
  }
  const { username: sub, realmRoles: roles } = found.user
  await audit.record(auditEvent({ who: { sub, via: 'password', roles }, what: signIn(realm), outcome: 'allowed', address }))
  await store.failures.forget(realm, name, address)
  metrics.login(realm, 'accepted')
  log.info({ realm, user: found.user.username, address }, 'login')
  return found.user
}

const signIn = (realm: string) => ({ part: 'identity', action: 'login', kind: 'realm', path: [realm] })
