// The views of the catalogue `memory`, with the rights of who made them last or of who reads them.
import { type Action, type Authoriser, authorise, type Caller } from '#kit/access'
import { TableNotFound } from '#parts/sql/connectors/errors'
import type { KeptView, Store } from '#parts/sql/connectors/memory/store'
import { storedType } from '#parts/sql/connectors/memory/types'
import type { ConnectorViews, ViewDefinition } from '#parts/sql/ports'

export function createMemoryViews(catalog: string, store: Store, authoriser: Authoriser): ConnectorViews {
  const may = (caller: Caller, action: Action, schema: string, view: string) =>
    authorise(authoriser, caller, action, { kind: 'view', path: [catalog, schema, view] })
  const must = (schema: string, view: string): KeptView => {
    const found = store.get(schema, view)
    if (found?.kind !== 'view') throw TableNotFound({ table: `${catalog}.${schema}.${view}` })
    return found
  }
  return {
    stored: storedType,
    async create(caller, definition) {
      await may(caller, 'create', definition.schema, definition.view)
      store.create(definition.schema, definition.view, viewOf(caller, definition))
    },
    async replace(caller, definition) {
      await may(caller, 'write', definition.schema, definition.view)
      must(definition.schema, definition.view)
      store.replace(definition.schema, definition.view, viewOf(caller, definition))
    },
    async drop(caller, schema, view) {
      await may(caller, 'drop', schema, view)
      must(schema, view)
      store.drop(schema, view)
    },
    async rename(caller, from, to) {
      await may(caller, 'drop', from.schema, from.table)
      await may(caller, 'create', to.schema, to.table)
      const { view, ...kept } = must(from.schema, from.table)
      const { owner, ownerAccount: _, ...rest } = view
      store.rename(from, to, { ...kept, view: { ...rest, ...(owner === undefined ? {} : ownedBy(caller)) } })
    },
    async comment(caller, schema, view, column, comment) {
      await may(caller, 'write', schema, view)
      const found = must(schema, view)
      if (column === undefined) return store.replace(schema, view, { ...found, comment })
      const columns = found.columns.map(({ comment: old, ...c }) => {
        const text = c.name === column ? comment : old
        return text === undefined ? c : { ...c, comment: text }
      })
      store.replace(schema, view, { ...found, columns })
    },
  }
}

const ownedBy = ({ sub, account }: Caller) => ({ owner: sub, ...(account === undefined ? {} : { ownerAccount: account }) })

function viewOf(caller: Caller, { columns, sql, catalog, namespace, comment, definer }: ViewDefinition): KeptView {
  return {
    kind: 'view',
    columns,
    comment,
    view: { sql, dialects: ['trino'], catalog, schema: namespace, ...(definer ? ownedBy(caller) : {}) },
  }
}
