// What this part asks the authoriser about: the platform itself, its status, logs and settings; and its policy.
import { ADMINISTRATORS, defineResourceKind, members } from '#kit/resource-kind'

export const POLICY_KIND = 'policy'

export const cockpitKinds = [
  /** Who may do what, whole; everybody is told his own part. */
  defineResourceKind(POLICY_KIND, [], ADMINISTRATORS),
  defineResourceKind('platform', [], { ...ADMINISTRATORS, list: members, read: members }),
]
