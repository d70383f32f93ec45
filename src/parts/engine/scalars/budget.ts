// What functions may take of the thread that computes them, in steps of their own: an interrupt waits for the rows of a chunk.
import { BadArgument } from '#parts/engine/scalars/scalar'

export interface Budget {
  /** Before the rows of a chunk. */
  beginChunk(): void
  beginRow(): void
  /** Of the row, and of the chunk with its rows. */
  readonly left: number
  /** Throws NOT_SUPPORTED once more is spent than a row or a chunk may; `what` is said of both. */
  spend(steps: number, what: string): void
}

export function createBudget(most: { readonly row: number; readonly chunk: number }): Budget {
  let { row, chunk } = most
  return {
    beginChunk() {
      chunk = most.chunk
    },
    beginRow() {
      row = most.row
    },
    get left() {
      return Math.min(row, chunk)
    },
    spend(steps, what) {
      row -= steps
      chunk -= steps
      if (row < 0) throw new BadArgument(`${what} is not served here yet`, 'NOT_SUPPORTED')
      if (chunk < 0) throw new BadArgument(`${what} for so many rows is not served here yet`, 'NOT_SUPPORTED')
    },
  }
}
