// What functions of geometries may take, in steps of some 50 ns.
import { createBudget } from '#parts/engine/scalars/budget'

const budget = createBudget({ row: 10_000_000, chunk: 12_000_000 })

export const { beginChunk, beginRow } = budget

export function spend(steps: number, what = 'a comparison of geometries with so many points'): void {
  budget.spend(steps, what)
}
