// Follows what the identity part says of people: whose account is open, and with which roles now.
import { type Followed, follow } from '#runtime/follow'
import type { PeoplePage, Person } from '#wire/oidc/people'

export interface PeopleFeed extends Followed {
  /** Undefined where there is no account of this name, or it is disabled. */
  named(username: string): Person | undefined
}

export function followPeople(socket: string): PeopleFeed {
  let people = new Map<string, Person>()
  let version = ''
  const followed = follow<PeoplePage>(socket, {
    path: () => `/people?version=${version}`,
    take: (page) => {
      if (page.people) people = new Map(page.people.map((person) => [person.username, person]))
      version = page.version
    },
  })
  return { ...followed, named: (username) => people.get(username) }
}
