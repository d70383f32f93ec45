// What a kind of resource is to the engine, and what the engine hands to it.

import type { Clients } from '#ensure/clients/index'
import type { SecretStore } from '#kit/secret'
import type { Kind as KindName, ResourceOf } from '#platform/resources'
import type { SecretSpec } from '#platform/secret-objects'

export interface EnsureContext {
  readonly clients: Clients
  readonly secrets: SecretStore
  /** Ends all connections. */
  close(): Promise<void>
}

/**
 * One kind. Live state is what the server says now, reduced to what is declared; `undefined` means that it is not there,
 * its parent included. Writes must leave the server as `diff` wants it: the engine reads again and says so when not.
 */
export interface Kind<K extends KindName, Live> {
  readonly kind: K
  /** Unique among its kind and readable in a plan. */
  id(resource: ResourceOf<K>): string
  /** Which of its server's shared answers a write changes, by how their keys begin (src/ensure/memo); all, unless said. */
  shares?(resource: ResourceOf<K>): string
  /** Kinds that must be done first. */
  readonly after: readonly KindName[]
  /** Why this server cannot have it at all, e.g. an extension that is not installed there. */
  unavailable?(context: EnsureContext, resource: ResourceOf<K>): Promise<string | undefined>
  read(context: EnsureContext, resource: ResourceOf<K>): Promise<Live | undefined>
  /** What differs, a few words each; pure. */
  diff(live: Live, resource: ResourceOf<K>): readonly string[]
  create(context: EnsureContext, resource: ResourceOf<K>): Promise<void>
  update(context: EnsureContext, resource: ResourceOf<K>, live: Live): Promise<void>
  /** On a cluster, the Secret that is there before it; absent where a server or the operator gives what is secret. */
  secretSpec?(resource: ResourceOf<K>): SecretSpec | undefined
  /** Lines of the script that a new PostgreSQL server runs once, each behind a question whether it is needed. */
  firstTime?(resource: ResourceOf<K>): readonly string[]
}

/** A kind whose live state is nobody's business but its own. */
export type AnyKind = Kind<KindName, unknown>

export function defineKind<K extends KindName, Live>(kind: Kind<K, Live>): AnyKind & { readonly kind: K } {
  return kind as unknown as AnyKind & { readonly kind: K }
}
