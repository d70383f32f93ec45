// The t-digest of Airlift: values and their weights, brought together where many stand close.

interface Centroid {
  readonly mean: number
  readonly weight: number
}

const COMPRESSION = 100
const INTERNAL = 2 * COMPRESSION
const LARGEST = 6 * (INTERNAL + 10)

const relative = (quantile: number, normalizer: number): number => (quantile * (1 - quantile)) / normalizer
const interpolate = (x: number, x0: number, y0: number, x1: number, y1: number): number => ((x - x0) / (x1 - x0)) * (y1 - y0)

export class TDigest {
  #centroids: Centroid[] = []
  #backwards = false
  #min = Infinity
  #max = -Infinity
  #total = 0

  /** As it travels between the steps of an aggregation. */
  static of(values: readonly Centroid[]): TDigest {
    const made = new TDigest()
    for (const { mean, weight } of values) made.add(mean, weight)
    made.#merge(COMPRESSION)
    made.#backwards = false
    return made
  }

  static read(bytes: Uint8Array): TDigest {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const at = (i: number) => view.getFloat64(37 + 8 * i, true)
    const count = view.getInt32(33, true)
    const made = new TDigest()
    made.#min = view.getFloat64(1, true)
    made.#max = view.getFloat64(9, true)
    made.#total = view.getFloat64(25, true)
    made.#centroids = Array.from({ length: count }, (_, i) => ({ mean: at(i), weight: at(count + i) }))
    return made
  }

  write(): Uint8Array {
    const count = this.#centroids.length
    const bytes = new Uint8Array(37 + 16 * count)
    const view = new DataView(bytes.buffer)
    for (const [i, n] of [this.#min, this.#max, COMPRESSION, this.#total].entries()) view.setFloat64(1 + 8 * i, n, true)
    view.setInt32(33, count, true)
    for (const [i, { mean, weight }] of this.#centroids.entries()) {
      view.setFloat64(37 + 8 * i, mean, true)
      view.setFloat64(37 + 8 * (count + i), weight, true)
    }
    return bytes
  }

  add(mean: number, weight: number): void {
    if (this.#centroids.length === LARGEST) this.#merge(INTERNAL)
    this.#centroids.push({ mean, weight })
    this.#total += weight
    this.#min = Math.min(this.#min, mean)
    this.#max = Math.max(this.#max, mean)
  }

  #merge(compression: number): void {
    const sorted = this.#centroids.toSorted((a, b) => a.mean - b.mean)
    if (this.#backwards) sorted.reverse()
    const [first, ...others] = sorted
    if (!first) return
    const normalizer = compression / (4 * Math.log(this.#total / compression) + 24)
    const made: Centroid[] = []
    let [{ mean, weight }, before] = [first, 0]
    let most = relative(0, normalizer)
    for (const next of others) {
      const together = weight + next.weight
      const quantile = Math.min((before + together) / this.#total, 1)
      if (together <= this.#total * Math.min(most, relative(quantile, normalizer))) {
        mean += ((next.mean - mean) * next.weight) / together
        weight = together
        continue
      }
      made.push({ mean, weight })
      before += weight
      most = relative(before / this.#total, normalizer)
      mean = next.mean
      weight = next.weight
    }
    made.push({ mean, weight })
    if (this.#backwards) made.reverse()
    this.#backwards = !this.#backwards
    this.#centroids = made
  }

  /** For shares in ascending order. */
  valuesAt(shares: readonly number[]): number[] {
    const { length } = this.#centroids
    if (length === 0) return shares.map(() => Number.NaN)
    if (length === 1) return shares.map(() => (this.#centroids[0] as Centroid).mean)
    return shares.map((share) => this.#valueAt(share * this.#total))
  }

  #valueAt(offset: number): number {
    const [first, last] = [this.#centroids[0] as Centroid, this.#centroids.at(-1) as Centroid]
    if (offset < 1) return this.#min
    if (offset < first.weight / 2) return this.#min + interpolate(offset, 1, this.#min, first.weight / 2, first.mean)
    const top = () => this.#max + interpolate(this.#total - offset, 1, this.#max, last.weight / 2, last.mean)
    if (offset <= this.#total - 1 && this.#total - offset <= last.weight / 2 && last.weight / 2 > 1) return top()
    if (offset >= this.#total - 1) return this.#max
    let before = first.weight / 2
    for (const [i, left] of this.#centroids.slice(0, -1).entries()) {
      const right = this.#centroids[i + 1] as Centroid
      const delta = (left.weight + right.weight) / 2
      if (before + delta > offset) return inside(left, right, offset - before)
      before += delta
    }
    return last.weight / 2 > 1 ? top() : this.#max
  }
}

/** Between the middles of two clusters; one of a single value holds all that falls into it. */
function inside(left: Centroid, right: Centroid, offset: number): number {
  if (left.weight === 1 && offset < left.weight / 2) return left.mean
  if (right.weight === 1 && offset >= left.weight / 2) return right.mean
  if (left.weight === 1) return left.mean + interpolate(offset - left.weight / 2, 0, left.mean, right.weight / 2, right.mean)
  const length = right.weight === 1 ? left.weight / 2 : (left.weight + right.weight) / 2
  return left.mean + interpolate(offset, 0, left.mean, length, right.mean)
}
