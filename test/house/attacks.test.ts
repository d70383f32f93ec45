// The time of attacks is that of the files which are there.
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { ATTACKS, attackTimes } from '#test/support/attacks'

const ROOT = resolve(import.meta.dirname, '../..')

/** What the names of their files say. */
const ATTACKING = /(^|[-/])(access|barrier|every-operation|hostile[a-z-]*|limits|policies|refusals|rights)\.test\.ts$/

it('every file that says by its name that it attacks a part is among them', () => {
  const named = globSync('src/{kit,parts}/**/*.test.ts', { cwd: ROOT }).filter((file) => ATTACKING.test(file))
  expect(named).toContain('src/parts/storage/access.test.ts')
  const files = Object.values(ATTACKS).flat()
  expect(named.filter((file) => !files.includes(file))).toEqual([])
})

it('every file that attacks is there, and its time is counted once', () => {
  const files = Object.values(ATTACKS).flat()
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  expect(new Set(files).size).toBe(files.length)
  const took = new Map(files.map((file) => [file, 1000]))
  expect(attackTimes(took, (ms) => `${ms}`)).toMatch(new RegExp(`^attacks, fuzzers and policy cases together ${files.length}000: `))
  expect(attackTimes(new Map([['src/elsewhere.test.ts', 1]]), String)).toBeUndefined()
})
