// docs/security.md names for each finding the tests that hold it shut: each is there, under this name, and is not skipped.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testsOf } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const rows = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, finding]) => !/^-+$/.test(finding as string))
const named = rows.flatMap(([, finding, , held]) =>
  [...(held as string).matchAll(/`([^`]+)`: \*([^*]+)\*(?: \(([^)]+)\))?/g)].map(([, file, title, one]) => ({
    finding,
    file: file as string,
    title: title as string,
    one,
  })),
)

describe('the security page', () => {
  it('has findings in three columns, each held by a test', () => {
    expect(rows.length).toBeGreaterThan(0)
    expect(
      rows.filter((cells) => cells.length !== 5 || cells.slice(1, 4).some((cell) => cell === '')).map(([, finding]) => finding),
    ).toEqual([])
    expect(rows.filter(([, finding]) => !named.some((n) => n.finding === finding)).map(([, finding]) => finding)).toEqual([])
    // All that stands in the third column was understood.
    expect(rows.flatMap(([, , , held]) => (held as string).match(/`[^`]+\.ts`/g) ?? [])).toHaveLength(named.length)
  })

  it('is not content with a test that is skipped by itself, by its options, by a group around it, or in part', () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-page-'))
    const file = join(dir, 'x.test.ts')
    writeFileSync(
      file,
      `describe('runs', () => { it('one', () => {}); it.each([1])('each', () => {}) })
       describe.skip(\`not \${1}\`, () => { describe('within', () => { it('two', () => {}) }); it.each([1])('all', () => {}) })
       describe('in part', () => { it('three', () => {}); it('four', { skip: true }, () => {}) })
       it.todo('five'); test.fails('six', () => {}); it('seven', { timeout: 1, skip: false }, () => {})`,
    )
    try {
      const [runs, skipped] = [false, true].map((kind) => testsOf(file).flatMap((t) => (t.skipped === kind ? [t.title] : [])))
      expect(runs).toEqual(['runs', 'one', 'each', 'three', 'seven'])
      expect(skipped).toEqual(['within', 'two', 'all', 'in part', 'four', 'five', 'six'])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it.each(named)('$file: $title', ({ file, title }) => {
    expect(existsSync(join(ROOT, file))).toBe(true)
    const found = testsOf(join(ROOT, file)).filter((t) => t.title === title)
    expect(found.map((t) => t.skipped)).toEqual([false])
  })

  // A title that is all placeholder says nothing of what is tested.
  it.each(named.filter(({ title, one }) => one !== undefined || /^%\w$/.test(title)))('$file: $title, $one', ({ file, one }) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const imported = [...text.matchAll(/from '#(parts\/[\w/-]+)'/g)].map(([, path]) => readFileSync(join(ROOT, `src/${path}.ts`), 'utf8'))
    expect(one).toBeDefined()
    expect([text, ...imported].filter((t) => t.includes(`'${one}'`))).toHaveLength(1)
  })
})
