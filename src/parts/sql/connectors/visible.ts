// What a caller may know of: connectors list and describe only that.
import { type Authoriser, authorise, type Caller, type Decision, decide } from '#kit/access'

export interface Visibility {
  schemas(caller: Caller, names: readonly string[]): Promise<string[]>
  schema(caller: Caller, schema: string): Promise<boolean>
  tables<T extends { readonly name: string }>(caller: Caller, schema: string, tables: readonly T[]): Promise<T[]>
  table(caller: Caller, schema: string, table: string): Promise<boolean>
  /** Throws AccessDenied. */
  read(caller: Caller, schema: string, table: string, columns: readonly string[]): Promise<Decision>
}

export function createVisibility(authoriser: Authoriser, catalog: string): Visibility {
  const schema = async (caller: Caller, name: string) =>
    (await decide(authoriser, caller, 'list', { kind: 'schema', path: [catalog, name] })).allow
  const table = async (caller: Caller, schemaName: string, name: string) =>
    (await decide(authoriser, caller, 'list', { kind: 'table', path: [catalog, schemaName, name] })).allow
  return {
    schema,
    table,
    schemas: (caller, names) => keep(names, (name) => schema(caller, name)),
    tables: (caller, schemaName, tables) => keep(tables, (t) => table(caller, schemaName, t.name)),
    read: (caller, schemaName, name, columns) =>
      authorise(authoriser, caller, 'read', { kind: 'table', path: [catalog, schemaName, name], columns }),
  }
}

async function keep<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const answers = await Promise.all(items.map(test))
  return items.filter((_, i) => answers[i])
}
