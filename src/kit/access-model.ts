// The form in which it is declared who may do what; the policy part answers from such a model.
import type { Action } from '#kit/access'

/** One table or view, and perhaps some of its columns alone. */
export interface TableGrant {
  /** The levels of its whole name, `iceberg.banking.customers`, `*` for one level; the last is the table. */
  readonly table: string
  /** Those that may be selected, in any case; absent: all. Of reading only. */
  readonly columns?: readonly string[]
}

/** A schema by pattern (`iceberg.banking`, `iceberg.*`, `*.*`), with all that is nested in it, or a table. */
export type Grant = string | TableGrant

export interface RoleGrants {
  /** Everything, including managing the platform. */
  readonly all?: true
  readonly read?: readonly Grant[]
  readonly write?: readonly Grant[]
  /** Whether personal data is shown as it is: all, or these classes of it, in what the role reads. */
  readonly clear?: true | readonly string[]
  /** Whether only rows marked for general use are seen. */
  readonly filtered?: true
  /** Buckets (not the warehouse) that its users' own keys may cover. */
  readonly buckets?: readonly string[]
  /** Of other kinds of things, by kind and action: patterns over the elements of their path, `*` for one element. */
  readonly grants?: Readonly<Record<string, Readonly<Partial<Record<Action, readonly string[]>>>>>
}

/** Of which tables something is said. */
export interface TableScope {
  /** By pattern, each with all that is nested in it. */
  readonly schemas: readonly string[]
  /** Their names, `*` for any; absent: all. */
  readonly tables?: readonly string[]
}

/** `as` names a class of personal data, which a mask shows. */
export interface Classified extends TableScope {
  readonly column: string
  readonly as: string
}

export interface RowFilter extends TableScope {
  readonly column: string
  readonly filter: string
  /** Filtered roles for which it holds; absent: all of them. */
  readonly roles?: readonly string[]
}

export interface AccessModel {
  readonly roleGrants: Readonly<Record<string, RoleGrants>>
  /** Roles that members of a group of the realm have, and of the groups below it; by its path, `/risk/desk`. Absent: no group has any. */
  readonly groupRoles?: Readonly<Record<string, readonly string[]>>
  /** By class. */
  readonly masks: Readonly<Record<string, string>>
  readonly classified: readonly Classified[]
  readonly rowFilters: readonly RowFilter[]
}
