// One call of the admin API: who calls, on which realm, with what; and the ways to read and answer it.
import type { IncomingMessage } from 'node:http'
import { readText } from '#kit/body'
import { isStorable } from '#kit/storable'
import type { Context } from '#parts/identity/context'
import { Malformed, NotJson, Refused } from '#parts/identity/errors'
import { READERS, type Representation } from '#parts/identity/handlers/admin/fields'
import { assertServed, type Standing } from '#parts/identity/handlers/admin/served'
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

/**
 * The body as an object of the named representation. An unknown field is refused as Keycloak refuses it, one that is not served unless
 * it is to be as it stands.
 */
export async function readObject<K extends RepresentationName>(
  req: IncomingMessage,
  kind: K,
  standing: Standing = {},
): Promise<Representation<K>> {
  const text = await readText(req, 4 * 1024 * 1024)
  const body = parseJson(text)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw NotJson()
  const field = unknownField(kind, body)
  if (field !== undefined) throw unrecognised(kind, field, text, req.method === 'POST')
  const read = READERS[kind](body, kind)
  assertServed(kind, read, standing)
  return read as Representation<K>
}

/** The body as an object of any fields. */
export async function readRecord(req: IncomingMessage): Promise<Record<string, unknown>> {
  const body = parseJson(await readText(req, 4 * 1024 * 1024))
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw NotJson()
  return body as Record<string, unknown>
}

/** The body as a list of them. */
export async function readList<K extends RepresentationName>(req: IncomingMessage, kind: K): Promise<Representation<K>[]> {
  const body = parseJson(await readText(req, 4 * 1024 * 1024))
  if (!Array.isArray(body)) throw NotJson()
  return body.map((item) => {
    const read = READERS[kind](item, kind)
    assertServed(kind, read)
    return read as Representation<K>
  })
}

/** The body as a list of names. */
export async function readNames(req: IncomingMessage): Promise<string[]> {
  const body = parseJson(await readText(req, 64 * 1024))
  if (!Array.isArray(body) || body.some((name) => typeof name !== 'string')) throw NotJson()
  return body as string[]
}

/** As many as Keycloak's own integers count; a list is never longer. */
const MOST = 2 ** 31 - 1

export function wholeNumber(value: string | null): number | undefined {
  return value !== null && /^-?\d+$/.test(value) ? Math.min(Math.max(Number(value), -1), MOST) : undefined
}

/** A parameter that says true or false, in whatever case: Python's clients begin it with a capital. */
export function said(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)?.toLowerCase()
  return value === 'true' ? true : value === 'false' ? false : undefined
}

/** The part of a list that `first` and `max` ask for. */
export function pageOf<T>(query: URLSearchParams, all: readonly T[]): T[] {
  const first = Math.max(wholeNumber(query.get('first')) ?? 0, 0)
  const max = wholeNumber(query.get('max')) ?? -1
  return all.slice(first, max < 0 ? undefined : first + max)
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source, storableOnly)
  } catch (error) {
    throw error instanceof SyntaxError ? NotJson({}, error) : error
  }
}

function storableOnly(name: string, value: unknown): unknown {
  if (!isStorable(name)) throw Malformed({ what: 'the name of a field is no text' })
  if (typeof value === 'string' && !isStorable(value))
    throw Malformed({ what: `${name} is no text: it holds half of a character (a lone surrogate), or U+0000` })
  return value
}

function unrecognised(kind: RepresentationName, field: string, source: string, posted: boolean) {
  if (kind === 'RealmRepresentation' && posted) return Refused({ what: 'unable to read contents from stream' })
  // Jackson reports the place right after the first character of the field's value, of a literal after the last.
  const key = JSON.stringify(field)
  const value = /^\s*:\s*(?:true|false|null|-?[\d.eE+-]+|.)/
  let at = source.indexOf(key) + key.length
  for (let next = at; !value.test(source.slice(at)) && next >= key.length; at = next) next = source.indexOf(key, at) + key.length
  const before = source.slice(0, at + (value.exec(source.slice(at))?.[0].length ?? 0)).split('\n')
  return Malformed({
    what: `Invalid json representation for ${kind}. Unrecognized field ${JSON.stringify(field)} at line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}.`,
  })
}
