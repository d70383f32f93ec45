// Whose a key is and what is left of it: from what is known of people now, and nothing while that cannot be known.
import { describe, expect, it } from 'vitest'
import { rightsOfNow } from '#parts/storage/key-owners'
import { ROLES, SHARED_BUCKET, WAREHOUSE_BUCKET } from '#platform/names'
import { createKeyOwners, ownerOf, ownerPath, personalKey } from '#runtime/key-owners'
import { SHIPPED } from '#runtime/policy'

const key = {
  id: 'AKIA1',
  entitlements: [SHARED_BUCKET, WAREHOUSE_BUCKET, 'akko-projects'].flatMap((bucket) => [
    { kind: 'object', path: [bucket], actions: ['read'] as const },
    { kind: 'object-setting', path: ['PutObjectTagging', bucket], actions: ['write'] as const },
    { kind: 'bucket-setting', path: ['GetBucketCORS', bucket], actions: ['list'] as const },
  ]),
}
const ADA = { username: 'ada', account: 'id-of-ada' }
const left = (roles: readonly string[] | undefined, silence = 0, path = ownerPath(ADA)) => {
  const named = () => (roles ? { id: ADA.account, username: ADA.username, rightsVersion: 0, roles } : undefined)
  const standing = createKeyOwners({ named, silence: () => silence }, () => SHIPPED).standing('script', path)
  const covered = standing && rightsOfNow(standing, key).entitlements
  const buckets = covered?.map(({ kind, path }) => path[kind === 'object' ? 0 : 1])
  // Of a bucket, all or nothing.
  expect(buckets?.length).toBe(buckets && new Set(buckets).size * 3)
  return buckets && [...new Set(buckets)]
}

describe('a person’s key', () => {
  it('is worth what the roles of now allow, and never the warehouse', () => {
    expect(left([ROLES.user])).toEqual([SHARED_BUCKET])
    expect(left([ROLES.engineer])).toEqual([SHARED_BUCKET, 'akko-projects'])
    expect(left([ROLES.admin])).toEqual([SHARED_BUCKET, 'akko-projects'])
    expect(left([])).toEqual([])
    expect(left(['constructor'])).toEqual([])
  })

  it('is unknown once its account is gone, and refused while nobody can say', () => {
    expect(() => left(undefined)).toThrow(/AKIA1 does not exist/)
    expect(() => left([ROLES.admin], 60_000)).toThrow(/single sign-on does not answer/)
    expect(() => left([ROLES.admin], Number.POSITIVE_INFINITY)).toThrow(/single sign-on does not answer/)
  })

  it('is unknown to who got the name of its owner later', () => {
    const earlier = ownerPath({ ...ADA, account: 'id-of-another-ada' })
    expect(() => left([ROLES.admin], 0, earlier)).toThrow(/AKIA1 does not exist/)
    expect(left([ROLES.user], 0, '/person/ada/')).toEqual([SHARED_BUCKET]) // from before accounts were kept
    expect(left([ROLES.user], 0, '/')).toBeUndefined()
  })

  it('is told by the path of its user, and by its name where it is older than paths', () => {
    for (const username of ['ada', 'ada@demo', 'a/b', 'ö%2F']) {
      const owner = { username, account: '3f' }
      expect(ownerOf('script', ownerPath(owner))).toEqual(owner)
      expect(ownerOf(personalKey(username), '/')).toEqual({ username })
    }
    expect(ownerOf('script', '/')).toBeUndefined()
    expect(ownerOf('script', '/person/%zz/')).toEqual({ username: '%zz' })
  })
})
