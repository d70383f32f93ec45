// The sign-in page.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'

export interface LoginPage {
  /** Where the form posts to. */
  readonly action: string
  readonly formToken: string
  /** Name of the application that asked. */
  readonly client: string
  readonly username?: string
  /** What was wrong with the last attempt. */
  readonly problem?: string
}

export function renderLogin(frame: PageFrame, page: LoginPage): string {
  const bad = page.problem !== undefined
  return renderPage(
    frame,
    'Sign in',
    html`<p class="lead">to continue to ${page.client}</p>
${bad && html`<p class="notice" role="alert" id="problem">${page.problem}</p>`}
<form method="post" action="${page.action}">
<input type="hidden" name="form_token" value="${page.formToken}">
<div class="field">
<label for="username">Username or email</label>
<input type="text" id="username" name="username" value="${page.username ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required ${bad ? html`aria-invalid="true" aria-describedby="problem"` : html`autofocus`}>
</div>
<div class="field">
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required ${bad && html`aria-invalid="true" aria-describedby="problem" autofocus`}>
</div>
<button type="submit">Sign in</button>
</form>`,
  )
}
