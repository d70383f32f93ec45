// Who has an open account of the realm, and with which roles: read once, then again for those whose rights changed.
import { randomUUID } from 'node:crypto'
import type { UserStore } from '#parts/identity/store/users'
import type { PeoplePage, Person } from '#wire/oidc/people'

export interface PeopleList {
  readonly version: string
  reload(): Promise<void>
  /** Reads these anew; ids that are no people's are nobody. */
  refresh(ids: readonly string[]): Promise<void>
  /** For one who has `version`. */
  page(version: string | null): PeoplePage
}

export function createPeopleList(users: Pick<UserStore, 'people'>, realm: string): PeopleList {
  let people = new Map<string, Person>()
  let version = ''
  return {
    get version() {
      return version
    },
    reload: async () => {
      people = new Map((await users.people(realm)).map(({ id, person }) => [id, person]))
      version = randomUUID()
    },
    refresh: async (ids) => {
      const found = await users.people(realm, ids)
      for (const id of ids) people.delete(id)
      for (const { id, person } of found) people.set(id, person)
      version = randomUUID()
    },
    page: (known) => ({ version, ...(known === version ? {} : { people: [...people.values()] }) }),
  }
}
