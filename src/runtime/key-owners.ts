// Whose an S3 key is, and what it opens: the buckets that its owner's roles of now allow, never the warehouse.
import type { AccessModel } from '#kit/access-model'
import { own } from '#kit/own'
import type { KeyOwners } from '#parts/storage/key-owners'
import { WAREHOUSE_BUCKET } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { Machine } from '#runtime/machine'
import type { PeopleFeed } from '#runtime/people'
import type { KeptPolicy } from '#runtime/policy'
import type { SessionOwner } from '#wire/s3/session'

/** How long the identity part may be unheard before no person's key is believed. */
const SILENCE_MS = 10_000
const FOLDER = '/person/'
const PERSONAL = 'user-'

/** The storage's name of a person's own key. */
export const personalKey = (username: string): string => PERSONAL + username

export interface KeyOwner {
  readonly username: string
  /** Id of the account: who gets the name later is another. Absent of keys from before it was kept. */
  readonly account?: string
}

/** Where the storage keeps who owns a key: the path of its user. */
export const ownerPath = ({ username, account }: Required<KeyOwner>): string => `${FOLDER}${encodeURIComponent(username)}/${account}/`

/** Undefined for the platform's own keys, and for those of scripts from before keys had owners. */
export function ownerOf(key: string, path: string): KeyOwner | undefined {
  if (path.startsWith(FOLDER)) {
    const [name = '', account] = path.slice(FOLDER.length, -1).split('/')
    return { username: decoded(name), ...(account ? { account } : {}) }
  }
  return key.startsWith(PERSONAL) ? { username: key.slice(PERSONAL.length) } : undefined
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name // of an administrator's own making: an account that nobody has
  }
}

/** Of all declared buckets, those that people's keys may cover. */
export function openBuckets({ site }: Pick<Machine, 'site'>): string[] {
  return resourcesOf(site).flatMap((r) => (r.kind === 'bucket' && r.name !== WAREHOUSE_BUCKET ? [r.name] : []))
}

/** Whether one of these roles allows a key over the bucket. */
export function rolesCover({ roleGrants }: AccessModel, roles: readonly string[], bucket: string): boolean {
  if (bucket === WAREHOUSE_BUCKET) return false
  return roles.some((role) => {
    const grants = own(roleGrants, role)
    return grants?.all === true || grants?.buckets?.includes(bucket) === true
  })
}

/** Grows whenever what a person may is narrowed, or the policy is another: a key that was lent before is worth nothing then. */
const rightsVersionOf = (person: { readonly rightsVersion: number }, { revision }: Pick<KeptPolicy, 'revision'>): number =>
  person.rightsVersion + revision

/** For whom a key is lent: it is worth something as long as his account and the policy are what they are now. */
export const sessionOwner = (
  person: Required<KeyOwner> & { readonly rightsVersion: number },
  policy: Pick<KeptPolicy, 'revision'>,
): SessionOwner => ({ path: ownerPath(person), rightsVersion: rightsVersionOf(person, policy) })

export function createKeyOwners(people: Pick<PeopleFeed, 'named' | 'silence'>, inForce: () => KeptPolicy): KeyOwners {
  return {
    standing: (key, path) => {
      const owner = ownerOf(key, path)
      if (!owner) return undefined
      if (people.silence() > SILENCE_MS) return 'unheard'
      const person = people.named(owner.username)
      if (!person || (owner.account ?? person.id) !== person.id) return 'gone'
      const { roles } = person
      const policy = inForce()
      const covers = (names: readonly string[], bucket: string) => rolesCover(policy.model, names, bucket)
      return {
        roles,
        rightsVersion: rightsVersionOf(person, policy),
        covers: (bucket, role) => covers(roles, bucket) && (role === undefined || covers([role], bucket)),
      }
    },
  }
}
