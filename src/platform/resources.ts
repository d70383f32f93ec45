// The resources that the ensure engine knows how to keep true, as data.

/** A PostgreSQL server: the service that runs it. */
export type Server = string

/** Kind -> what a declaration of it says. Each file of src/ensure/kinds adds its own to it, by `declare module`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled where the kinds are
export interface ResourceKinds {}

export type Kind = keyof ResourceKinds

export type ResourceOf<K extends Kind> = { readonly [N in K]: { readonly kind: N } & ResourceKinds[N] }[K]

export type Resource = ResourceOf<Kind>
