// The page on which a person chooses a password.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'

export interface PasswordPage {
  readonly action: string
  /** What the form sends along unseen. */
  readonly hidden: Readonly<Record<string, string>>
  readonly username: string
  readonly lead: string
  /** The rules, as sentences. */
  readonly rules: string
  /** What was wrong with the last attempt. */
  readonly problem?: string
}

export function renderPassword(frame: PageFrame, page: PasswordPage): string {
  const bad = page.problem !== undefined
  const wrong = bad && html`aria-invalid="true" aria-describedby="problem"`
  return renderPage(
    frame,
    'Set your password',
    html`<p class="lead">${page.lead}</p>
${bad && html`<p class="notice" role="alert" id="problem">${page.problem}</p>`}
<form method="post" action="${page.action}">
${Object.entries(page.hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<div class="field">
<label for="username">Username</label>
<input type="text" id="username" value="${page.username}" autocomplete="username" readonly>
</div>
<div class="field">
<label for="password-new">New password</label>
<input type="password" id="password-new" name="password-new" autocomplete="new-password" required autofocus ${wrong}>
</div>
<div class="field">
<label for="password-confirm">The same again</label>
<input type="password" id="password-confirm" name="password-confirm" autocomplete="new-password" required ${wrong}>
</div>
<p>${page.rules}</p>
<button type="submit">Set password</button>
</form>`,
  )
}

/** The new password of the form; undefined where the two differ. */
export function newPasswordIn(form: URLSearchParams): string | undefined {
  const password = form.get('password-new') ?? ''
  return password === form.get('password-confirm') ? password : undefined
}
