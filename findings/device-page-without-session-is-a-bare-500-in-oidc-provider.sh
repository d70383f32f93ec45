#!/usr/bin/env bash
# oidc-provider 9.13.3 on Node 24, device flow (RFC 8628): the form of the user code is sent by a browser whose session cookie ended while the page lay
# open. The provider means to show the form again (it emits code_verification.error, invalid_request), but then saves the session that it has just
# made and never stored: an Error (`persist can only be called on previously persisted Sessions`), outside of its own handling of errors. The person
# reads `Internal Server Error` as plain text, `renderError` is not asked, and no `server_error` is emitted: only Koa's `error` tells it. With the
# cookie the same form is answered by the page, 200. Who serves the page behind a wrapper of his own has to look for the session first.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0 oidc-provider@9.13.3 >/dev/null
cat >device.mjs <<'JS'
import Provider from 'oidc-provider'

const told = []
const grant_types = ['urn:ietf:params:oauth:grant-type:device_code']
const provider = new Provider('http://127.0.0.1', {
  clients: [{ client_id: 'tv', token_endpoint_auth_method: 'none', grant_types, redirect_uris: [], response_types: [] }],
  features: { deviceFlow: { enabled: true } },
  renderError: (ctx) => {
    told.push('renderError')
    ctx.body = 'the page of errors'
  },
})
for (const event of ['server_error', 'code_verification.error']) provider.on(event, (_, { message }) => told.push(`${event}: ${message}`))
provider.on('error', ({ message }) => told.push(`Koa: ${message}`))
const server = provider.listen(0, '127.0.0.1', async () => {
  const page = `http://127.0.0.1:${server.address().port}/device`
  const shown = await fetch(page)
  const cookie = shown.headers.getSetCookie().map((text) => text.split(';')[0]).join('; ')
  const xsrf = /name="xsrf" value="(\w+)"/.exec(await shown.text())[1]
  const send = async (headers) => {
    told.length = 0
    const answer = await fetch(page, { method: 'POST', headers, body: new URLSearchParams({ xsrf, user_code: 'BCDF-GHJK' }) })
    return [answer.status, answer.headers.get('content-type').split(';')[0], ...told]
  }
  const found = { 'with the cookie': await send({ cookie }), 'without it': await send({}) }
  for (const [which, what] of Object.entries(found)) console.log(`${which}: ${JSON.stringify(what)}`)
  server.close()
  const persist = 'Koa: persist can only be called on previously persisted Sessions'
  const expected = {
    'with the cookie': [200, 'text/html'],
    'without it': [500, 'text/plain', 'code_verification.error: invalid_request', persist],
  }
  for (const [which, what] of Object.entries(expected))
    if (what.some((part) => !found[which].includes(part)) || (which === 'without it' && found[which].length !== what.length))
      throw new Error(`changed: ${which}, ${JSON.stringify(found[which])}`)
})
JS
node_modules/.bin/node device.mjs 2>/dev/null | grep -v NOTICE
echo 'as described'
