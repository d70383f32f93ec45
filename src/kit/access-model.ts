// The form in which it is declared who may do what; the policy part answers from such a model.
import type { Action } from '#kit/access'

export interface RoleGrants {
  /** Everything, including managing the platform. */
  readonly all?: true
  /** Schemas by pattern: `iceberg.banking`, `iceberg.*`, `*.*`. A pattern covers what is nested in what it names, in every list of a model. */
  readonly read?: readonly string[]
  readonly write?: readonly string[]
  /** Whether personal data is shown as it is. */
  readonly clear?: true
  /** Whether only rows marked for general use are seen. */
  readonly filtered?: true
  /** Buckets (not the warehouse) that its users' own keys may cover. */
  readonly buckets?: readonly string[]
  /** Of other kinds of things, by kind and action: patterns over the elements of their path, `*` for one element. */
  readonly grants?: Readonly<Record<string, Readonly<Partial<Record<Action, readonly string[]>>>>>
}

export interface AccessModel {
  readonly roleGrants: Readonly<Record<string, RoleGrants>>
  readonly masks: Readonly<Record<string, string>>
  readonly classified: readonly { readonly schemas: readonly string[]; readonly column: string; readonly as: string }[]
  readonly rowFilters: readonly { readonly schemas: readonly string[]; readonly column: string; readonly filter: string }[]
}
