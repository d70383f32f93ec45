// The forms of our pages: read, known as our own, and what one page hands to the next.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { readText } from '#kit/body'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { ForeignForm } from '#parts/identity/errors'
import { requestOrigin } from '#parts/identity/request-origin'

export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(req, 16 * 1024))
}

/** A browser says whose page sent the form. */
export function assertOwnOrigin({ origins }: Context, req: IncomingMessage): void {
  const { origin } = req.headers
  if (origin !== undefined && origin !== 'null' && !origins.includes(origin) && origin !== requestOrigin(req)) throw ForeignForm()
}

/** Only who saw the page of this purpose knows it. */
export function formToken(realm: RealmRuntime, purpose: string): string {
  return createHmac('sha256', realm.formKey).update(purpose).digest('base64url')
}

export function assertFormToken(realm: RealmRuntime, purpose: string, given: string | null): void {
  const [a, b] = [Buffer.from(formToken(realm, purpose)), Buffer.from(given ?? '')]
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw ForeignForm()
}

/** What a page keeps in a hidden field for the next one, signed for this purpose alone. */
export function seal(realm: RealmRuntime, purpose: string, value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${text}.${formToken(realm, `${purpose} ${text}`)}`
}

/** @throws ForeignForm */
export function unseal<T>(realm: RealmRuntime, purpose: string, sealed: string): T {
  const [text = '', signature = ''] = sealed.split('.')
  assertFormToken(realm, `${purpose} ${text}`, signature)
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as T
}
