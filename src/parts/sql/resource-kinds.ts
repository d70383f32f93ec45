// What this part asks the authoriser about beside schemas and tables: queries, which are their owners'.
import { defineResourceKind, owner } from '#kit/resource-kind'

const own = owner(1, 'it is the query of another user')

export const sqlKinds = [
  defineResourceKind('query', ['id', 'owner'], { list: own, read: own, write: own, create: own, drop: own, manage: own }),
]
