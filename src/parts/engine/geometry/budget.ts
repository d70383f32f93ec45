// What functions of geometries may take: a step is about as long as a look at one segment.
import { createBudget } from '#parts/engine/scalars/budget'

const ROW = 10_000_000
const budget = createBudget({ row: ROW, chunk: 2 * ROW })

export const { beginChunk, beginRow } = budget

export function spend(steps: number, what = 'a comparison of geometries with so many points'): void {
  budget.spend(steps, what)
}
