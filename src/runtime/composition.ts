// What a cell is made of; the composition roots in cells/ give one each.
import type { Health, Part } from '#kit/part'

/** What a cell's composition root gives: how to make each part once its needs are there, and its jobs. */
export interface Composition {
  readonly parts: Readonly<Record<string, () => Promise<Part>>>
  readonly jobs?: Readonly<Record<string, () => Promise<Health>>>
  /** Further control routes: `POST /ensure/plan`. The body is JSON, the answer too. */
  readonly routes?: Readonly<Record<string, (body: unknown) => Promise<unknown>>>
}
