// All kinds by name.
import type { AnyKind } from '#ensure/kind'
import * as listed from '#ensure/kinds/index'
import type { Kind as KindName, Resource } from '#platform/resources'

export const kinds: { readonly [K in KindName]: AnyKind & { readonly kind: K } } = listed

/** The kind that keeps this resource. */
export function kindOf(resource: Resource): AnyKind {
  return kinds[resource.kind]
}

/** A name that is unique among all resources and readable in a plan: `database akko-postgresql/keycloak`. */
export function resourceId(resource: Resource): string {
  return `${resource.kind} ${kindOf(resource).id(resource)}`
}
