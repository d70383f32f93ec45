// Whether a token's session, grant, or the rights it was made with, have ended: what the identity part tells the other cells, and how they read it. Pure.
import type { JWTPayload } from 'jose'

/** Something that ended before its tokens did. */
export interface EndedEntry {
  /** `user`: the tokens of a user that were made with fewer than `below` changes of his rights; all of them without it. */
  readonly kind: 'session' | 'grant' | 'token' | 'user'
  readonly id: string
  readonly below?: number
}

/** What the feed answers: entries after `position` of `epoch`, or all of them when the asker's epoch is another one. */
export interface EndedPage {
  readonly epoch: string
  readonly position: number
  readonly entries: readonly EndedEntry[]
}

/** Our own claims: the grant behind a token, the ids of the tokens that it was exchanged from, and how often its user's rights had been narrowed when it was made. */
export const GRANT_CLAIM = 'akko_grant'
export const FROM_CLAIM = 'akko_from'
export const VERSION_CLAIM = 'akko_version'

/** What a token hangs on, its user apart. */
export function dependencies(claims: JWTPayload): EndedEntry[] {
  const of = (kind: EndedEntry['kind'], id: unknown): EndedEntry[] => (typeof id === 'string' ? [{ kind, id }] : [])
  const tokens = lineage(claims).map((id) => ({ kind: 'token' as const, id }))
  return [...of('session', claims.sid), ...of('grant', claims[GRANT_CLAIM]), ...tokens]
}

/** The ids of a token and of those that it was exchanged from, its own last. */
export function lineage(claims: JWTPayload): string[] {
  return [claims[FROM_CLAIM] ?? [], claims.jti].flat().filter((id): id is string => typeof id === 'string')
}

export interface EndedSet {
  add(entries: readonly EndedEntry[]): void
  has(claims: JWTPayload): boolean
}

export function createEndedSet(): EndedSet {
  const ended = new Set<string>()
  const users = new Map<string, number>()
  const key = ({ kind, id }: EndedEntry) => `${kind} ${id}`
  return {
    add: (entries) => {
      for (const entry of entries) {
        if (entry.kind === 'user') users.set(entry.id, Math.max(users.get(entry.id) ?? 0, entry.below ?? Number.POSITIVE_INFINITY))
        else ended.add(key(entry))
      }
    },
    has: (claims) => {
      const version = claims[VERSION_CLAIM]
      const below = users.get(claims.sub ?? '')
      return (
        (below !== undefined && !(typeof version === 'number' && version >= below)) || dependencies(claims).some((d) => ended.has(key(d)))
      )
    },
  }
}
