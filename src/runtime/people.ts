// Follows what the identity part says of people: whose account is open, and with which roles now.
import { type Followed, follow } from '#runtime/follow'
import type { PeoplePage } from '#wire/oidc/people'

export interface PeopleFeed extends Followed {
  /** Undefined where there is no such account, or it is disabled. */
  rolesOf(username: string): readonly string[] | undefined
}

export function followPeople(socket: string): PeopleFeed {
  let roles = new Map<string, readonly string[]>()
  let version = ''
  const followed = follow<PeoplePage>(socket, {
    path: () => `/people?version=${version}`,
    take: (page) => {
      if (page.people) roles = new Map(page.people.map((person) => [person.username, person.roles]))
      version = page.version
    },
  })
  return { ...followed, rolesOf: (username) => roles.get(username) }
}
