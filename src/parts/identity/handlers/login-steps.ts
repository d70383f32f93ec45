// What comes between a password that was right and the way back to the application: a page for each thing that the account must do first.
import { createHash } from 'node:crypto'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { BadCode, LoginExpired, PasswordRefused } from '#parts/identity/errors'
import { seal, unseal } from '#parts/identity/handlers/forms'
import { confirmCode } from '#parts/identity/log-in'
import { newPasswordIn, renderPassword } from '#parts/identity/pages/password'
import { renderCode, renderEnrol } from '#parts/identity/pages/totp'
import { describePolicy, setPassword } from '#parts/identity/password-policy'
import { checkPassword } from '#parts/identity/passwords'
import { lacksFactor } from '#parts/identity/required-actions'
import type { User } from '#parts/identity/store/users'
import { newTotpSecret, stepOfCode, totpBytes } from '#parts/identity/totp'

/** Where a login stands. */
export interface StepPlace {
  readonly context: Context
  readonly realm: RealmRuntime
  /** Where the forms post to. */
  readonly action: string
  /** Of the provider: what was shown counts for it alone. */
  readonly interaction: string
  readonly token: string
  /** From where. */
  readonly address: string
  /** That this browser has open already. */
  readonly session?: string | undefined
}

/** A page to answer, or who is let in. */
export type StepOutcome = { readonly status: number; readonly page: string } | { readonly userId: string; readonly amr: readonly string[] }

/** What the person has shown so far; RFC 8176's names. Good for as long as the account and its password are what they were. */
interface Shown {
  readonly user: string
  readonly state: string
  readonly amr: readonly string[]
}

const purpose = ({ interaction }: StepPlace) => `login step ${interaction}`

export function firstStep(at: StepPlace, user: User): Promise<StepOutcome> {
  return proceed(at, user, ['pwd'])
}

/** @throws LoginExpired where the account has changed in the meantime */
export async function nextStep(at: StepPlace, sealed: string, form: URLSearchParams): Promise<StepOutcome> {
  const { user: id, state, amr } = unseal<Shown>(at.realm, purpose(at), sealed)
  const user = await at.context.store.users.get(at.realm.name, id)
  if (!user?.enabled || (await stateOf(at, user)) !== state) throw LoginExpired()
  switch (due(at, user, amr)) {
    case 'code':
      return takeCode(at, user, amr, form)
    case 'password':
      return updatePassword(at, user, amr, form)
    case 'enrol':
      return enrol(at, user, amr, form)
    default:
      return proceed(at, user, amr)
  }
}

/** What the account must do next, from what it is now. */
function due({ context, realm }: StepPlace, user: User, amr: readonly string[]): 'code' | 'password' | 'enrol' | undefined {
  if (user.totp && !amr.includes('otp')) return 'code'
  if (user.requiredActions.includes('UPDATE_PASSWORD')) return 'password'
  if (user.requiredActions.includes('CONFIGURE_TOTP') || lacksFactor(context, realm.name, user)) return 'enrol'
  return undefined
}

async function proceed(at: StepPlace, user: User, amr: readonly string[]): Promise<StepOutcome> {
  switch (due(at, user, amr)) {
    case 'code':
      return { status: 200, page: renderCode(frameOf(at), { action: at.action, hidden: await hidden(at, user, amr) }) }
    case 'password':
      return passwordPage(at, user, amr, 200)
    case 'enrol':
      return enrolPage(at, user, amr, 200, newTotpSecret())
    default:
      return { userId: user.id, amr }
  }
}

async function takeCode(at: StepPlace, user: User, amr: readonly string[], form: URLSearchParams): Promise<StepOutcome> {
  try {
    await confirmCode(at.context, at.realm.name, user, form.get('otp') ?? '', { address: at.address })
  } catch (error) {
    if (!BadCode.is(error)) throw error
    const page = { action: at.action, hidden: await hidden(at, user, amr), problem: error.message }
    return { status: error.status, page: renderCode(frameOf(at), page) }
  }
  return proceed(at, user, [...amr, 'otp'])
}

async function enrol(at: StepPlace, user: User, amr: readonly string[], form: URLSearchParams): Promise<StepOutcome> {
  const { secret } = unseal<{ secret: string }>(at.realm, enrolment(at, user), form.get('enrol') ?? '')
  const step = stepOfCode(totpBytes(secret), form.get('otp') ?? '')
  if (step === undefined) return enrolPage(at, user, amr, 400, secret, 'That is not the code of now. Check the clock of the device.')
  await at.context.store.secondFactors.set(user.id, totpBytes(secret), step)
  await at.context.store.sessions.endOthers(at.realm.name, user.id, at.session)
  at.context.ended()?.look()
  at.context.log.info({ realm: at.realm.name, user: user.username }, 'second factor set up at login')
  return proceed(at, (await at.context.store.users.get(at.realm.name, user.id)) as User, [...amr, 'otp'])
}

const enrolment = (at: StepPlace, user: User) => `${purpose(at)} enrolment ${user.id}`
const frameOf = ({ context, realm }: StepPlace) => ({ brand: context.brand, realm: realm.name })

async function enrolPage(
  at: StepPlace,
  user: User,
  amr: readonly string[],
  status: number,
  secret: string,
  problem?: string,
): Promise<StepOutcome> {
  const sealed = { enrol: seal(at.realm, enrolment(at, user), { secret }) }
  const page = {
    ...{ action: at.action, hidden: { ...(await hidden(at, user, amr)), ...sealed }, username: user.username, secret },
    ...(problem === undefined ? {} : { problem }),
  }
  return { status, page: renderEnrol(frameOf(at), page) }
}

async function updatePassword(at: StepPlace, user: User, amr: readonly string[], form: URLSearchParams): Promise<StepOutcome> {
  const { store, log } = at.context
  const password = newPasswordIn(form)
  if (password === undefined) return passwordPage(at, user, amr, 400, 'The two passwords differ.')
  const [current] = await store.passwords.hashes(user.id, 1)
  if (await checkPassword(password, current))
    return passwordPage(at, user, amr, 400, 'Choose another password than the one you were given.')
  try {
    await setPassword(store, at.realm.passwords, user, password)
  } catch (error) {
    if (!PasswordRefused.is(error)) throw error
    return passwordPage(at, user, amr, error.status, error.message)
  }
  log.info({ realm: at.realm.name, user: user.username }, 'password changed at login')
  return proceed(at, (await store.users.get(at.realm.name, user.id)) as User, amr)
}

async function passwordPage(at: StepPlace, user: User, amr: readonly string[], status: number, problem?: string): Promise<StepOutcome> {
  const { context, realm } = at
  const page = {
    ...{ action: at.action, hidden: await hidden(at, user, amr), username: user.username },
    lead: 'Your password was given to you by somebody else. Choose one of your own to go on.',
    rules: describePolicy(realm.passwords),
    ...(problem === undefined ? {} : { problem }),
  }
  return { status, page: renderPassword({ brand: context.brand, realm: realm.name }, page) }
}

async function hidden(at: StepPlace, user: User, amr: readonly string[]): Promise<Record<string, string>> {
  const shown: Shown = { user: user.id, state: await stateOf(at, user), amr }
  return { form_token: at.token, step: seal(at.realm, purpose(at), shown) }
}

/** Changes with the password, and whenever rights were taken away. */
async function stateOf({ context }: StepPlace, user: User): Promise<string> {
  const [hash = ''] = await context.store.passwords.hashes(user.id, 1)
  return createHash('sha256').update(`${user.tokenVersion} ${hash}`).digest('base64url')
}
