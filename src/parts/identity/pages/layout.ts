// The frame of every page: brand, one column, one style sheet of our own, and the headers that keep it so.
import type { ServerResponse } from 'node:http'
import type { Brand } from '#parts/identity/context'
import { ICON, STYLE } from '#parts/identity/pages/assets'
import { type Html, html } from '#parts/identity/pages/html'

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
<link rel="icon" href="/realms/${realm}${ICON.path}">
<link rel="stylesheet" href="/realms/${realm}${STYLE.path}">
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
