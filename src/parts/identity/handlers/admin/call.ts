// One call of the admin API: who calls, on which realm, with what; and the ways to read and answer it.
import type { IncomingMessage } from 'node:http'
import { readText } from '#kit/body'
import { own } from '#kit/own'
import type { Context } from '#parts/identity/context'
import { Malformed, NotJson, Refused } from '#parts/identity/errors'
import type { Store } from '#parts/identity/store/index'
import type { Realm } from '#parts/identity/store/realms'
import { type RepresentationName, unknownField } from '#wire/oidc/keycloak'

export interface AdminCall {
  readonly context: Context
  readonly store: Store
  readonly realm: Realm
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly req: IncomingMessage
  /** The URL of this call without its query, as the client wrote it; new things lie below it. */
  readonly url: string
}

export interface AdminAnswer {
  readonly status: number
  readonly body?: unknown
  readonly location?: string
}

export const ok = (body: unknown): AdminAnswer => ({ status: 200, body })
export const done: AdminAnswer = { status: 204 }
export const created = (location: string): AdminAnswer => ({ status: 201, location })

/** The body as an object of the named representation; an unknown field is refused as Keycloak refuses it. */
export async function readObject(req: IncomingMessage, kind: RepresentationName): Promise<Record<string, unknown>> {
  const text = await readText(req, 4 * 1024 * 1024)
  const body = parseJson(text)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw NotJson()
  const field = unknownField(kind, body)
  if (field !== undefined) throw unrecognised(kind, field, text, req.method === 'POST')
  return body as Record<string, unknown>
}

/** The body as a list of objects. */
export async function readList(req: IncomingMessage): Promise<Record<string, unknown>[]> {
  const body = parseJson(await readText(req, 4 * 1024 * 1024))
  if (!Array.isArray(body) || body.some((item) => item === null || typeof item !== 'object')) throw NotJson()
  return body
}

export function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

/** A field's text; a number or a truth value is its own, as in Keycloak. */
export function textField(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const found = own(body, field)
  if (typeof found === 'object' && found !== null)
    throw Malformed({ what: `${field} is no text but ${Array.isArray(found) ? 'a list' : 'an object'}` })
  const value = text(found)
  if (value?.isWellFormed() === false) throw Malformed({ what: `${field} is no text: it holds half of a character (a lone surrogate)` })
  return value
}

export function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** As many as Keycloak's own integers count; a list is never longer. */
const MOST = 2 ** 31 - 1

export function wholeNumber(value: string | null): number | undefined {
  return value !== null && /^-?\d+$/.test(value) ? Math.min(Math.max(Number(value), -1), MOST) : undefined
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch (error) {
    throw NotJson({}, error)
  }
}

function unrecognised(kind: RepresentationName, field: string, source: string, posted: boolean) {
  if (kind === 'RealmRepresentation' && posted) return Refused({ what: 'unable to read contents from stream' })
  // Jackson reports the place right after the first character of the field's value.
  const key = JSON.stringify(field)
  const at = source.indexOf(key) + key.length
  const before = source.slice(0, at + (/^\s*:\s*./.exec(source.slice(at))?.[0].length ?? 0)).split('\n')
  return Malformed({
    what: `Invalid json representation for ${kind}. Unrecognized field ${JSON.stringify(field)} at line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}.`,
  })
}
