// A bucket, and whether it keeps versions where a declaration says so.
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    bucket: {
      readonly name: string
      readonly versioning?: boolean
    }
  }
}

interface Live {
  readonly versioning: boolean
}

export const bucketKind = defineKind<'bucket', Live>({
  kind: 'bucket',
  id: ({ name }) => name,
  after: [],
  read: async ({ clients }, { name, versioning }) => {
    if (!(await clients.s3().buckets()).has(name)) return undefined
    return { versioning: versioning === undefined ? false : await clients.s3().versioning(name) }
  },
  diff: (live, { versioning }) =>
    versioning === undefined || live.versioning === versioning ? [] : [versioning ? 'keeps no versions' : 'keeps versions'],
  create: async ({ clients }, { name, versioning }) => {
    await clients.s3().createBucket(name)
    if (versioning) await clients.s3().putVersioning(name, true)
  },
  update: ({ clients }, { name, versioning = false }) => clients.s3().putVersioning(name, versioning),
})
