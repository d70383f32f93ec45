// Iceberg's view metadata (view spec v1) and the changes of the REST protocol, in the protocol's own spelling. Types only.
import type { Schema, SchemaInput } from '#wire/iceberg/types'

/** A view's query in one dialect; `type` is `sql` in version 1. */
export interface ViewRepresentation {
  readonly type: string
  readonly sql: string
  readonly dialect: string
}

export interface ViewVersion {
  readonly 'version-id': number
  readonly 'timestamp-ms': number
  readonly 'schema-id': number
  readonly summary: Readonly<Record<string, string>>
  readonly representations: readonly ViewRepresentation[]
  readonly 'default-catalog'?: string
  readonly 'default-namespace': readonly string[]
}

export interface ViewVersionLogEntry {
  readonly 'timestamp-ms': number
  readonly 'version-id': number
}

export interface ViewMetadata {
  readonly 'view-uuid': string
  readonly 'format-version': 1
  readonly location: string
  readonly 'current-version-id': number
  readonly versions: readonly ViewVersion[]
  readonly 'version-log': readonly ViewVersionLogEntry[]
  readonly schemas: readonly Schema[]
  readonly properties: Readonly<Record<string, string>>
}

/** One change of a commit (REST protocol, schema ViewUpdate). `-1` as an id means the one added last in the same commit. */
export type ViewUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly 'format-version': number }
  | { readonly action: 'add-schema'; readonly schema: SchemaInput; readonly 'last-column-id'?: number }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'add-view-version'; readonly 'view-version': ViewVersion }
  | { readonly action: 'set-current-view-version'; readonly 'view-version-id': number }

/** What must hold for a commit to count (REST protocol, schema ViewRequirement). */
export interface ViewRequirement {
  readonly type: 'assert-view-uuid'
  readonly uuid: string
}

export interface CreateViewRequest {
  readonly name: string
  readonly location?: string
  readonly schema: SchemaInput
  readonly 'view-version': ViewVersion
  readonly properties?: Readonly<Record<string, string>>
}

export interface CommitViewRequest {
  readonly requirements: readonly ViewRequirement[]
  readonly updates: readonly ViewUpdate[]
}

export interface LoadViewResult {
  readonly 'metadata-location': string
  readonly metadata: ViewMetadata
}
