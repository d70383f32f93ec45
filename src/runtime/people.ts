// Follows what the identity part says of people: whose account is open, and with which roles now.
import { ENDED_SOCKET } from '#platform/services/identity'
import { type CellContext, slot } from '#runtime/composition'
import { type Followed, follow } from '#runtime/follow'
import { privateSocket } from '#runtime/machine'
import type { PeoplePage, Person } from '#wire/oidc/people'

export interface PeopleFeed extends Followed {
  /** Undefined where there is no account of this name, or it is disabled. */
  named(username: string): Person | undefined
  /** Whose accounts are open. */
  all(): Iterable<Person>
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
  return { ...followed, named: (username) => people.get(username), all: () => people.values() }
}

const PEOPLE = slot<Promise<PeopleFeed>>('people')

/** One feed for the parts of a cell. */
export function peopleIn(cell: CellContext): Promise<PeopleFeed> {
  return cell.once(PEOPLE, async () => {
    const feed = followPeople(privateSocket(cell.machine, ENDED_SOCKET))
    cell.atEnd(async () => feed.close())
    return feed
  })
}
