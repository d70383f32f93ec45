// Who is at the door: bearer tokens or, for tests of compatibility, the user header; and whom they may act as.
import { type Authenticator, type Authoriser, authorise, type Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'
import type { ClientContext } from '#wire/trino/headers'

export interface Doors {
  readonly authentication: 'token' | 'none'
  readonly authenticator: Authenticator
  readonly authoriser: Authoriser
  /** Roles of a user by name; for header authentication and for those who are impersonated. */
  userRoles(user: string): Promise<readonly string[]>
}

/** The caller of a request. With a token, `X-Trino-User` is the token's user or one whom its bearer may impersonate. */
export async function authenticate(doors: Doors, authorization: string | undefined, client: ClientContext): Promise<Caller> {
  if (doors.authentication === 'none') {
    if (client.user === undefined) throw NotAuthenticated({ reason: 'X-Trino-User is missing' })
    return { sub: client.user, roles: await doors.userRoles(client.user), via: 'header', requestId: requestId() }
  }
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw NotAuthenticated({ reason: 'a bearer token is needed: akko login, or AKKO_SQL_TOKEN of akko env' })
  const caller = await doors.authenticator.bearer(token.trim())
  if (client.user === undefined || client.user === caller.sub) return caller
  await authorise(doors.authoriser, caller, 'impersonate', { kind: 'user', path: [client.user] })
  return { sub: client.user, roles: await doors.userRoles(client.user), via: caller.via, requestId: caller.requestId }
}
