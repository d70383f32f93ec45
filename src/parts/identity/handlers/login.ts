// The pages of one authorization request, login and consent: shows the form, checks it, hands the answer back to the provider.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readText } from '#kit/body'
import { addressOf } from '#kit/forwarded'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { BadLogin, ForeignForm, LoginExpired } from '#parts/identity/errors'
import { logIn } from '#parts/identity/log-in'
import { renderConsent } from '#parts/identity/pages/consent'
import { sendPage } from '#parts/identity/pages/layout'
import { type LoginPage, renderLogin } from '#parts/identity/pages/login'
import { NATIVE_CLIENT } from '#parts/identity/provider/prompts'
import { requestOrigin } from '#parts/identity/request-origin'
import { OIDC_PATHS } from '#wire/oidc/paths'

type Interaction = Awaited<ReturnType<RealmRuntime['provider']['interactionDetails']>>

export async function showLogin(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const interaction = await findInteraction(realm, req, res)
  if (interaction.prompt.name !== 'login') return askConsent(context, realm, interaction, req, res)
  sendPage(res, 200, renderLogin({ brand: context.brand, realm: realm.name }, await loginPage(realm, interaction)))
}

export async function submitLogin(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const interaction = await findInteraction(realm, req, res)
  const form = new URLSearchParams(await readText(req, 16 * 1024))
  assertOwnForm(context, realm, interaction, req, form.get('form_token') ?? '')
  if (interaction.prompt.name !== 'login') return answerConsent(realm, interaction, req, res, !form.has('cancel'))
  const username = form.get('username') ?? ''
  try {
    const user = await logIn(context, realm.name, { username, password: form.get('password') ?? '', address: addressOf(req) ?? 'unknown' })
    await realm.provider.interactionFinished(req, res, { login: { accountId: user.id, amr: ['pwd'] } }, { mergeWithLastSubmission: false })
  } catch (error) {
    if (!BadLogin.is(error)) throw error
    const page = { ...(await loginPage(realm, interaction)), username, problem: error.message }
    sendPage(res, error.status, renderLogin({ brand: context.brand, realm: realm.name }, page))
  }
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
  await realm.provider.interactionFinished(req, res, answer, { mergeWithLastSubmission: allowed })
}

async function findInteraction(realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<Interaction> {
  const interaction = await realm.provider.interactionDetails(req, res).catch((error: unknown) => {
    throw (error as Error)?.name === 'SessionNotFound' ? LoginExpired({}, error) : error
  })
  if (!req.url?.endsWith(`/${interaction.uid}`)) throw LoginExpired()
  return interaction
}

async function loginPage(realm: RealmRuntime, interaction: Interaction): Promise<LoginPage> {
  const client = await realm.provider.Client.find(String(interaction.params.client_id))
  const hint = interaction.params.login_hint
  return {
    action: `/realms/${realm.name}${OIDC_PATHS.login}/${interaction.uid}`,
    formToken: formToken(realm, interaction),
    client: client?.clientName ?? client?.clientId ?? 'the application',
    ...(typeof hint === 'string' ? { username: hint } : {}),
  }
}

/** Ties the form to this interaction; only who saw the page knows it. */
function formToken(realm: RealmRuntime, interaction: Interaction): string {
  return createHmac('sha256', realm.formKey).update(`login form ${interaction.uid}`).digest('base64url')
}

function assertOwnForm({ origins }: Context, realm: RealmRuntime, interaction: Interaction, req: IncomingMessage, token: string): void {
  const origin = req.headers.origin
  if (origin !== undefined && origin !== 'null' && !origins.includes(origin) && origin !== requestOrigin(req)) throw ForeignForm()
  const expected = Buffer.from(formToken(realm, interaction))
  const given = Buffer.from(token)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw ForeignForm()
}
