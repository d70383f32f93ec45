// The laws of `bucket`.
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const bucket = (s: string): ResourceOf<'bucket'> => ({ kind: 'bucket', name: `bucket-${s}` })

export const laws = lawsOf('bucket', 'storage', {
  make: (s) => [bucket(`${s}b`), bucket(s)],
  remove: ({ s3 }, { name }) => s3('DELETE', `/${name}`),
})
