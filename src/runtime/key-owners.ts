// Whose an S3 key is, and what it opens: the buckets that its owner's roles of now allow, never the warehouse.
import { own } from '#kit/own'
import type { KeyOwners } from '#parts/storage/key-owners'
import { roleGrants } from '#platform/access'
import { WAREHOUSE_BUCKET } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { Machine } from '#runtime/machine'
import type { PeopleFeed } from '#runtime/people'

/** How long the identity part may be unheard before no person's key is believed. */
const SILENCE_MS = 10_000
const FOLDER = '/person/'
const PERSONAL = 'user-'

/** The storage's name of a person's own key. */
export const personalKey = (username: string): string => PERSONAL + username

/** Where the storage keeps who owns a key: the path of its user. */
export const ownerPath = (username: string): string => `${FOLDER}${encodeURIComponent(username)}/`

/** Undefined for the platform's own keys, and for those of scripts from before keys had owners. */
export function ownerOf(key: string, path: string): string | undefined {
  if (path.startsWith(FOLDER)) {
    const text = path.slice(FOLDER.length, -1)
    try {
      return decodeURIComponent(text)
    } catch {
      return text // of an administrator's own making: an account that nobody has
    }
  }
  return key.startsWith(PERSONAL) ? key.slice(PERSONAL.length) : undefined
}

/** Of all declared buckets, those that people's keys may cover. */
export function openBuckets({ site }: Pick<Machine, 'site'>): string[] {
  return resourcesOf(site).flatMap((r) => (r.kind === 'bucket' && r.name !== WAREHOUSE_BUCKET ? [r.name] : []))
}

/** Whether one of these roles allows a key over the bucket. */
export function rolesCover(roles: readonly string[], bucket: string): boolean {
  if (bucket === WAREHOUSE_BUCKET) return false
  return roles.some((role) => {
    const grants = own(roleGrants, role)
    return grants?.all === true || grants?.buckets?.includes(bucket) === true
  })
}

export function createKeyOwners(people: Pick<PeopleFeed, 'rolesOf' | 'silence'>): KeyOwners {
  return {
    ownerOf,
    standing: (owner) => {
      if (people.silence() > SILENCE_MS) return 'unheard'
      const roles = people.rolesOf(owner)
      return roles ? { roles, covers: (bucket) => rolesCover(roles, bucket) } : 'gone'
    },
  }
}
