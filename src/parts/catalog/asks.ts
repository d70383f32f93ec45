// The questions that this part puts to the authoriser, in its own nouns.
import { type Action, type Authoriser, authorise, type Caller, type Decision, decide, isRestricted, type Resource } from '#kit/access'
import { FilesRestricted, PartlyHidden, StatesHidden } from '#parts/catalog/errors'
import { printNamespace, printTable } from '#parts/catalog/names'
import type { Namespace, TableIdent } from '#wire/iceberg/rest'

/** Asks about one catalogue's things. `must*` throw AccessDenied; `may*` do not. */
export interface Asks {
  mustCatalog(caller: Caller, action: Action): Promise<void>
  mustNamespace(caller: Caller, action: Action, namespace: Namespace): Promise<void>
  mayNamespace(caller: Caller, action: Action, namespace: Namespace): Promise<boolean>
  mustMakeNamespace(caller: Caller, parent: Namespace, name: string): Promise<void>
  /** Whether the table may be made, by this name. */
  mustMake(caller: Caller, table: TableIdent): Promise<void>
  mustTable(caller: Caller, action: Action, table: TableIdent): Promise<void>
  mayTable(caller: Caller, action: Action, table: TableIdent, columns?: readonly string[]): Promise<boolean>
  mustView(caller: Caller, action: Action, view: TableIdent): Promise<void>
  /** Who was let read the view: throws StatesHidden where he may select some columns only, since its text and its schema name all. */
  mustSeeColumns(caller: Caller, view: TableIdent): Promise<void>
  mayView(caller: Caller, action: Action, view: TableIdent, columns?: readonly string[]): Promise<boolean>
  /** Sees every row and column: throws when some are hidden, since the policy knows the table and its columns by their names. */
  mustSeeAll(caller: Caller, table: TableIdent, columns: readonly string[]): Promise<void>
  /** What the catalogue keeps of the table's states: throws when rows or columns are hidden, since it tells of them. `columns` are those of now, with what lies in them. */
  mustSeeStates(caller: Caller, table: TableIdent, columns: readonly string[]): Promise<void>
  /** Direct access to the files: throws also when rows or columns are hidden. `columns` are all names that the files may hold, at any depth. */
  mustFiles(caller: Caller, table: TableIdent, columns: readonly string[]): Promise<void>
  /** The most that may be given out for the files. */
  filesMode(caller: Caller, table: TableIdent, columns: readonly string[]): Promise<'read' | 'write'>
}

/** `catalog` is its name in the policy. */
export function createAsks(authoriser: Authoriser, catalog: string): Asks {
  const schema = (namespace: Namespace): Resource => ({ kind: 'schema', path: [catalog, printNamespace(namespace)] })
  const thing = (kind: 'table' | 'view' | 'files', { namespace, name }: TableIdent, columns?: readonly string[]): Resource => ({
    kind,
    path: [catalog, printNamespace(namespace), name],
    ...(columns ? { columns } : {}),
  })
  const unrestricted = (decision: Decision, caller: Caller, table: TableIdent): void => {
    if (isRestricted(decision)) throw FilesRestricted({ table: printTable(table), user: caller.sub })
  }
  const mustFiles = async (caller: Caller, table: TableIdent, columns: readonly string[]) => {
    // Both are asked: a policy that hides rows of the table must not be undone by one that forgets its files.
    unrestricted(await authorise(authoriser, caller, 'read', thing('table', table, columns)), caller, table)
    unrestricted(await authorise(authoriser, caller, 'read', thing('files', table, columns)), caller, table)
  }
  const mustSee = async (caller: Caller, table: TableIdent, columns: readonly string[], hidden: typeof StatesHidden) => {
    const decision = await authorise(authoriser, caller, 'read', thing('table', table, columns))
    if (isRestricted(decision)) throw hidden({ table: printTable(table), user: caller.sub })
  }
  return {
    mustCatalog: async (caller, action) => void (await authorise(authoriser, caller, action, { kind: 'catalog', path: [catalog] })),
    mustNamespace: async (caller, action, namespace) => void (await authorise(authoriser, caller, action, schema(namespace))),
    mustMakeNamespace: async (caller, parent, name) => {
      const within = parent.length === 0 ? { kind: 'catalog', path: [catalog] } : schema(parent)
      await authorise(authoriser, caller, 'create', { ...within, made: { kind: 'schema', name } })
    },
    mustMake: async (caller, { namespace, name }) =>
      void (await authorise(authoriser, caller, 'create', { ...schema(namespace), made: { kind: 'table', name } })),
    mayNamespace: async (caller, action, namespace) => (await decide(authoriser, caller, action, schema(namespace))).allow,
    mustTable: async (caller, action, table) => void (await authorise(authoriser, caller, action, thing('table', table))),
    mayTable: async (caller, action, table, columns) => (await decide(authoriser, caller, action, thing('table', table, columns))).allow,
    mustView: async (caller, action, view) => void (await authorise(authoriser, caller, action, thing('view', view))),
    mustSeeColumns: async (caller, view) => {
      const { visibleColumns } = await decide(authoriser, caller, 'read', thing('view', view))
      if (visibleColumns) throw StatesHidden({ table: printTable(view), user: caller.sub })
    },
    mayView: async (caller, action, view, columns) => (await decide(authoriser, caller, action, thing('view', view, columns))).allow,
    mustFiles,
    mustSeeAll: (caller, table, columns) => mustSee(caller, table, columns, PartlyHidden),
    mustSeeStates: (caller, table, columns) => mustSee(caller, table, columns, StatesHidden),
    filesMode: async (caller, table, columns) => {
      await mustFiles(caller, table, columns)
      const { allow } = await decide(authoriser, caller, 'write', thing('files', table, columns))
      return allow ? 'write' : 'read'
    },
  }
}
