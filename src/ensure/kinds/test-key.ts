// The laws of `key`.
import { bucket } from '#ensure/kinds/test-bucket'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

const key = (s: string): ResourceOf<'key'> => ({
  kind: 'key',
  name: `user-${s}`,
  secret: `key.${s}`,
  buckets: [{ name: bucket(s).name, mode: 'write' }],
})

export const laws = lawsOf('key', 'storage', {
  make: (s) => [bucket(`${s}b`), bucket(s), key(`${s}b`), key(s)],
  remove: async ({ iam }, { name: UserName }) => {
    const keys = await iam('ListAccessKeys', { UserName })
    for (const [, AccessKeyId = ''] of keys.matchAll(/<AccessKeyId>([^<]+)/g)) await iam('DeleteAccessKey', { UserName, AccessKeyId })
    await iam('DeleteUserPolicy', { UserName, PolicyName: 'akko-buckets' })
    await iam('DeleteUser', { UserName })
  },
  secret: ({ secret }) => secret,
  change: (r) => ({ ...r, buckets: [...r.buckets, { name: `${r.buckets[0]?.name}b`, mode: 'read' }] }),
})
