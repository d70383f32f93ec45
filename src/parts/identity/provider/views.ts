// What the provider shows to people, in our pages, and the few responses of it that are put right on their way out.

import type { KoaContextWithOIDC, OIDCContext } from 'oidc-provider'
import { own } from '#kit/own'
import { requestId } from '#kit/trace'
import type { Context } from '#parts/identity/context'
import { renderDeviceCode, renderDeviceConfirm, renderDeviceDone } from '#parts/identity/pages/device'
import { PAGE_HEADERS, PAGE_POLICY, type PageFrame } from '#parts/identity/pages/layout'
import { renderErrorPage, renderLoggedOut, renderLogout } from '#parts/identity/pages/messages'
import { afterLogout, endSession, hintMatchesSession, logoutState } from '#parts/identity/provider/logout'

type Ctx = KoaContextWithOIDC

function show(ctx: Ctx, page: string): void {
  ctx.set(PAGE_HEADERS as Record<string, string>)
  ctx.body = page
}

const frame = (context: Context, realm: string): PageFrame => ({ brand: context.brand, realm })

export function logoutPages(context: Context, realm: string) {
  return {
    logoutSource: async (ctx: Ctx) => {
      if (hintMatchesSession(ctx)) {
        const target = afterLogout(ctx, logoutState(ctx))
        await endSession(ctx, context.store, realm)
        ctx.status = 303
        ctx.redirect(target)
        return
      }
      show(ctx, renderLogout(frame(context, realm), ctx.oidc.urlFor('end_session_confirm'), logoutState(ctx).secret))
    },
    postLogoutSuccessSource: async (ctx: Ctx) => show(ctx, renderLoggedOut(frame(context, realm))),
  }
}

const CODE_PROBLEMS: Readonly<Record<string, string>> = {
  NotFoundError: 'There is no such code. Check what your device shows.',
  ExpiredError: 'That code has expired. Ask your device for a new one.',
  AlreadyUsedError: 'That code was used already. Ask your device for a new one.',
  AbortedError: 'The device was not connected.',
  NoCodeError: 'Type the code first.',
}

export function devicePages(context: Context, realm: string) {
  const codePage = (ctx: Ctx, code?: string, problem?: string) =>
    renderDeviceCode(frame(context, realm), {
      action: ctx.oidc.urlFor('code_verification'),
      xsrf: logoutState(ctx).secret,
      ...(code ? { code } : {}),
      ...(problem ? { problem } : {}),
    })
  return {
    charset: 'base-20' as const,
    mask: '****-****',
    codePage,
    userCodeInputSource: async (ctx: Ctx, _form: string, _out?: unknown, error?: Error & { userCode?: string }) => {
      if (error && isUnknown(ctx.oidc.session)) return renderError(context, realm)(ctx, { error: 'session_not_found' })
      const problem = error && (own(CODE_PROBLEMS, error.name) ?? 'That did not work. Ask your device for a new code.')
      show(ctx, codePage(ctx, error?.userCode, problem))
    },
    userCodeConfirmSource: async (ctx: Ctx, _form: string, client: { clientName?: string; clientId: string }, info: object, code: string) =>
      show(
        ctx,
        renderDeviceConfirm(frame(context, realm), {
          action: ctx.oidc.urlFor('code_verification'),
          xsrf: logoutState(ctx).secret,
          code,
          client: client.clientName ?? client.clientId,
          facts: deviceFacts(info as { ip?: string; ua?: string }),
        }),
      ),
    successSource: async (ctx: Ctx) =>
      show(ctx, renderDeviceDone(frame(context, realm), ctx.oidc.client?.clientName ?? ctx.oidc.client?.clientId ?? 'The device')),
  }
}

/** Of a browser that was shown no page: nothing of it is kept, and a page would have no mark. The provider fails when it is to keep it. */
function isUnknown(session: OIDCContext['session']): boolean {
  if (session?.exp !== undefined) return false
  if (session) Object.assign(session, { touched: false })
  return true
}

function deviceFacts({ ip, ua }: { ip?: string; ua?: string }): Record<string, string> {
  return { ...(ip ? { Address: ip } : {}), ...(ua ? { Program: ua } : {}) }
}

const ERROR_TEXTS: Readonly<Record<string, string>> = {
  invalid_client: 'The application that sent you here is not known to this platform.',
  invalid_redirect_uri: 'The application asked to be called back at an address that is not registered for it.',
  invalid_request: 'The application sent a request that cannot be answered.',
  session_not_found: 'This sign-in has expired or was finished already.',
  server_error: 'Something failed on our side.',
}

export function renderError(context: Context, realm: string) {
  return async (ctx: Ctx, out: { error: string; error_description?: string }) => {
    const text = own(ERROR_TEXTS, out.error) ?? 'The request could not be answered.'
    show(
      ctx,
      renderErrorPage(frame(context, realm), {
        what: out.error_description && out.error !== 'server_error' ? `${text} (${out.error_description})` : text,
        hint:
          out.error === 'server_error'
            ? 'Try again; if it happens again, give the request id to the operator.'
            : 'Go back to the application and start again; if it happens again, tell its operator.',
        code: out.error,
        requestId: requestId(),
      }),
    )
  }
}

/** Runs around every route of the provider. */
export function tidyResponse(context: Context, realm: string) {
  const { codePage } = devicePages(context, realm)
  return async (ctx: Ctx, next: () => Promise<void>) => {
    ctx.set('content-security-policy', `${PAGE_POLICY}; script-src 'none'`)
    await next()
    // The provider adds the hash of the one script it sends (a form that posts itself); 'none' may not stand beside it.
    const policy = ctx.response.get('content-security-policy')
    if (policy.includes("'none' 'sha256-")) ctx.set('content-security-policy', policy.replace("'none' 'sha256-", "'sha256-"))
    const oidc = ctx.oidc as OIDCContext | undefined
    if (!oidc || ctx.status !== 200) return
    if (oidc.route === 'token') completeTokenResponse(ctx)
    if (oidc.route === 'end_session' && !oidc.session?.accountId) {
      // Nobody is logged in: the provider would post a form to itself by script.
      const target = afterLogout(ctx, logoutState(ctx))
      ctx.status = 303
      ctx.redirect(target)
    }
    if (oidc.route === 'code_verification' && ctx.method === 'GET' && oidc.params?.user_code) {
      // The same: a code that came in the link is shown for confirmation by hand.
      show(ctx, codePage(ctx, String(oidc.params.user_code)))
    }
  }
}

/** Keycloak's extra members; kcadm.sh needs `refresh_expires_in`. */
function completeTokenResponse(ctx: Ctx): void {
  const refresh = ctx.oidc.entities.RefreshToken
  const body = ctx.body as Record<string, unknown>
  ctx.body = {
    ...body,
    ...(body.refresh_token && refresh ? { refresh_expires_in: refresh.remainingTTL } : { refresh_expires_in: 0 }),
    'not-before-policy': 0,
  }
}
