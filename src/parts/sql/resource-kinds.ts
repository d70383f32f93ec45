// What this part asks the authoriser about beside schemas and tables: queries, which are their owners'.
import { type Caller, ownerFor, type Resource } from '#kit/access'
import { defineResourceKind, owner } from '#kit/resource-kind'
import type { TableInfo } from '#parts/sql/ports'

const own = owner(1, 'it is the query of another user')

/** A query, as somebody asks about it. */
export function queryFor(asker: Caller, { id, caller }: { readonly id: string; readonly caller: Caller }): Resource {
  return { kind: 'query', path: [id, ownerFor(asker, caller)] }
}

/** What it is asked about for a table: views whose text is kept here are things of their own. */
export const kindOf = (info: Pick<TableInfo, 'view'>): 'table' | 'view' => (info.view ? 'view' : 'table')

export const sqlKinds = [
  defineResourceKind('query', ['id', 'owner'], { list: own, read: own, write: own, create: own, drop: own, manage: own }),
]
