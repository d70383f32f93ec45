// What a browser lets a page do: ours little, a report nothing that needs the reader's name.
import { createHash } from 'node:crypto'
import { STYLE } from '#parts/docs/style'

export const CONTENT_PATH = '/content'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Of the pages that this part writes itself. */
export function pageHeaders(origin: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'sha256-${STYLE_HASH}'`,
      `frame-src ${origin}${CONTENT_PATH}/`,
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
}

/**
 * Of a report's files. `sandbox` without allow-same-origin gives the page an origin that is nobody's: no cookie, no storage, no window of ours;
 * `connect-src 'none'` and the rest leave it its own folder as the only thing that it may load, so that its script cannot act as the reader.
 */
export function reportHeaders(origin: string, folder: string): Record<string, string> {
  const own = `${origin}${folder}`
  return {
    'content-security-policy': [
      'sandbox allow-scripts',
      "default-src 'none'",
      `script-src ${own} 'unsafe-inline' 'unsafe-eval'`,
      `style-src ${own} 'unsafe-inline'`,
      `img-src ${own} data: blob:`,
      `font-src ${own} data:`,
      `media-src ${own} data: blob:`,
      "connect-src 'none'",
      "frame-src 'none'",
      "form-action 'none'",
      "base-uri 'none'",
      `frame-ancestors ${origin}`,
    ].join('; '),
    // Of a page without an origin, module scripts and fonts are asked for by `null`; what is served needs no credential.
    'access-control-allow-origin': 'null',
    'cross-origin-resource-policy': 'cross-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, max-age=600',
  }
}
