// One attempt to log in with a password: delayed after failures, the same work and the same answer whatever was wrong.
import type { IncomingMessage } from 'node:http'
import type { Context } from '#parts/identity/context'
import { BadLogin } from '#parts/identity/errors'
import { checkPassword } from '#parts/identity/passwords'
import type { User } from '#parts/identity/store/users'

export interface LoginAttempt {
  readonly username: string
  readonly password: string
  readonly address: string
}

/** Throws BadLogin. */
export async function logIn({ store, log, metrics }: Context, realm: string, { username, password, address }: LoginAttempt): Promise<User> {
  const name = username.trim().toLowerCase().slice(0, 255)
  const waiting = await store.failures.wait(realm, name, address)
  const found = await store.users.byLogin(realm, name)
  const matches = await checkPassword(password, found?.passwordHash)
  if (waiting > 0 || !matches || !found?.user.enabled) {
    if (waiting <= 0) await store.failures.record(realm, name, address)
    metrics.login(realm, waiting > 0 ? 'delayed' : 'refused')
    log.warn({ realm, user: name, address, delayed: waiting > 0 }, 'login refused')
    throw BadLogin()
  }
  await store.failures.forget(realm, name, address)
  metrics.login(realm, 'accepted')
  log.info({ realm, user: found.user.username, address }, 'login')
  return found.user
}

/** The browser's address as our gateway saw it (last hop it added), else the peer's. */
export function clientAddress(req: IncomingMessage): string {
  const forwarded = [req.headers['x-forwarded-for']].flat().at(-1)?.split(',').at(-1)?.trim()
  return forwarded || req.socket.remoteAddress || 'unknown'
}
