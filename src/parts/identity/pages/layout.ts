// The frame of every page: brand, one column, one style sheet of our own, and the headers that keep it so.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Brand } from '#parts/identity/context'
import { type Html, html } from '#parts/identity/pages/html'

const STYLE = readFileSync(new URL('style.css', import.meta.url))
const STYLE_NAME = `style.${createHash('sha256').update(STYLE).digest('hex').slice(0, 16)}.css`

/** Below `/realms/{realm}`; the name changes with the content, so it may be cached for good. */
export const STYLE_PATH = `/resources/${STYLE_NAME}`

/**
 * No script at all, nothing from outside, no framing. Forms may go on to any HTTPS client or a loopback tool:
 * browsers apply form-action to the redirect back to the client that follows a login.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self' https: http://127.0.0.1:* http://localhost:*",
].join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export interface PageFrame {
  readonly brand: Brand
  readonly realm: string
}

export function renderPage({ brand, realm }: PageFrame, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>${title} - ${brand.name}</title>
<link rel="stylesheet" href="/realms/${realm}${STYLE_PATH}">
</head>
<body>
<div class="frame">
<header class="brand"><span class="mark" aria-hidden="true"></span><span class="name">${brand.name}</span></header>
<main class="panel">
<h1>${title}</h1>
${body}
</main>
<footer class="foot">${brand.tagline}</footer>
</div>
</body>
</html>
`.text
}

export function sendPage(res: ServerResponse, status: number, page: string): void {
  res.writeHead(status, { ...PAGE_HEADERS, 'content-length': Buffer.byteLength(page) })
  res.end(page)
}

export function sendStyle(res: ServerResponse): void {
  res.writeHead(200, {
    'content-type': 'text/css; charset=utf-8',
    'content-length': STYLE.length,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  res.end(STYLE)
}
