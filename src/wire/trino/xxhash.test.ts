import { describe, expect, it } from 'vitest'
import { xxhash64, xxhash64OfLong } from '#wire/trino/xxhash'

describe('xxHash64', () => {
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['hello', '26c7827d889f6da3'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ])('of %j is %s', (text, hash) => {
    expect(xxhash64(Buffer.from(text)).toString(16)).toBe(hash)
  })

  it('of a whole number is that of its bytes', () => {
    for (const value of [0n, 5n, -1n, 2n ** 63n - 1n]) {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(value)
      expect(xxhash64OfLong(value)).toBe(xxhash64(bytes))
    }
  })
})
