// JSON over HTTP to an admin API: a bearer that is renewed in time, errors in one shape, every changing request counted.
import { AdminRefused, Conflict } from '#ensure/errors'
import { describeError } from '#kit/errors'

type Method = 'POST' | 'PUT' | 'DELETE'

export interface AdminHttp {
  /** Changing requests sent so far. */
  readonly writes: number
  /** The body of a GET; undefined when the answer is 404. Asked again when its connection broke. */
  read<T>(path: string): Promise<T | undefined>
  /** Whether a POST that only tries something is answered with success; a refusal is an answer. */
  check(path: string, body: unknown): Promise<boolean>
  /** Sends a change; the answer's body and its Location. 409, or an answer that never came, is a Conflict. */
  write<T = unknown>(method: Method, path: string, body?: unknown): Promise<{ readonly body: T; readonly location: string | undefined }>
}

/** What opens the API for some seconds; `headers` go with every request beside the bearer. */
interface Held {
  readonly token: string
  readonly seconds: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface AdminHttpOptions {
  readonly base: string
  /** Asks for a token; called again when half of its life is over. */
  readonly token: () => Promise<Held>
  /** Statuses of a write that mean "read again", beside 409. */
  readonly conflicts?: readonly number[]
}

const ASKED_AGAIN = 2

export function createAdminHttp({ base, token, conflicts = [] }: AdminHttpOptions): AdminHttp {
  let writes = 0
  let held: { readonly asked: Promise<Held>; readonly until: () => number } | undefined
  const opened = (): Promise<Held> => {
    if (held && performance.now() < held.until()) return held.asked
    let until = Number.POSITIVE_INFINITY
    const asked = token().then((fresh) => {
      until = performance.now() + fresh.seconds * 500
      return fresh
    })
    const mine = { asked, until: () => until }
    held = mine
    asked.catch(() => {
      if (held === mine) held = undefined
    })
    return asked
  }
  const send = async (method: string, path: string, body?: unknown) => {
    const { token, headers = {} } = await opened()
    const response = await fetch(base + path, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    return { response, text: await response.text() }
  }
  return {
    get writes() {
      return writes
    },
    read: async <T>(path: string) => {
      const { response, text } = await askAgain(() => send('GET', path))
      if (response.status === 404) return undefined
      if (!response.ok) throw AdminRefused({ request: `GET ${path}`, status: response.status, message: errorText(text) })
      return parse(text) as T
    },
    check: async (path, body) => {
      const { response, text } = await send('POST', path, body)
      if (response.ok || response.status === 400) return response.ok
      throw AdminRefused({ request: `POST ${path}`, status: response.status, message: errorText(text) })
    },
    write: async <T>(method: Method, path: string, body?: unknown) => {
      writes++
      const request = `${method} ${path}`
      const { response, text } = await send(method, path, body).catch((error: unknown) => {
        throw isBroken(error) ? Conflict({ what: `${request} lost its connection: ${describeError(error)}` }, error) : error
      })
      if (response.status === 409 || conflicts.includes(response.status))
        throw Conflict({ what: `${request} was answered with ${response.status}: ${errorText(text)}` })
      if (!response.ok) throw AdminRefused({ request, status: response.status, message: errorText(text) })
      return { body: parse(text) as T, location: response.headers.get('location') ?? undefined }
    },
  }
}

/** Of what only asks: servers close a connection that was idle just when it is used again. */
async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = ASKED_AGAIN; ; left--) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0 || !isBroken(error)) throw error
    }
  }
}

/** `fetch` throws it, with its cause, when no whole answer came; whether the server did what it was asked is not known. */
const isBroken = (error: unknown): boolean => error instanceof TypeError && error.cause !== undefined

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}

/** Keycloak has two shapes of errors, Iceberg one, Superset another; anything else is shown as it is, shortened. */
export function errorText(text: string): string {
  try {
    const body = JSON.parse(text) as {
      errorMessage?: string
      error_description?: string
      error?: string | { message?: string }
      message?: unknown
    }
    const error = typeof body.error === 'string' ? body.error : body.error?.message
    return body.errorMessage ?? body.error_description ?? error ?? (typeof body.message === 'string' ? body.message : text.slice(0, 200))
  } catch {
    return text.slice(0, 200)
  }
}

/** A token by a form at a token endpoint. */
export async function requestToken(url: string, form: Readonly<Record<string, string>>): Promise<{ token: string; seconds: number }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.timeout(30_000) })
  const text = await response.text()
  if (!response.ok) throw AdminRefused({ request: `POST ${url}`, status: response.status, message: errorText(text) })
  const { access_token, expires_in } = parse(text) as { access_token: string; expires_in?: number }
  return { token: access_token, seconds: expires_in ?? 60 }
}
