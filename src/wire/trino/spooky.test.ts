import { expect, it } from 'vitest'
import { spooky64 } from '#wire/trino/spooky'

/** Of the bytes 128, 129 and so on: from the table that the author's own test has. */
it.each([
  [0, 0x6bf50919],
  [1, 0x70de1d26],
  [15, 0x83ec01f9],
  [16, 0xf274736c],
  [64, 0x069c8bb7],
  [510, 0x82046f8e],
  [511, 0xcc1c8250],
])('SpookyHash of %i bytes', (length, hash) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i + 128)
  expect(Number(BigInt.asUintN(32, spooky64(bytes)))).toBe(hash)
})
