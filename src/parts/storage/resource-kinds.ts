// What this part asks the authoriser about. No role covers buckets or objects: keys do, and they are made from roles.
import { allowIf, byCredential, defineResourceKind } from '#kit/resource-kind'

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
  /** By the name of S3's right to it, for itself. */
  defineResourceKind('bucket-setting', ['right', 'bucket'], rules),
  /** The key; in a listing its prefix. */
  defineResourceKind('object', ['bucket', 'key'], rules),
  /** What is asked for by the name of a version, for itself: whoever reads or deletes objects does not so reach what was written over or removed. */
  defineResourceKind('object-version', ['bucket', 'key'], rules),
  /** A session in a role, for who has it by a token of the realm. */
  defineResourceKind('assumed-role', ['role'], {
    ...rules,
    create: ({ caller }, { path }) => allowIf(caller.roles.includes(path[0] ?? ''), 'the role is not one of yours'),
  }),
  /** What belongs to an object beside its bytes: its tags, locks, uploads; by the name of S3's right to it. */
  defineResourceKind('object-setting', ['right', 'bucket', 'key'], rules),
]
