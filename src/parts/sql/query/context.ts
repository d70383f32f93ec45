// What every statement of the SQL part may reach, handed down from createSql.
import type { Authoriser, Caller } from '#kit/access'
import type { Dictionary } from '#kit/dictionary'
import type { HistoryStore } from '#parts/sql/history'
import type { Connector, Engine, LakeFiles, OwnerRoles } from '#parts/sql/ports'
import type { Planner } from '#parts/sql/query/planner'
import type { Query } from '#parts/sql/query/query'
import type { Expression } from '#parts/sql/syntax/ast'

export interface ExecutorDeps {
  readonly engine: Engine
  readonly files: LakeFiles
  /** Who shares threads of the engine: an opaque name of a person with these rights. */
  readonly ownerOf: (caller: Caller) => string
  readonly connectors: Dictionary<Connector>
  readonly authoriser: Authoriser
  readonly history: HistoryStore
  readonly ownerRoles: OwnerRoles
  readonly version: string
  readonly planner: Planner
  readonly started: Date
  readonly queries: () => readonly Query[]
}

/** One statement on its way: of which query, with which names to complete from, with which values for `?`. */
export interface Execution {
  readonly deps: ExecutorDeps
  readonly query: Query
  readonly defaults: { readonly catalog: string | undefined; readonly schema: string | undefined }
  readonly parameters: readonly Expression[]
}
