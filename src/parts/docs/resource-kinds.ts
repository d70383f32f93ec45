// What this part asks the authoriser about, and who may: a published report. Readers whom a report names come with that as a credential.
import { defineResourceKind, grantees, owner } from '#kit/resource-kind'

const own = owner(1, 'it is the report of another user, who has not named you among its readers')

/** Whom a report names reads it, and no more. */
const author = owner(1, 'only its author and administrators may')

export const docsKinds = [
  defineResourceKind('report', ['slug', 'author'], {
    list: own,
    read: own,
    write: author,
    create: grantees('create'),
    drop: author,
    manage: author,
  }),
]
