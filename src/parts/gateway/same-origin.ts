// Requests that ride on a cookie and change something must come from the host's own pages. Pure.
import type { IncomingHttpHeaders } from 'node:http'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** Whether a request with a cookie may pass: it reads, or its origin is the host that it asks. */
export function isSameOrigin(request: { method: string; headers: IncomingHttpHeaders; upgrade: boolean; origin: string }): boolean {
  if (!request.upgrade && SAFE.includes(request.method)) return true
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin === undefined && site === undefined) return false
  return (origin === undefined || origin === request.origin) && (site === undefined || site === 'same-origin')
}

/** A page that the browser opens, as against a call of a script. */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const mode = headers['sec-fetch-mode']
  if (typeof mode === 'string') return mode === 'navigate'
  return wantsHtml(headers)
}

export function wantsHtml(headers: IncomingHttpHeaders): boolean {
  return (headers.accept ?? '').includes('text/html')
}
