import { describe, expect, it } from 'vitest'
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
