// What this part asks the authoriser about. No role covers buckets or objects: keys do, and they are made from roles.
import { byCredential, defineResourceKind } from '#kit/resource-kind'

const rules = {
  list: byCredential,
  read: byCredential,
  write: byCredential,
  create: byCredential,
  drop: byCredential,
  manage: byCredential,
} as const

export const storageKinds = [
  defineResourceKind('bucket', ['bucket'], rules),
  defineResourceKind('bucket-setting', ['setting', 'bucket'], rules),
  /** The key; in a listing its prefix. */
  defineResourceKind('object', ['bucket', 'key'], rules),
  /** What is asked for by the name of a version, for itself: whoever reads or deletes objects does not so reach what was written over or removed. */
  defineResourceKind('object-version', ['bucket', 'key'], rules),
]
