import { expect, it } from 'vitest'
import { columnWidths, moveCell } from '~/features/sql/grid-layout'

it('makes columns as wide as what they show, within bounds', () => {
  const columns = [
    { name: 'id', type: 'bigint' },
    { name: 'note', type: 'varchar' },
    { name: 'x', type: 'varchar' },
  ]
  const widths = columnWidths(columns, [[1, 'n'.repeat(500), null]])
  expect(widths[0]).toBeLessThan(80)
  expect(widths[1]).toBe(420)
  expect(widths[2]).toBeGreaterThanOrEqual(64)
})

it('moves inside the grid and never out of it', () => {
  const at = { row: 5, column: 1 }
  const move = (key: string, ctrl = false) => moveCell(at, key, ctrl, 10, 3, 20)
  expect([move('ArrowDown'), move('PageDown'), move('End', true), move('Home'), move('ArrowLeft'), move('x')]).toEqual([
    { row: 6, column: 1 },
    { row: 9, column: 1 },
    { row: 9, column: 2 },
    { row: 5, column: 0 },
    { row: 5, column: 0 },
    undefined,
  ])
})
