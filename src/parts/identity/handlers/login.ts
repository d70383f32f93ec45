// The pages of one authorization request, login and consent: shows the form, checks it, hands the answer back to the provider.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionResults } from 'oidc-provider'
import { addressOf } from '#kit/forwarded'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { BadLogin, LoginExpired } from '#parts/identity/errors'
import { assertFormToken, assertOwnOrigin, formToken, readForm } from '#parts/identity/handlers/forms'
import { firstStep, nextStep, type StepOutcome } from '#parts/identity/handlers/login-steps'
import { logIn } from '#parts/identity/log-in'
import { renderConsent } from '#parts/identity/pages/consent'
import { sendPage } from '#parts/identity/pages/layout'
import { type LoginPage, renderLogin } from '#parts/identity/pages/login'
import { NATIVE_CLIENT } from '#parts/identity/provider/prompts'
import { OIDC_PATHS } from '#wire/oidc/paths'

type Interaction = Awaited<ReturnType<RealmRuntime['provider']['interactionDetails']>>

export async function showLogin(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const interaction = await findInteraction(realm, req, res)
  if (interaction.prompt.name !== 'login') return askConsent(context, realm, interaction, req, res)
  sendPage(res, 200, renderLogin({ brand: context.brand, realm: realm.name }, await loginPage(realm, interaction)))
}

export async function submitLogin(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const interaction = await findInteraction(realm, req, res)
  const form = await readForm(req)
  assertOwnOrigin(context, req)
  assertFormToken(realm, purposeOf(interaction), form.get('form_token'))
  if (interaction.prompt.name !== 'login') return answerConsent(realm, interaction, req, res, !form.has('cancel'))
  const address = addressOf(req) ?? 'unknown'
  const step = form.get('step')
  const username = form.get('username') ?? ''
  let outcome: StepOutcome
  try {
    const place = { context, realm, action: actionOf(realm, interaction), interaction: interaction.uid }
    const at = { ...place, token: formToken(realm, purposeOf(interaction)), address, session: sessionOf(interaction) }
    outcome =
      step === null
        ? await firstStep(at, await logIn(context, realm.name, { username, password: form.get('password') ?? '', address }))
        : await nextStep(at, step, form)
  } catch (error) {
    if (!BadLogin.is(error)) throw error
    const page = { ...(await loginPage(realm, interaction)), username, problem: error.message }
    return sendPage(res, error.status, renderLogin({ brand: context.brand, realm: realm.name }, page))
  }
  if ('page' in outcome) return sendPage(res, outcome.status, outcome.page)
  const login = { accountId: outcome.userId, amr: [...outcome.amr] }
  await finish(realm, req, res, { login }, false)
}

/** The platform's own clients need no question, but for programs on the person's machine: a link must not hand a code to one that he did not start. */
async function askConsent(
  context: Context,
  realm: RealmRuntime,
  interaction: Interaction,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (!interaction.prompt.reasons.includes(NATIVE_CLIENT)) return answerConsent(realm, interaction, req, res, true)
  const { action, formToken, client } = await loginPage(realm, interaction)
  const user = await context.store.users.get(realm.name, interaction.session?.accountId ?? '')
  const listener = URL.parse(String(interaction.params.redirect_uri))?.host ?? ''
  sendPage(
    res,
    200,
    renderConsent({ brand: context.brand, realm: realm.name }, { action, formToken, client, user: user?.username ?? '', listener }),
  )
}

async function answerConsent(
  realm: RealmRuntime,
  interaction: Interaction,
  req: IncomingMessage,
  res: ServerResponse,
  allowed: boolean,
): Promise<void> {
  const answer = allowed
    ? { consent: interaction.grantId ? { grantId: interaction.grantId } : {} }
    : { error: 'access_denied', error_description: 'the person did not allow it' }
  await finish(realm, req, res, answer, allowed)
}

async function findInteraction(realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<Interaction> {
  const interaction = await realm.provider.interactionDetails(req, res).catch(expired)
  if (!req.url?.endsWith(`/${interaction.uid}`)) throw LoginExpired()
  return interaction
}

/** Another click on the same page may have come first. */
async function finish(
  { provider }: RealmRuntime,
  req: IncomingMessage,
  res: ServerResponse,
  result: InteractionResults,
  mergeWithLastSubmission: boolean,
): Promise<void> {
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission }).catch(expired)
}

function expired(error: unknown): never {
  throw (error as Error)?.name === 'SessionNotFound' ? LoginExpired({}, error) : error
}

const sessionOf = ({ session }: Interaction) => (session as { readonly uid?: string } | undefined)?.uid

async function loginPage(realm: RealmRuntime, interaction: Interaction): Promise<LoginPage> {
  const client = await realm.provider.Client.find(String(interaction.params.client_id))
  const hint = interaction.params.login_hint
  return {
    action: actionOf(realm, interaction),
    formToken: formToken(realm, purposeOf(interaction)),
    client: client?.clientName ?? client?.clientId ?? 'the application',
    ...(typeof hint === 'string' ? { username: hint } : {}),
  }
}

const actionOf = (realm: RealmRuntime, { uid }: Interaction) => `/realms/${realm.name}${OIDC_PATHS.login}/${uid}`

/** Ties the form to this interaction. */
const purposeOf = ({ uid }: Interaction) => `login form ${uid}`
