// The realm's admin API as the master administrator uses it.
import { platform } from '#test/support/platform'

/** Throws for an answer that is no success. */
export async function realmAdmin(method: string, path: string, body?: unknown): Promise<Response> {
  const { origin } = platform().address('identity')
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: platform().secret('identity.admin') }
  const granted = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token } = (await granted.json()) as { access_token: string }
  const answer = await fetch(`${origin}/admin/realms/akko${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** The id of the new user. */
export async function makeUser(username: string, more: object = {}): Promise<string> {
  const made = await realmAdmin('POST', '/users', { username, enabled: true, email: `${username}@example.org`, ...more })
  return made.headers.get('location')?.split('/').at(-1) ?? ''
}

export async function realmRole(name: string): Promise<unknown> {
  return (await realmAdmin('GET', `/roles/${name}`)).json()
}
