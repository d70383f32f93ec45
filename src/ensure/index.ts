// The ensure engine's door: plan, apply, and the context they work with.
export type { IamUser, StorageAdmin } from '#ensure/clients/s3'
export { type ContextOptions, createEnsureContext } from '#ensure/context'
export { apply, type Change, type EngineOptions, plan, type Report } from '#ensure/engine'
export type { EnsureContext } from '#ensure/kind'
export { policyOf as keyPolicy } from '#ensure/kinds/key'
export { applyKey } from '#ensure/single'
