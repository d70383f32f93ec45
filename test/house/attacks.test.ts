// The time of attacks is that of the files which are there.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { ATTACKS, attackTimes } from '#test/support/attacks'

const ROOT = resolve(import.meta.dirname, '../..')

it('every file that attacks is there, and its time is counted once', () => {
  const files = Object.values(ATTACKS).flat()
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  expect(new Set(files).size).toBe(files.length)
  const took = new Map(files.map((file) => [file, 1000]))
  expect(attackTimes(took, (ms) => `${ms}`)).toMatch(new RegExp(`^attacks, fuzzers and policy cases together ${files.length}000: `))
  expect(attackTimes(new Map([['src/elsewhere.test.ts', 1]]), String)).toBeUndefined()
})
