// The ensure engine's door: plan, apply, and the context they work with.
export { type ContextOptions, createEnsureContext } from './context.ts'
export { apply, type Change, type EngineOptions, plan, type Report } from './engine.ts'
export type { EnsureContext } from './kind.ts'
export { applyKey } from './single.ts'
