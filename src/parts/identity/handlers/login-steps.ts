// What comes between a password that was right and the way back to the application: a page for each thing that the account must do first.
import { createHash } from 'node:crypto'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { LoginExpired, PasswordRefused } from '#parts/identity/errors'
import { seal, unseal } from '#parts/identity/handlers/forms'
import { newPasswordIn, renderPassword } from '#parts/identity/pages/password'
import { describePolicy, setPassword } from '#parts/identity/password-policy'
import { checkPassword } from '#parts/identity/passwords'
import type { User } from '#parts/identity/store/users'

/** Where a login stands. */
export interface StepPlace {
  readonly context: Context
  readonly realm: RealmRuntime
  /** Where the forms post to. */
  readonly action: string
  /** Of the provider: what was shown counts for it alone. */
  readonly interaction: string
  readonly token: string
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
  if (user.requiredActions.includes('UPDATE_PASSWORD')) return updatePassword(at, user, amr, form)
  return proceed(at, user, amr)
}

async function proceed(at: StepPlace, user: User, amr: readonly string[]): Promise<StepOutcome> {
  if (user.requiredActions.includes('UPDATE_PASSWORD')) return passwordPage(at, user, amr, 200)
  return { userId: user.id, amr }
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
