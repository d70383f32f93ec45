// What a caller may know of: connectors list and describe only that.

import { type Authoriser, attempt, authorise, type Caller, type Decision, decide } from '#kit/access'
import { denied } from '#parts/sql/dialect/columns-denied'

export interface Visibility {
  schemas(caller: Caller, names: readonly string[]): Promise<string[]>
  schema(caller: Caller, schema: string): Promise<boolean>
  tables<T extends { readonly name: string }>(caller: Caller, schema: string, tables: readonly T[]): Promise<T[]>
  table(caller: Caller, schema: string, table: string): Promise<boolean>
  /** Whose text is kept here, which is a thing of its own. Asked after `table`, which was the attempt. */
  view(caller: Caller, schema: string, view: string): Promise<boolean>
  /** Throws AccessDenied. */
  read(caller: Caller, schema: string, table: string, columns: readonly string[]): Promise<Decision>
}

/** Who names a thing attempts it, though it looks to him as if it were not there; a listing only looks. */
type Ask = typeof attempt | typeof decide

export function createVisibility(authoriser: Authoriser, catalog: string): Visibility {
  const schema = async (ask: Ask, caller: Caller, name: string) =>
    (await ask(authoriser, caller, 'list', { kind: 'schema', path: [catalog, name] })).allow
  const table = async (ask: Ask, caller: Caller, schemaName: string, name: string) =>
    (await ask(authoriser, caller, 'list', { kind: 'table', path: [catalog, schemaName, name] })).allow
  return {
    schema: (caller, name) => schema(attempt, caller, name),
    table: (caller, schemaName, name) => table(attempt, caller, schemaName, name),
    schemas: (caller, names) => keep(names, (name) => schema(decide, caller, name)),
    tables: (caller, schemaName, tables) => keep(tables, (t) => table(decide, caller, schemaName, t.name)),
    view: async (caller, schemaName, name) =>
      (await decide(authoriser, caller, 'list', { kind: 'view', path: [catalog, schemaName, name] })).allow,
    read: async (caller, schemaName, name, columns) => {
      const decision = await authorise(authoriser, caller, 'read', { kind: 'table', path: [catalog, schemaName, name], columns })
      // The analysis has refused it already, in Trino's words.
      if (decision.visibleColumns && decision.visibleColumns.length < columns.length)
        throw denied(`Cannot select from columns [${columns.join(', ')}] in table or view ${catalog}.${schemaName}.${name}`)
      return decision
    },
  }
}

async function keep<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const answers = await Promise.all(items.map(test))
  return items.filter((_, i) => answers[i])
}
