// One attempt to log in with a password, and then with a code: refused unseen for a while after failures, else the same work and the same answer whatever was wrong.
import { auditEvent } from '#kit/audit'
import type { AkkoError } from '#kit/errors'
import type { Context } from '#parts/identity/context'
import { BadCode, BadLogin } from '#parts/identity/errors'
import { checkPassword } from '#parts/identity/passwords'
import type { User } from '#parts/identity/store/users'
import { stepOfCode } from '#parts/identity/totp'
import { inTurn } from '#parts/identity/turns'

export interface LoginAttempt {
  readonly username: string
  readonly password: string
  readonly address: string
}

/** What one attempt shows, and what it is called on record. */
interface Proof {
  readonly name: string
  readonly address: string
  readonly via: 'password' | 'code'
  /** The person, when what was shown is right. */
  look(): Promise<User | undefined>
  readonly refusal: () => AkkoError
}

/** With a second factor this is the first half: nobody is logged in before `confirmCode`. Throws BadLogin, and AuditUnavailable. */
export async function logIn(context: Context, realm: string, attempt: LoginAttempt): Promise<User> {
  const user = await tryPassword(context, realm, attempt)
  return user.totp ? user : accept(context, realm, user, attempt, 'password')
}

/** The code of a person whose password was right. Throws BadCode, and AuditUnavailable. */
export async function confirmCode(
  context: Context,
  realm: string,
  user: User,
  code: string,
  attempt: Pick<LoginAttempt, 'address'>,
): Promise<User> {
  await tryCode(context, realm, user, code, attempt)
  return accept(context, realm, user, attempt, 'code')
}

/** Of somebody who is logged in already; failures count like others. Throws BadLogin. */
export async function confirmPassword(context: Context, realm: string, user: User, password: string, address: string): Promise<void> {
  const found = await tryPassword(context, realm, { username: user.username, password, address })
  if (found.id !== user.id) throw BadLogin()
}

/** The code likewise. Throws BadCode. */
export async function confirmOwnCode(context: Context, realm: string, user: User, code: string, address: string): Promise<void> {
  await tryCode(context, realm, user, code, { address })
}

/** Attempts count for the account, by whichever of its names; where there is none for what was typed. */
async function tryPassword(context: Context, realm: string, { username, password, address }: LoginAttempt): Promise<User> {
  const typed = nameOf(username)
  const name = (await context.store.users.byLogin(realm, typed))?.user.username ?? typed
  const look = async () => {
    const found = await context.store.users.byLogin(realm, name)
    const matches = await checkPassword(password, found?.passwordHash)
    return matches && found?.user.enabled ? found.user : undefined
  }
  return attempted(context, realm, { name, address, via: 'password', look, refusal: () => BadLogin() })
}

async function tryCode(
  context: Context,
  realm: string,
  user: User,
  code: string,
  { address }: Pick<LoginAttempt, 'address'>,
): Promise<User> {
  const { secondFactors } = context.store
  const look = async () => {
    const secret = await secondFactors.secret(user.id)
    const step = secret && stepOfCode(secret, code)
    return step !== undefined && (await secondFactors.spend(user.id, step)) ? user : undefined
  }
  return attempted(context, realm, { name: user.username, address, via: 'code', look, refusal: () => BadCode() })
}

const nameOf = (username: string) => username.trim().toLowerCase().slice(0, 255)

/** Guesses at one name that come at once are looked at one by one, or none would know of the others. */
function attempted(context: Context, realm: string, proof: Proof): Promise<User> {
  return inTurn(`${realm} ${proof.name}`, () => tryOnce(context, realm, proof))
}

async function tryOnce(
  { store, audit, log, metrics }: Context,
  realm: string,
  { name, address, via, look, refusal }: Proof,
): Promise<User> {
  const waiting = await store.failures.wait(realm, name, address)
  const user = waiting > 0 ? undefined : await look()
  if (user) return user
  if (waiting <= 0) await store.failures.record(realm, name, address)
  metrics.login(realm, waiting > 0 ? 'delayed' : 'refused')
  log.warn({ realm, user: name, address, via, delayed: waiting > 0 }, 'login refused')
  const wrong = via === 'password' ? 'name and password do not match' : 'the code is not the one of now'
  const reason = waiting > 0 ? 'too soon after attempts that failed' : wrong
  audit.note(auditEvent({ who: { sub: name, via, roles: [] }, what: signIn(realm), outcome: 'denied', reason, address }))
  throw refusal()
}

async function accept(
  { store, audit, log, metrics }: Context,
  realm: string,
  user: User,
  { address }: Pick<LoginAttempt, 'address'>,
  via: 'password' | 'code',
): Promise<User> {
  const { username: sub, realmRoles: roles } = user
  await audit.record(auditEvent({ who: { sub, via, roles }, what: signIn(realm), outcome: 'allowed', address }))
  await store.failures.forget(realm, sub, address)
  metrics.login(realm, 'accepted')
  log.info({ realm, user: sub, address }, 'login')
  return user
}

const signIn = (realm: string) => ({ part: 'identity', action: 'login', kind: 'realm', path: [realm] })
