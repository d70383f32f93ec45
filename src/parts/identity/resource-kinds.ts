// What this part asks the authoriser about, and who may: users and realms.
import { administrators, byCredential, defineResourceKind, owner } from '#kit/resource-kind'

const oneself = owner(0, 'you may only act as yourself')

export const identityKinds = [
  defineResourceKind('user', ['name'], {
    list: oneself,
    read: oneself,
    write: oneself,
    create: administrators,
    drop: administrators,
    manage: administrators,
    impersonate: oneself,
  }),
  /** Only the master realm's tokens grant it; further elements name what of the realm. */
  defineResourceKind('realm', ['realm'], {
    list: byCredential,
    read: byCredential,
    write: byCredential,
    create: byCredential,
    drop: byCredential,
    manage: byCredential,
  }),
]
