// Trino's histogram of numbers: buckets of a value and its weight, of which the two nearest are brought together until they are few enough.
interface Bucket {
  readonly value: number
  readonly weight: number
}

interface Entry extends Bucket {
  readonly id: number
  /** Infinite for the last one. */
  penalty: number
  isValid: boolean
  left: Entry | undefined
  right: Entry | undefined
}

/** What may come before buckets are brought together. */
const BUFFER = 100

/** As Java orders doubles: nought below zero before nought, NaN last. */
function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return Number(Object.is(b, -0)) - Number(Object.is(a, -0))
}

const isBefore = (a: Entry, b: Entry): boolean => (compareDoubles(a.penalty, b.penalty) || a.id - b.id) < 0

class Queue {
  readonly #heap: Entry[] = []

  add(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent] as Entry)) break
      heap[at] = heap[parent] as Entry
      at = parent
    }
    heap[at] = entry
  }

  take(): Entry {
    const heap = this.#heap
    const [first] = heap as [Entry]
    const last = heap.pop() as Entry
    if (heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++
      if (!isBefore(heap[child] as Entry, last)) break
      heap[at] = heap[child] as Entry
      at = child
    }
    heap[at] = last
    return first
  }
}

function penaltyOf({ value, weight }: Bucket, right: Bucket | undefined): number {
  if (!right) return Number.POSITIVE_INFINITY
  const total = weight + right.weight
  const distance = (value - right.value) * (value - right.value)
  return total * distance * ((weight * right.weight) / (total * total))
}

function entry(id: number, { value, weight }: Bucket, left: Entry | undefined, right: Entry | undefined): Entry {
  const made: Entry = { id, value, weight, penalty: penaltyOf({ value, weight }, right), isValid: true, left, right }
  if (left) left.right = made
  if (right) right.left = made
  return made
}

/** Those of one value are one; in the order of their values. */
function joined(buckets: readonly Bucket[]): Bucket[] {
  const made: Bucket[] = []
  for (const bucket of buckets.toSorted((a, b) => compareDoubles(a.value, b.value))) {
    const last = made.at(-1)
    if (last?.value === bucket.value) made[made.length - 1] = { value: last.value, weight: last.weight + bucket.weight }
    else made.push(bucket)
  }
  return made
}

function fewer(buckets: readonly Bucket[], most: number): Bucket[] {
  const queue = new Queue()
  let first: Entry | undefined
  for (let i = buckets.length - 1; i >= 0; i--) {
    first = entry(i, buckets[i] as Bucket, undefined, first)
    queue.add(first)
  }
  for (let count = buckets.length; count > most; ) {
    const current = queue.take()
    const { left, right } = current
    if (!current.isValid || !right) continue
    count--
    const weight = current.weight + right.weight
    const value = (current.value * current.weight + right.value * right.weight) / weight
    right.isValid = false
    const merged = entry(current.id, { value, weight }, undefined, right.right)
    queue.add(merged)
    if (!left) {
      first = merged
      continue
    }
    left.isValid = false
    const before = entry(left.id, left, left.left, merged)
    if (!before.left) first = before
    queue.add(before)
  }
  const made: Bucket[] = []
  for (let at = first; at; at = at.right) made.push({ value: at.value, weight: at.weight })
  return made.sort((a, b) => compareDoubles(a.value, b.value))
}

/** At most so many buckets of all values, taken up in their order; `spend` is told the buckets that are gone over. */
export function histogram(values: Iterable<Bucket>, most: number, spend: (steps: number) => void): Bucket[] {
  let buckets: Bucket[] = []
  const compact = () => {
    spend(buckets.length)
    buckets = joined(buckets)
    if (buckets.length > most) buckets = fewer(buckets, most)
  }
  for (const bucket of values) {
    if (buckets.length === most + BUFFER) compact()
    buckets.push(bucket)
  }
  compact()
  return buckets
}
