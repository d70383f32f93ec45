import { zstdCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { packStatement, unpackStatement } from '#wire/trino/prepared-text'

const LIMIT = 1_000_000

it('long statements travel compressed, others as they are', () => {
  const short = `SELECT ${'1, '.repeat(100)}1`
  expect(packStatement(short)).toBe(short)
  const long = `SELECT * FROM t WHERE id IN (${Array.from({ length: 4000 }, (_, i) => i).join(', ')}) AND n = 'é'`
  const packed = packStatement(long)
  expect(packed).toMatch(/^\$zstd:[\w-]+$/)
  expect(packed.length).toBeLessThan(long.length / 2)
  expect(unpackStatement(packed, LIMIT)).toBe(long)
})

it('what is not one of ours, or would be larger than a statement may be, is none', () => {
  expect(unpackStatement('$zstd:no', LIMIT)).toBeUndefined()
  const bomb = `$zstd:${zstdCompressSync(Buffer.alloc(20 * LIMIT)).toString('base64url')}`
  expect(bomb.length).toBeLessThan(10_000)
  expect(unpackStatement(bomb, LIMIT)).toBeUndefined()
})
