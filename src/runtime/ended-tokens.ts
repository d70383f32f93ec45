// Follows what the identity part says has ended, so that a door refuses such a token within seconds.
import { type Followed, follow } from '#runtime/follow'
import { createEndedSet, type EndedPage, type EndedSet } from '#wire/oidc/ended'

export interface EndedTokens extends Followed {
  has: EndedSet['has']
}

export function followEndedTokens(socket: string): EndedTokens {
  let ended = createEndedSet()
  let epoch = ''
  let position = 0
  const followed = follow<EndedPage>(socket, {
    path: () => `/ended?epoch=${epoch}&after=${position}`,
    take: (page) => {
      const set = page.epoch === epoch ? ended : createEndedSet()
      set.add(page.entries)
      ended = set
      epoch = page.epoch
      position = page.position
    },
  })
  return { ...followed, has: (claims) => ended.has(claims) }
}
