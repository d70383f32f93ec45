// How a server tells an error: in AKKO's envelope, or in the form of the protocol that it speaks.
import { STATUS_CODES } from 'node:http'
import { type AkkoError, defineError, describeError, errorBody, Internal } from '#kit/errors'
import type { Log } from '#kit/log'
import { requestId } from '#kit/trace'

export const HEALTH_PATH = '/-/health'

export const NoSuchPath = defineError('api.no_such_path', 404, 'nothing answers {method} {path}')
/** What no request to a path here can be made of: its Host, or its target. */
export const BadTarget = defineError('http.bad_target', 400, 'the request cannot be read: {reason}')
export const MethodNotAllowed = defineError('api.method_not_allowed', 405, '{method} is not allowed at {path}', {
  hint: 'allowed: {allowed}',
})

/** An error as a protocol tells it: an object is sent as JSON, a text as it is. */
export interface Answer {
  readonly status: number
  readonly body: string | object
  readonly headers?: Readonly<Record<string, string>>
}

/** The form of AKKO's own APIs. */
export function envelope(error: AkkoError): Answer {
  const challenge: Record<string, string> = error.status === 401 ? { 'www-authenticate': 'Bearer realm="akko"' } : {}
  return { status: error.status, body: errorBody(error, requestId()), headers: { 'cache-control': 'no-store', ...challenge } }
}

/** What is sent of an answer to this error, and how. */
export function toSend(error: AkkoError, { body, headers }: Answer): { readonly text: string; readonly headers: Record<string, string> } {
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  return {
    text,
    headers: {
      'content-length': String(Buffer.byteLength(text)),
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      ...(error.code === MethodNotAllowed.spec.code ? { allow: String(error.values.allowed) } : {}),
      ...headers,
    },
  }
}

/** For an upgrade that is refused: there is only a socket. */
export function errorOnSocket(error: AkkoError): string {
  const id = requestId()
  const body = JSON.stringify(errorBody(error, id))
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

/** What callers do wrong is theirs; the rest is for whoever keeps the platform. */
export function logFailure(log: Log, error: AkkoError, thrown: unknown, path: string): void {
  if (error.blame !== 'us' && error.blame !== 'operator') return
  const stack = Internal.is(error) && thrown instanceof Error ? { stack: thrown.stack } : {}
  log.error({ error: describeError(thrown), path, ...stack }, 'request failed')
}
