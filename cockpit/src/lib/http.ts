// One way to call our own origin. A lost session ends here: the browser goes to the gateway's login and comes back.

/** A failed call: what the server said, and the request id under which its logs speak of it. */
export class HttpError extends Error {
  readonly status: number
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(status: number, message: string, requestId?: string, retryAfterMs?: number) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.requestId = requestId
    this.retryAfterMs = retryAfterMs
  }
}

const RETURN_KEY = 'akko.return-to'
const ATTEMPT_KEY = 'akko.login-attempt'
const LEAVING_MS = 60_000

/** When the page began to leave, by whatever navigation. */
let leftAt = Number.NEGATIVE_INFINITY
globalThis.addEventListener?.('beforeunload', () => {
  leftAt = Date.now()
})

/**
 * Leaves for the login by a full navigation to `/`, remembering the place. Answers false when that was just tried and
 * did not help (then the caller shows the error instead of turning in circles). A page that is leaving already goes on:
 * logging out ends the session first and then leads to the login service, and to turn back halfway would log in again.
 */
export function goToLogin(force = false): boolean {
  if (!force && Date.now() - leftAt < LEAVING_MS) return true
  const last = Number(sessionStorage.getItem(ATTEMPT_KEY) ?? 0)
  if (!force && Date.now() - last < 10_000) return false
  sessionStorage.setItem(ATTEMPT_KEY, String(Date.now()))
  const here = location.pathname + location.search + location.hash
  if (here !== '/') sessionStorage.setItem(RETURN_KEY, here)
  location.assign('/')
  return true
}

/** The place that was left for the login; answers once. Only paths of this origin. */
export function takeReturnPath(): string | undefined {
  const path = sessionStorage.getItem(RETURN_KEY)
  sessionStorage.removeItem(RETURN_KEY)
  return path?.startsWith('/') && !path.startsWith('//') && path !== '/' ? path : undefined
}

export function newTraceId(): string {
  return hex(16)
}

/** W3C Trace Context header of one hop. */
export function traceparent(traceId: string): string {
  return `00-${traceId}-${hex(8)}-01`
}

function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) => b.toString(16).padStart(2, '0')).join('')
}

/** GET of JSON. 401 leaves for the login. */
export const getJson = <T>(path: string, signal?: AbortSignal): Promise<T> => callJson<T>(path, {}, signal)

/** POST of JSON, answered in JSON. */
export const postJson = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  callJson<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }, signal)

async function callJson<T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const traceId = newTraceId()
  const res = await fetch(path, {
    ...init,
    headers: { accept: 'application/json', traceparent: traceparent(traceId), ...init.headers },
    ...(signal ? { signal } : {}),
  })
  if (!res.ok) throw await toHttpError(res, traceId)
  return (await res.json()) as T
}

export async function toHttpError(
  res: Pick<Response, 'status' | 'text'> & { headers: Pick<Headers, 'get'> },
  traceId: string,
): Promise<HttpError> {
  if (res.status === 401) goToLogin()
  const requestId = res.headers.get('x-request-id') ?? traceId
  const text = (await res.text().catch(() => '')).slice(0, 2000)
  const retryAfter = Number(res.headers.get('retry-after'))
  return new HttpError(res.status, messageOf(text) ?? statusText(res.status), requestId, retryAfter > 0 ? retryAfter * 1000 : undefined)
}

function messageOf(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown }
    const message = typeof body.error === 'object' ? body.error?.message : (body.message ?? body.error)
    return typeof message === 'string' ? message : undefined
  } catch {
    return text !== '' && text.length < 300 && !text.startsWith('<') ? text.trim() : undefined
  }
}

function statusText(status: number): string {
  switch (status) {
    case 401:
      return 'Your session has ended'
    case 403:
      return 'Your roles do not allow this'
    case 404:
      return 'The address does not exist'
    case 502:
    case 503:
    case 504:
      return 'The part behind this address does not answer'
    default:
      return `The server answered with status ${status}`
  }
}
