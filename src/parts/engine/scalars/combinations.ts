// Places of the elements of each combination of an array, in the order of Trino: the first place moves first.
import { BIGINT, INTEGER, LIST, listValue } from '@duckdb/node-api'
import { createBudget } from '#parts/engine/scalars/budget'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const LARGEST = 5
const MOST_ELEMENTS = 100_000
const budget = createBudget({ row: MOST_ELEMENTS, chunk: 10 * MOST_ELEMENTS })

function countOf(length: number, size: number): number {
  let count = 1
  for (let i = 1; i <= size; i++) count = (count * (length - size + i)) / i
  return count
}

function combinations(length: bigint, size: number): ReturnType<typeof listValue> {
  if (size < 0) throw new BadArgument('combination size must not be negative')
  if (size > LARGEST) throw new BadArgument('combination size must not exceed 5')
  const places = Number(length)
  if (size > places) return listValue([])
  const count = countOf(places, size)
  if (count * size > MOST_ELEMENTS) throw new BadArgument('combinations exceed max size')
  budget.beginRow()
  budget.spend(count * size, 'combinations of so many elements')
  const chosen = Array.from({ length: size }, (_, i) => i)
  const next = (): boolean => {
    const moving = chosen.findIndex((place, i) => place + 1 < (chosen[i + 1] ?? places))
    if (moving < 0) return false
    chosen[moving] = (chosen[moving] as number) + 1
    for (let i = 0; i < moving; i++) chosen[i] = i
    return true
  }
  const made: ReturnType<typeof listValue>[] = []
  do made.push(listValue(chosen.map((place) => BigInt(place + 1))))
  while (next())
  return listValue(made)
}

export const COMBINATIONS: readonly Scalar[] = [
  {
    name: 'trino_combinations',
    parameters: [BIGINT, INTEGER],
    result: LIST(LIST(BIGINT)),
    begin: budget.beginChunk,
    of: combinations,
  },
]
