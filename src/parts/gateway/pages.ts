// The edge's own answers: plain pages for people, JSON for programs, both with the request id.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AkkoError, errorBody } from '#kit/errors'
import { sendJson } from '#kit/http'
import { wantsHtml } from '#parts/gateway/same-origin'

const STYLE = `:root{color-scheme:dark;--ink:#e8e8f0;--soft:#9a9ab0;--line:#26263a;--ground:#0a0a14;--accent:#a59fff}
@media(prefers-color-scheme:light){:root{color-scheme:light;--ink:#16162a;--soft:#56566e;--line:#d9d9e5;--ground:#f5f5f9;--accent:#463cd0}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:min(36rem,100% - 3rem)}p{margin:.5rem 0;color:var(--soft)}h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;text-wrap:balance}
a,button{color:var(--accent);font:inherit}a:focus-visible,button:focus-visible{outline:2px solid;outline-offset:3px}
button{background:none;border:1px solid;border-radius:.375rem;padding:.4rem .9rem;cursor:pointer}form{margin:1.25rem 0}
footer{margin-top:2rem;padding-top:.75rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--soft)}code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

export interface PageFacts {
  /** The cockpit's address. */
  readonly home: string
  readonly requestId: string
}

/** Headers of every page that the edge writes itself. `formTargets`: where its forms may lead. */
function pageHeaders(formTargets: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formTargets}; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
}

export function sendError(req: IncomingMessage, res: ServerResponse, error: AkkoError, facts: PageFacts): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  if (!wantsHtml(req.headers)) {
    sendErrorJson(res, error, facts.requestId)
    return
  }
  const hint = error.hint === undefined ? '' : `<p>${withLinks(capital(error.hint))}.</p>`
  const wayOut = hint.includes('<a ') ? '' : `<p><a href="${escapeHtml(facts.home)}">Go to the cockpit</a></p>`
  const body = `<h1>${escapeHtml(capital(error.message))}</h1>${hint}${wayOut}`
  sendPage(req, res, error.status, capital(error.message), body, facts)
}

/** A question before logging out, for a link on somebody else's page. */
export function sendLogoutQuestion(req: IncomingMessage, res: ServerResponse, facts: PageFacts, formTargets: string): void {
  const body = `<h1>Log out?</h1><p>Another site asked to end your session.</p>
<form method="post" action="/auth/logout"><button type="submit">Log out</button></form><p><a href="/">Stay logged in</a></p>`
  sendPage(req, res, 200, 'Log out?', body, facts, formTargets)
}

function sendErrorJson(res: ServerResponse, error: AkkoError, requestId: string): void {
  sendJson(res, error.status, errorBody(error, requestId), { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
}

function sendPage(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  title: string,
  body: string,
  facts: PageFacts,
  formTargets = "'none'",
): void {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} · AKKO</title><style>${STYLE}</style></head><body><main>${body}<footer>Request <code>${escapeHtml(facts.requestId)}</code></footer></main></body></html>`
  res.writeHead(status, { ...pageHeaders(formTargets), 'content-length': Buffer.byteLength(html) })
  res.end(req.method === 'HEAD' ? undefined : html)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Text with its addresses as links; they are our own, from the table of errors. */
function withLinks(text: string): string {
  return escapeHtml(text).replace(/https:\/\/[\w.-]+(:\d+)?\/?/g, (url) => `<a href="${url}">${url}</a>`)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
