// What every route of this part shares: the caller, the answer's form, the errors.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiEnv } from '#kit/api'
import { readAtMost } from '#kit/body'
import { BadRequest } from '#parts/catalog/errors'
import type { Operations } from '#parts/catalog/operations'
import { LARGEST_BODY } from '#parts/catalog/ports'
import { printJson } from '#wire/iceberg/json'
import type { Namespace, TableIdent } from '#wire/iceberg/rest'

export interface Env extends ApiEnv {
  Variables: ApiEnv['Variables'] & { operations: Operations; text?: string }
}

/** Namespace levels in a path are joined by the unit separator (REST protocol). */
export const LEVEL_SEPARATOR = '\x1f'

/** JSON that keeps 64-bit integers. */
export function json(c: Context, body: unknown, status: ContentfulStatusCode = 200, headers: Record<string, string> = {}): Response {
  return c.body(printJson(body), status, { 'content-type': 'application/json', ...headers })
}

/** The whole body as text, however often it is asked for. Throws BadRequest when it is larger than `limit`: by default, than any request may be. */
export async function bodyText(c: Context<Env>, limit = LARGEST_BODY): Promise<string> {
  const known = c.get('text')
  if (known !== undefined) return known
  const body = await readAtMost(c.env.incoming, limit)
  if (body === undefined) throw BadRequest({ reason: `the body is larger than ${limit} bytes` })
  const text = body.toString('utf8')
  c.set('text', text)
  return text
}

export function param(c: Context, name: string): string {
  const value = c.req.param(name)
  if (value === undefined) throw BadRequest({ reason: `${name} is missing in the path` })
  return value
}

export function namespaceOf(c: Context): Namespace {
  return param(c, 'namespace').split(LEVEL_SEPARATOR)
}

export function tableOf(c: Context): TableIdent {
  return { namespace: namespaceOf(c), name: param(c, 'table') }
}

export function viewOf(c: Context): TableIdent {
  return { namespace: namespaceOf(c), name: param(c, 'view') }
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/** One page of `items` in order of `key`, no two of which are alike; the token is the last key seen, opaque to clients. */
export function paginate<T>(c: Context, all: readonly T[], key: (item: T) => string): Page<T> {
  const items = [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const size = c.req.query('pageSize')
  const token = c.req.query('pageToken')
  const after = token ? Buffer.from(token, 'base64url').toString('utf8') : undefined
  const rest = after === undefined ? items : items.filter((item) => key(item) > after)
  if (size === undefined) return { items: rest }
  const limit = Number(size)
  if (!Number.isInteger(limit) || limit < 1) throw BadRequest({ reason: `pageSize ${size} is not a number above 0` })
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return rest.length > limit && last !== undefined
    ? { items: page, next: Buffer.from(key(last), 'utf8').toString('base64url') }
    : { items: page }
}
