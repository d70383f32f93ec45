// RP-initiated logout: at once when the application proves whose session it is (id_token_hint), else after a question.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Store } from '#parts/identity/store/index'

interface LogoutState {
  readonly secret: string
  readonly clientId?: string
  readonly state?: string
  readonly postLogoutRedirectUri?: string
}

export function logoutState(ctx: KoaContextWithOIDC): LogoutState {
  return (ctx.oidc.session?.state ?? { secret: '' }) as unknown as LogoutState
}

/** True when the id token that was shown is of the person whose session this is. */
export function hintMatchesSession(ctx: KoaContextWithOIDC): boolean {
  const hint = ctx.oidc.entities.IdTokenHint as { payload?: { sub?: string } } | undefined
  return hint?.payload?.sub !== undefined && hint.payload.sub === ctx.oidc.session?.accountId
}

/** Ends the single sign-on of this browser: every client's grant, then the session and its cookie. */
export async function endSession(ctx: KoaContextWithOIDC, store: Store, realm: string): Promise<void> {
  const { session, provider } = ctx.oidc
  if (!session) return
  for (const clientId of Object.keys(session.authorizations ?? {})) {
    const grantId = session.grantIdFor(clientId)
    if (grantId && !session.authorizationFor(clientId).persistsLogout) await store.revokeGrant(realm, grantId)
  }
  await session.destroy()
  ctx.cookies.set(provider.cookieName('session'), null, { path: `/realms/${realm}/`, signed: true })
}

/** Where the browser goes afterwards: the application's registered URI, else our own page. */
export function afterLogout(ctx: KoaContextWithOIDC, { postLogoutRedirectUri, state }: LogoutState): string {
  if (!postLogoutRedirectUri) return ctx.oidc.urlFor('end_session_success')
  const uri = new URL(postLogoutRedirectUri)
  if (state !== undefined) uri.searchParams.set('state', state)
  return uri.href
}
