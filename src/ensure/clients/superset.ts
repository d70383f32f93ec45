// Superset's REST API as its administrator. Objects are known by a uuid that follows from their declared name.

import { type AdminHttp, createAdminHttp, errorText } from '#ensure/clients/http'
import { AdminRefused } from '#ensure/errors'
import { createMemo, type Memo } from '#ensure/memo'
import { uuidFrom } from '#ensure/uuid'
import type { Secret } from '#kit/secret'
import type { Resource } from '#platform/resources'

export interface SupersetEndpoint {
  /** `http://akko-superset:8088` */
  readonly url: string
  readonly admin: { readonly username: string; readonly password: Secret }
}

export interface SupersetClient extends AdminHttp {
  readonly memo: Memo
}

/** Life of a token and its session: the server's default is 15 minutes. */
const SECONDS = 600

export function createSupersetClient({ url, admin }: SupersetEndpoint): SupersetClient {
  // 422 is its answer to a uuid or a name that somebody else has just taken.
  const http = createAdminHttp({ base: url, token: () => logIn(url, admin), conflicts: [422] })
  return Object.assign(Object.create(http) as AdminHttp, { memo: createMemo() })
}

/** A token, and what a change needs beside it: the session that a CSRF token belongs to. */
async function logIn(url: string, { username, password }: SupersetEndpoint['admin']) {
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(30_000) })
    const text = await response.text()
    if (!response.ok) throw AdminRefused({ request: path, status: response.status, message: errorText(text) })
    return { response, body: JSON.parse(text) as { access_token: string; result: string } }
  }
  const login = await ask('/api/v1/security/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: password.reveal(), provider: 'db', refresh: false }),
  })
  const token = login.body.access_token
  const csrf = await ask('/api/v1/security/csrf_token/', { headers: { authorization: `Bearer ${token}` } })
  const cookie = csrf.response.headers
    .getSetCookie()
    .map((c) => c.split(';')[0])
    .join('; ')
  return { token, seconds: SECONDS, headers: { cookie, 'x-csrftoken': csrf.body.result, referer: url } }
}

/** The uuid of an object, from its kind and name. */
export function uuidOf(kind: Extract<Resource['kind'], 'dataSource' | 'dataset' | 'chart' | 'dashboard'>, name: string): string {
  return uuidFrom(kind, name)
}

/** One object by its uuid: `dataset`, `chart`, `dashboard`. */
export async function readByUuid<T>(client: SupersetClient, what: 'dataset' | 'chart' | 'dashboard', name: string): Promise<T | undefined> {
  return (await client.read<{ result: T }>(`/api/v1/${what}/${uuidOf(what, name)}`))?.result
}

/** The number under which the server keeps a data source; undefined when there is none. */
export async function dataSourceId(client: SupersetClient, name: string): Promise<number | undefined> {
  return client.memo.once(`dataSource ${name}`, async () => {
    const q = `(filters:!((col:uuid,opr:eq,value:'${uuidOf('dataSource', name)}')))`
    return (await client.read<{ ids: number[] }>(`/api/v1/database/?q=${encodeURIComponent(q)}`))?.ids[0]
  })
}

/** The number of something that must be there by now. */
export function required(id: number | undefined, what: string): number {
  if (id === undefined) throw new Error(`there is no ${what}`)
  return id
}
