// The second factor: the code that is asked for at a login, and the page on which an app is set up.
import { type Html, html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'
import { qrPath, totpUri } from '#parts/identity/totp'

export interface CodePage {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  readonly problem?: string
}

export function renderCode(frame: PageFrame, page: CodePage): string {
  return renderPage(
    frame,
    'Enter your code',
    html`<p class="lead">Your authenticator app shows it. If you have the app no more, an administrator lets you in without it.</p>
${noticeOf(page.problem)}
<form method="post" action="${page.action}">
${hiddenOf(page.hidden)}
${codeField(page.problem !== undefined)}
<button type="submit">Sign in</button>
</form>`,
  )
}

export interface EnrolPage extends CodePage {
  readonly username: string
  /** Base32; sealed in a hidden field too. */
  readonly secret: string
  /** Who is logged in shows that it is he. */
  readonly asksPassword?: boolean
}

export function renderEnrol(frame: PageFrame, page: EnrolPage): string {
  const uri = totpUri(page.secret, frame.brand.name, page.username)
  const { size, path } = qrPath(uri)
  return renderPage(
    frame,
    'Set up a second factor',
    html`<p class="lead">Scan this with an authenticator app, or type the key into it. Then enter the code that it shows.</p>
${noticeOf(page.problem)}
<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code of the key"><path class="quiet" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>
<p class="key">${page.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</p>
<form method="post" action="${page.action}">
${hiddenOf(page.hidden)}
${page.asksPassword && passwordField()}
${codeField(page.problem !== undefined)}
<button type="submit">Turn it on</button>
</form>`,
  )
}

export const noticeOf = (problem: string | undefined): Html | false =>
  problem !== undefined && html`<p class="notice" role="alert" id="problem">${problem}</p>`

export const hiddenOf = (hidden: Readonly<Record<string, string>>): Html[] =>
  Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

export const passwordField = (id = 'password'): Html => html`<div class="field">
<label for="${id}">Your password</label>
<input type="password" id="${id}" name="password" autocomplete="current-password" required>
</div>`

export const codeField = (bad: boolean, id = 'otp'): Html => html`<div class="field">
<label for="${id}">Code</label>
<input class="code" type="text" id="${id}" name="otp" inputmode="numeric" pattern="[0-9 ]*" autocomplete="one-time-code" required ${id === 'otp' && html`autofocus`} ${bad && html`aria-invalid="true" aria-describedby="problem"`}>
</div>`
