// Pages that only say something: errors, signing out, signed out.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'

export interface ErrorPage {
  /** What happened, for a person. */
  readonly what: string
  /** What to do next. */
  readonly hint: string
  /** The protocol's error code. */
  readonly code: string
  readonly requestId: string
}

export function renderErrorPage(frame: PageFrame, page: ErrorPage): string {
  return renderPage(
    frame,
    'Sign-on did not work',
    html`<p class="notice" role="alert">${page.what}</p>
<p>${page.hint}</p>
<dl class="facts"><div><dt>Code</dt><dd>${page.code}</dd></div><div><dt>Request</dt><dd>${page.requestId}</dd></div></dl>`,
  )
}

export function renderLogout(frame: PageFrame, action: string, xsrf: string): string {
  return renderPage(
    frame,
    'Sign out?',
    html`<p class="lead">This signs you out of every application of ${frame.brand.name} in this browser.</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button type="submit" name="logout" value="yes" autofocus>Sign out</button>
</form>`,
  )
}

export function renderLoggedOut(frame: PageFrame): string {
  return renderPage(frame, 'You are signed out', html`<p>You can close this page, or open an application to sign in again.</p>`)
}

/** One sentence, such as that something is done. */
export function renderNotice(frame: PageFrame, title: string, text: string): string {
  return renderPage(frame, title, html`<p>${text}</p>`)
}

export function renderHome(frame: PageFrame): string {
  return renderPage(frame, 'Single sign-on', html`<p>Open an application; it brings you here when it needs to know who you are.</p>`)
}
