// Widths of a result's columns, from its first rows. Pure.

import type { Row, TrinoColumn } from '#wire/trino/protocol'
import { isNumeric, textOf } from '~/lib/sql/export'

const CHAR = 7.85
const PADDING = 24
const MIN = 64
const MAX = 420
const SAMPLE = 200

/** Pixel width for each column: as wide as what it shows, within reason. */
export function columnWidths(columns: readonly TrinoColumn[], rows: readonly Row[]): number[] {
  return columns.map((column, i) => {
    let longest = Math.max(column.name.length, column.type.length)
    for (let r = 0; r < Math.min(rows.length, SAMPLE); r++) {
      const value = rows[r]?.[i]
      longest = Math.max(longest, value === null ? 4 : textOf(value).length)
    }
    return Math.round(Math.min(isNumeric(column.type) ? MAX / 2 : MAX, Math.max(MIN, longest * CHAR + PADDING)))
  })
}

export interface Cell {
  readonly row: number
  readonly column: number
}

/** Where a key moves the active cell; undefined for a key that does not move it. */
export function moveCell(cell: Cell, key: string, ctrl: boolean, rows: number, columns: number, page: number): Cell | undefined {
  const to = (row: number, column: number): Cell => ({
    row: Math.max(0, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  })
  switch (key) {
    case 'ArrowDown':
      return to(ctrl ? rows : cell.row + 1, cell.column)
    case 'ArrowUp':
      return to(ctrl ? 0 : cell.row - 1, cell.column)
    case 'ArrowRight':
      return to(cell.row, ctrl ? columns : cell.column + 1)
    case 'ArrowLeft':
      return to(cell.row, ctrl ? 0 : cell.column - 1)
    case 'PageDown':
      return to(cell.row + page, cell.column)
    case 'PageUp':
      return to(cell.row - page, cell.column)
    case 'Home':
      return to(ctrl ? 0 : cell.row, 0)
    case 'End':
      return to(ctrl ? rows : cell.row, columns)
    default:
      return undefined
  }
}
