// What functions of geometries may take of the engine's one thread: a step is about as long as a look at one segment.
import { BadArgument } from '#parts/engine/scalars/scalar'

const MOST_OF_ROW = 10_000_000
const MOST_OF_CHUNK = 4 * MOST_OF_ROW
let [row, chunk] = [MOST_OF_ROW, MOST_OF_CHUNK]

export const beginChunk = (): void => {
  chunk = MOST_OF_CHUNK
}
export const beginRow = (): void => {
  row = MOST_OF_ROW
}

export function spend(steps: number, what = 'a comparison of geometries with so many points'): void {
  row -= steps
  chunk -= steps
  if (row < 0) throw new BadArgument(`${what} is not served here yet`, 'NOT_SUPPORTED')
  if (chunk < 0) throw new BadArgument(`${what} for so many rows is not served here yet`, 'NOT_SUPPORTED')
}
