// Who is at the door: bearer tokens or, for tests of compatibility, the user header; and whom they may act as.
import { type Authenticator, type Authoriser, authorise, type Caller } from '#kit/access'
import { defineError, NotAuthenticated } from '#kit/errors'
import { requestId } from '#kit/trace'
import type { PersonNow } from '#parts/sql/ports'
import type { ClientContext } from '#wire/trino/headers'

export interface Doors {
  readonly authentication: 'token' | 'none'
  readonly authenticator: Authenticator
  readonly authoriser: Authoriser
  /** For header authentication and for those who are impersonated. */
  readonly personNow: PersonNow
}

const NoPerson = defineError('access.no_person', 403, '{user} is no person with an open account: nobody acts under this name')

/** The caller of a request. With a token, `X-Trino-User` is the token's user or one whom its bearer may impersonate. */
export async function authenticate(doors: Doors, authorization: string | undefined, client: ClientContext): Promise<Caller> {
  if (doors.authentication === 'none') {
    if (client.user === undefined) throw NotAuthenticated({ reason: 'X-Trino-User is missing' })
    return { ...(await personOf(doors, client.user)), via: 'header', requestId: requestId() }
  }
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw NotAuthenticated({ reason: 'a bearer token is needed: akko login, or AKKO_SQL_TOKEN of akko env' })
  const caller = await doors.authenticator.bearer(token.trim())
  if (client.user === undefined || client.user === caller.sub) return caller
  await authorise(doors.authoriser, caller, 'impersonate', { kind: 'user', path: [client.user] })
  return { ...(await personOf(doors, client.user)), via: caller.via, requestId: caller.requestId }
}

async function personOf({ personNow }: Doors, user: string): Promise<Pick<Caller, 'sub' | 'account' | 'rightsVersion' | 'roles'>> {
  const person = await personNow(user)
  if (!person) throw NoPerson({ user })
  return { sub: user, ...person }
}
