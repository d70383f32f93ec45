// What a person sees and changes of his own account.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'
import { codeField, hiddenOf, noticeOf, passwordField } from '#parts/identity/pages/totp'
import type { SeenSession } from '#parts/identity/store/sessions'
import type { User } from '#parts/identity/store/users'

export interface AccountPage {
  readonly action: string
  readonly formToken: string
  readonly user: User
  /** Milliseconds since 1970: since when there is a second factor. */
  readonly totpSince?: number
  /** He may not be without one. */
  readonly totpRequired: boolean
  readonly sessions: readonly SeenSession[]
  /** The one of this browser. */
  readonly current: string
  readonly rules: string
  readonly problem?: string
  /** What was just done. */
  readonly done?: string
}

export function renderAccount(frame: PageFrame, page: AccountPage): string {
  const { user } = page
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ')
  const form = (what: string) => hiddenOf({ form_token: page.formToken, do: what })
  return renderPage(
    frame,
    'Your account',
    html`<p class="lead">${user.username}</p>
${noticeOf(page.problem)}
${page.done !== undefined && html`<p class="notice done" role="status">${page.done}</p>`}
<dl class="facts"><div><dt>Name</dt><dd>${name || 'none'}</dd></div><div><dt>E-mail</dt><dd>${user.email ?? 'none'}</dd></div><div><dt>Roles</dt><dd>${user.realmRoles.join(', ') || 'none'}</dd></div></dl>
<h2>Password</h2>
<form method="post" action="${page.action}">
${form('password')}
${passwordField('password-old')}
<div class="field"><label for="password-new">New password</label><input type="password" id="password-new" name="password-new" autocomplete="new-password" required></div>
<div class="field"><label for="password-confirm">The same again</label><input type="password" id="password-confirm" name="password-confirm" autocomplete="new-password" required></div>
<p>${page.rules}</p>
<button type="submit">Change password</button>
</form>
<h2>Second factor</h2>
${
  page.totpSince === undefined
    ? html`<p>None: your password alone opens your account.</p><p><a class="button" href="${page.action}?totp=on">Set up an authenticator app</a></p>`
    : html`<p>An authenticator app, since ${moment(page.totpSince)}.</p>
${page.totpRequired ? html`<p>Your roles need it.</p>` : html`<form method="post" action="${page.action}">${form('totp-off')}${passwordField('password-off')}${codeField(false, 'otp-off')}<button class="quiet" type="submit">Turn it off</button></form>`}`
}
<h2>Sessions</h2>
<ul class="sessions">${page.sessions.map(
      (
        session,
      ) => html`<li><p>${browserOf(session.agent)}${session.address && html` at ${session.address}`}${session.uid === page.current && html`, this one`}</p>
<p class="when">Signed in ${moment(session.begun)}, last seen ${moment(session.lastSeen)}</p>
<form method="post" action="${page.action}">${form('end')}<input type="hidden" name="session" value="${session.uid}"><button class="quiet" type="submit">End</button></form></li>`,
    )}</ul>
<form method="post" action="${page.action}">${form('end-others')}<button class="quiet" type="submit">End all others</button></form>`,
  )
}

const moment = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`

const BROWSERS = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(Headless)?Chrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/\bWindows\b/, 'Windows'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bLinux\b/, 'Linux'],
] as const

/** What a browser says of itself, in words; else as it says it. */
export function browserOf(agent: string): string {
  const of = (names: readonly (readonly [RegExp, string])[]) => names.find(([sign]) => sign.test(agent))?.[1]
  const browser = of(BROWSERS)
  const system = of(SYSTEMS)
  if (browser === undefined) return agent.slice(0, 60) || 'An unknown browser'
  return system === undefined ? browser : `${browser} on ${system}`
}
