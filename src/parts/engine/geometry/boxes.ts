// Rectangles that are asked which of them meet another: a tree of them once they are many.
import Flatbush from 'flatbush'
import { spend } from '#parts/engine/geometry/budget'

export interface Box {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** Visits those that meet the rectangle, edges included. */
export type Boxes<T> = (x0: number, y0: number, x1: number, y1: number, visit: (item: T) => void) => void

/** Fewer are looked at one after the other. */
const FEW = 32
const STEPS_OF_ENTRY = 15
const STEPS_OF_SEARCH = 30
const STEPS_OF_FINDING = 3

export function boxesOf<T extends Box>(items: readonly T[]): Boxes<T> {
  if (items.length < FEW)
    return (x0, y0, x1, y1, visit) => {
      spend(items.length)
      for (const item of items) if (item.x0 <= x1 && x0 <= item.x1 && item.y0 <= y1 && y0 <= item.y1) visit(item)
    }
  spend(STEPS_OF_ENTRY * items.length)
  const tree = new Flatbush(items.length)
  for (const { x0, y0, x1, y1 } of items) tree.add(x0, y0, x1, y1)
  tree.finish()
  return (x0, y0, x1, y1, visit) => {
    spend(STEPS_OF_SEARCH)
    tree.search(x0, y0, x1, y1, (i) => {
      spend(STEPS_OF_FINDING)
      visit(items[i] as T)
      return false
    })
  }
}
