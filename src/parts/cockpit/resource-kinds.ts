// What this part asks the authoriser about: the platform itself, its status, logs and settings.
import { administrators, defineResourceKind, members } from '#kit/resource-kind'

export const cockpitKinds = [
  defineResourceKind('platform', [], {
    list: members,
    read: members,
    write: administrators,
    create: administrators,
    drop: administrators,
    manage: administrators,
  }),
]
