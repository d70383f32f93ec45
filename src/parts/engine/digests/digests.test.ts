import { describe, expect, it } from 'vitest'
import { histogram } from '#parts/engine/digests/histogram'
import { cardinality, hyperLogLog } from '#parts/engine/digests/sketches'
import { TDigest } from '#parts/engine/digests/tdigest'
import { murmur64 } from '#wire/trino/murmur'

describe('a t-digest', () => {
  it('is the same from its bytes', () => {
    const made = TDigest.of(Array.from({ length: 500 }, (_, i) => ({ mean: i * 1.5, weight: 1 + (i % 3) })))
    const again = TDigest.read(made.write())
    expect(again.valuesAt([0, 0.3, 0.999, 1])).toEqual(made.valuesAt([0, 0.3, 0.999, 1]))
    expect(made.valuesAt([0, 1])).toEqual([0, 748.5])
  })

  it('has the bytes of Trino', () => {
    const bytes = TDigest.of([{ mean: 1, weight: 1 }]).write()
    expect(Buffer.from(bytes).toString('base64')).toBe('AAAAAAAAAPA/AAAAAAAA8D8AAAAAAABZQAAAAAAAAPA/AQAAAAAAAAAAAPA/AAAAAAAA8D8=')
  })
})

describe('a sketch', () => {
  const hashes = (count: number) => Array.from({ length: count }, (_, i) => murmur64(Buffer.from(`value ${i}`)))

  it('has the bytes of Trino', () => {
    expect(Buffer.from(hyperLogLog([murmur64(Buffer.from('hello'))], 12)).toString('base64')).toBe('AgwBAICn2Ms=')
  })

  it('counts what it holds, and does not grow beyond its form', () => {
    expect(cardinality(hyperLogLog(hashes(300), 12))).toBe(300n)
    expect(() => hyperLogLog(hashes(401), 12)).toThrow('so many values')
  })
})

describe('a histogram', () => {
  type Bucket = { readonly value: number; readonly weight: number }
  const penalty = (a: Bucket, b: Bucket) => (a.value - b.value) ** 2 * ((a.weight * b.weight) / (a.weight + b.weight))
  /** The two neighbours that cost least, as often as there are too many. */
  const plainly = (given: readonly Bucket[], most: number): Bucket[] => {
    const buckets = [...given]
    while (buckets.length > most) {
      const costs = buckets.slice(1).map((right, i) => penalty(buckets[i] as Bucket, right))
      const at = costs.indexOf(Math.min(...costs))
      const [a, b] = [buckets[at], buckets[at + 1]] as [Bucket, Bucket]
      const weight = a.weight + b.weight
      buckets.splice(at, 2, { value: (a.value * a.weight + b.value * b.weight) / weight, weight })
    }
    return buckets
  }

  it.each([2, 3, 7, 20])('of %i buckets brings together what is nearest', (most) => {
    const values = Array.from({ length: 90 }, (_, i) => ({ value: i * i + Math.sin(i * 7), weight: 1 + (i % 4) }))
    const made = histogram(values.toReversed(), most, () => {})
    const wanted = plainly(values, most)
    expect(made.map(({ weight }) => weight)).toEqual(wanted.map(({ weight }) => weight))
    for (const [i, { value }] of made.entries()) expect(value).toBeCloseTo(wanted[i]?.value ?? Number.NaN, 8)
  })
})
