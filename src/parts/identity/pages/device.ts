// Pages of the device flow: enter the code, confirm the device, done.
import { html } from '#parts/identity/pages/html'
import { type PageFrame, renderPage } from '#parts/identity/pages/layout'

export interface DeviceCodePage {
  readonly action: string
  readonly xsrf: string
  readonly code?: string
  readonly problem?: string
}

export function renderDeviceCode(frame: PageFrame, page: DeviceCodePage): string {
  const bad = page.problem !== undefined
  return renderPage(
    frame,
    'Connect a device',
    html`<p class="lead">Type the code that your device or terminal shows.</p>
${bad && html`<p class="notice" role="alert" id="problem">${page.problem}</p>`}
<form method="post" action="${page.action}">
<input type="hidden" name="xsrf" value="${page.xsrf}">
<div class="field">
<label for="user_code">Code</label>
<input class="code" type="text" id="user_code" name="user_code" value="${page.code ?? ''}" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus ${bad && html`aria-invalid="true" aria-describedby="problem"`}>
</div>
<button type="submit">Continue</button>
</form>`,
  )
}

export interface DeviceConfirmPage {
  readonly action: string
  readonly xsrf: string
  readonly code: string
  readonly client: string
  /** Address and browser from which the code was asked for. */
  readonly facts: Readonly<Record<string, string>>
}

export function renderDeviceConfirm(frame: PageFrame, page: DeviceConfirmPage): string {
  return renderPage(
    frame,
    'Connect this device?',
    html`<p class="lead">${page.client} asks to sign in as you. Go on only if you started it and it shows this code.</p>
<p class="usercode">${page.code}</p>
<form method="post" action="${page.action}">
<input type="hidden" name="xsrf" value="${page.xsrf}">
<input type="hidden" name="user_code" value="${page.code}">
<button type="submit" name="confirm" value="yes" autofocus>Connect</button>
<button class="quiet" type="submit" name="abort" value="yes">Cancel</button>
</form>
<dl class="facts">${Object.entries(page.facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  )
}

export function renderDeviceDone(frame: PageFrame, client: string): string {
  return renderPage(frame, 'Device connected', html`<p>${client} is signed in. You can close this page.</p>`)
}
