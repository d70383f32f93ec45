// A test that asserts nothing proves nothing: each project of Vitest is told to fail it. One of the house that counts must be changed by whoever adds a part.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseSync, Visitor } from 'vite'
import { expect, it } from 'vitest'
import { sourcesBelow } from '#test/support/syntax'
import cockpit from '../../cockpit/vitest.config.ts'
import config from '../../vitest.config.ts'

const COUNTS = /^to(Be|Equal|StrictEqual|HaveLength|BeGreaterThan|BeGreaterThanOrEqual)$/

/** Each assertion on a number that is more than whether there is one. */
function counted(file: string, text: string): string[] {
  const found: string[] = []
  new Visitor({
    CallExpression({ callee, arguments: [value], start }) {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || !COUNTS.test(callee.property.name)) return
      if (value?.type === 'Literal' && typeof value.value === 'number' && value.value > 1)
        found.push(`${file}:${text.slice(0, start).split('\n').length}`)
    },
  }).visit(parseSync(file, text).program)
  return found
}

it('every project fails a test that asserts nothing', () => {
  const projects = (config.test?.projects ?? []).flatMap((p) => (typeof p === 'object' && 'test' in p ? [p.test] : []))
  expect(projects.length).toBeGreaterThan(0)
  const lax = [...projects, cockpit.test].filter((p) => p?.expect?.requireAssertions !== true)
  expect(lax.map((p) => p?.name)).toEqual([])
})

it('no test of the house counts', () => {
  expect(counted('x.ts', 'expect(files.length).toBe(25)\nexpect(files).toHaveLength(3)\nexpect(parts.size).toBeGreaterThan(0)')).toEqual([
    'x.ts:1',
    'x.ts:2',
  ])
  const files = sourcesBelow(import.meta.dirname)
  expect(files.length).toBeGreaterThan(0)
  expect(files.flatMap((path) => counted(basename(path), readFileSync(path, 'utf8')))).toEqual([])
})
