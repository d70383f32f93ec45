// The account page of a realm: for the person of the browser's session, and nobody else. Forms carry a mark of that session.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { auditEvent } from '#kit/audit'
import { AkkoError } from '#kit/errors'
import { addressOf } from '#kit/forwarded'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { BadCode, BadLogin, FactorSet, FactorStays, PasswordRefused, RealmUnknown } from '#parts/identity/errors'
import { assertFormToken, assertOwnOrigin, formToken, readForm, seal, unseal } from '#parts/identity/handlers/forms'
import { confirmOwnCode, confirmPassword } from '#parts/identity/log-in'
import { renderAccount } from '#parts/identity/pages/account'
import { sendPage } from '#parts/identity/pages/layout'
import { newPasswordIn } from '#parts/identity/pages/password'
import { renderEnrol } from '#parts/identity/pages/totp'
import { describePolicy, setPassword } from '#parts/identity/password-policy'
import { ACCOUNT_PAGE_CLIENT } from '#parts/identity/provider/account-page'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { shownFactor } from '#parts/identity/provider/prompts'
import { requestOrigin } from '#parts/identity/request-origin'
import { lacksFactor, mustAct } from '#parts/identity/required-actions'
import type { User } from '#parts/identity/store/users'
import { newTotpSecret, stepOfCode, totpBytes } from '#parts/identity/totp'
import { OIDC_PATHS, realmIssuer } from '#wire/oidc/paths'

interface Visit {
  readonly context: Context
  readonly realm: RealmRuntime
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly user: User
  /** Of the browser. */
  readonly session: string
  /** The code was shown in it: it counts as one begun with the second factor. */
  readonly noteFactor: () => Promise<void>
}

const DONE: ReadonlyMap<string, string> = new Map([
  ['password', 'Your password is changed. Sessions that are open go on: end them below if you need to.'],
  ['totp-on', 'The second factor is on.'],
  ['totp-off', 'The second factor is off.'],
  ['end', 'Ended.'],
])

/** What the page says above its forms, in the error's own words. */
const PROBLEMS = [PasswordRefused, BadCode, FactorStays, FactorSet]

export async function showAccount(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const asked = new URLSearchParams(req.url?.split('?', 2)[1])
  const visit = await visitOf(context, realm, req, res)
  if (!visit) return toLogin(context, realm, req, res)
  // Back from the login, with a code that nobody needs.
  if (asked.has('code') || asked.has('error')) return redirect(res, pathOf(realm))
  if (asked.get('totp') === 'on' && !visit.user.totp) return enrolPage(visit, 200, newTotpSecret())
  await accountPage(visit, 200, { done: DONE.get(asked.get('done') ?? '') })
}

export async function changeAccount(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = await readForm(req)
  assertOwnOrigin(context, req)
  const visit = await visitOf(context, realm, req, res)
  if (!visit) return toLogin(context, realm, req, res)
  assertFormToken(realm, purposeOf(visit), form.get('form_token'))
  const what = form.get('do') ?? ''
  try {
    switch (what) {
      case 'password':
        return await changePassword(visit, form)
      case 'totp-on':
        return await turnOn(visit, form)
      case 'totp-off':
        return await turnOff(visit, form)
      case 'end':
        return await endSessions(visit, [form.get('session') ?? ''])
      case 'end-others': {
        const open = await context.store.sessions.list(realm.name, visit.user.id)
        return await endSessions(
          visit,
          open.map(({ uid }) => uid).filter((uid) => uid !== visit.session),
        )
      }
      default:
        return await accountPage(visit, 400, { problem: 'That cannot be done here.' })
    }
  } catch (error) {
    if (BadLogin.is(error))
      return accountPage(visit, error.status, { problem: 'That is not your password. After several attempts, wait a minute.' })
    if (PROBLEMS.some((problem) => problem.is(error)) && error instanceof AkkoError)
      return accountPage(visit, error.status, { problem: error.message })
    throw error
  }
}

async function visitOf(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<Visit | undefined> {
  // Who administers every realm has no page: what opens his account stands in the home's secrets.
  if (realm.name === MASTER_REALM) throw RealmUnknown({ realm: realm.name })
  const { provider } = realm
  const session = await provider.Session.get(provider.createContext(req, res))
  const user = session.accountId === undefined ? undefined : await context.store.users.get(realm.name, session.accountId)
  if (!user?.enabled || mustAct(context, realm.name, user) || (user.totp && !shownFactor(session.amr))) return undefined
  const noteFactor = async () => {
    session.amr = [...(session.amr ?? []), 'otp']
    await session.persist()
  }
  return { context, realm, req, res, user, session: session.uid, noteFactor }
}

async function changePassword(visit: Visit, form: URLSearchParams): Promise<void> {
  const { context, realm, user } = visit
  const password = newPasswordIn(form)
  if (password === undefined) return accountPage(visit, 400, { problem: 'The two passwords differ.' })
  await confirm(visit, form)
  await record(visit, 'password')
  await setPassword(context.store, realm.passwords, user, password)
  finish(visit, 'password')
}

async function turnOn(visit: Visit, form: URLSearchParams): Promise<void> {
  const { context, realm, user } = visit
  if (user.totp) throw FactorSet()
  const { secret } = unseal<{ secret: string }>(realm, `${purposeOf(visit)} enrolment`, form.get('enrol') ?? '')
  try {
    await confirm(visit, form)
  } catch (error) {
    if (!BadLogin.is(error)) throw error
    return enrolPage(visit, error.status, secret, 'That is not your password.')
  }
  const step = stepOfCode(totpBytes(secret), form.get('otp') ?? '')
  if (step === undefined) return enrolPage(visit, 400, secret, 'That is not the code of now. Check the clock of the device.')
  await record(visit, 'second factor', 'on')
  await context.store.secondFactors.set(user.id, totpBytes(secret), step)
  await visit.noteFactor()
  await context.store.sessions.endOthers(realm.name, user.id, visit.session)
  context.ended()?.look()
  finish(visit, 'totp-on')
}

async function turnOff(visit: Visit, form: URLSearchParams): Promise<void> {
  const { context, realm, user, req } = visit
  if (lacksFactor(context, realm.name, { ...user, totp: false })) throw FactorStays()
  await confirm(visit, form)
  await confirmOwnCode(context, realm.name, user, form.get('otp') ?? '', addressOf(req) ?? 'unknown')
  await record(visit, 'second factor', 'off')
  await context.store.secondFactors.remove(user.id)
  finish(visit, 'totp-off')
}

async function endSessions(visit: Visit, uids: readonly string[]): Promise<void> {
  const { context, realm, user } = visit
  for (const uid of uids) await context.store.sessions.end(realm.name, user.id, uid)
  context.ended()?.look()
  finish(visit, 'end')
}

const confirm = ({ context, realm, user, req }: Visit, form: URLSearchParams) =>
  confirmPassword(context, realm.name, user, form.get('password') ?? '', addressOf(req) ?? 'unknown')

async function record({ context, user, req }: Visit, of: string, reason?: string): Promise<void> {
  const address = addressOf(req)
  const who = { sub: user.username, via: 'session', roles: user.realmRoles }
  const what = { part: 'identity', action: 'write', kind: 'user', path: [user.username, of] }
  await context.audit.record(auditEvent({ who, what, outcome: 'allowed', ...(reason ? { reason } : {}), ...(address ? { address } : {}) }))
}

const pathOf = (realm: RealmRuntime) => `/realms/${realm.name}${OIDC_PATHS.account}`
const purposeOf = ({ session, user }: Visit) => `account ${session} ${user.id}`

async function accountPage(
  visit: Visit,
  status: number,
  { problem, done }: { problem?: string; done?: string | undefined },
): Promise<void> {
  const { context, realm, res, user, session } = visit
  const [totpSince, sessions] = [await context.store.secondFactors.since(user.id), await context.store.sessions.list(realm.name, user.id)]
  const page = {
    ...{ action: pathOf(realm), formToken: formToken(realm, purposeOf(visit)), user, sessions, current: session },
    ...{ rules: describePolicy(realm.passwords), totpRequired: lacksFactor(context, realm.name, { ...user, totp: false }) },
    ...(totpSince === undefined ? {} : { totpSince }),
    ...(problem === undefined ? {} : { problem }),
    ...(done === undefined ? {} : { done }),
  }
  sendPage(res, status, renderAccount({ brand: context.brand, realm: realm.name }, page))
}

function enrolPage(visit: Visit, status: number, secret: string, problem?: string): void {
  const { context, realm, res, user } = visit
  const enrol = seal(realm, `${purposeOf(visit)} enrolment`, { secret })
  const hidden = { form_token: formToken(realm, purposeOf(visit)), do: 'totp-on', enrol }
  const page = { action: pathOf(realm), hidden, username: user.username, secret, asksPassword: true }
  sendPage(
    res,
    status,
    renderEnrol({ brand: context.brand, realm: realm.name }, { ...page, ...(problem === undefined ? {} : { problem }) }),
  )
}

const finish = ({ realm, res }: Visit, what: string) => redirect(res, `${pathOf(realm)}?done=${what}`)

function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { location, 'cache-control': 'no-store', 'content-length': 0 }).end()
}

/** With a challenge of which nobody keeps the answer: the code opens nothing. */
function toLogin({ origin, origins }: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): void {
  const seen = requestOrigin(req)
  const issuer = realmIssuer(origins.includes(seen) ? seen : origin, realm.name)
  const asked = new URLSearchParams({
    ...{ client_id: ACCOUNT_PAGE_CLIENT, response_type: 'code', scope: 'openid', redirect_uri: `${issuer}${OIDC_PATHS.account}` },
    ...{ code_challenge_method: 'S256', code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url') },
  })
  redirect(res, `${issuer}${OIDC_PATHS.authorization}?${asked}`)
}
