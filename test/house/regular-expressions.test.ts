// A regular expression that is made while the program runs is tried by the process that answers everybody, every way to match: never a user's.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSync } from 'vite'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Where expressions are put together of our own words. */
const OURS = ['src/parts/identity/email.ts', 'src/parts/postgresql/providers/apt.ts', 'src/wire/s3/xml.ts']

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item)
  else if (value !== null && typeof value === 'object') {
    if (typeof (value as Node).type === 'string') yield value as Node
    for (const inner of Object.values(value)) yield* nodesOf(inner)
  }
}

const makes = (text: string, path = 'a.ts'): boolean =>
  text.includes('RegExp') &&
  [...nodesOf(parseSync(path, text).program)].some(
    ({ type, callee }) => /^(New|Call)Expression$/.test(type) && (callee as Node).name === 'RegExp',
  )

it('are made of words of ours only', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  expect(files.filter((file) => makes(readFileSync(join(ROOT, file), 'utf8'), file)).sort()).toEqual(OURS)
})

it('are found however they are made', () => {
  expect([makes('new RegExp(a)'), makes('x(RegExp(a + b))'), makes('/a/.test(b)')]).toEqual([true, true, false])
})
