// The question before a program on the person's own machine is signed in: which program, and where it listens.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'

export interface ConsentPage {
  /** Where the form posts to. */
  readonly action: string
  readonly formToken: string
  /** Name of the program that asked. */
  readonly client: string
  /** As whom it would be signed in. */
  readonly user: string
  /** Host and port to which the browser takes the answer. */
  readonly listener: string
}

export function renderConsent(frame: PageFrame, page: ConsentPage): string {
  return renderPage(
    frame,
    'Sign in a program?',
    html`<p class="lead">${page.client} asks to sign in as you. It listens on this computer at ${page.listener}. Go on only if you started it yourself just now and it shows this address.</p>
<form method="post" action="${page.action}">
<input type="hidden" name="form_token" value="${page.formToken}">
<button type="submit" autofocus>Sign it in</button>
<button class="quiet" type="submit" name="cancel" value="yes">Cancel</button>
</form>
<dl class="facts"><div><dt>Signed in as</dt><dd>${page.user}</dd></div><div><dt>Program listens at</dt><dd>${page.listener}</dd></div></dl>`,
  )
}
