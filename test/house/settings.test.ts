// A setting that nothing reads promises what nobody keeps.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { configLeaves } from '#platform/config'

const SRC = resolve(import.meta.dirname, '../../src')

/** Accesses and destructured names of every hand-written file but the schema itself. */
function names(dir = SRC): Set<string> {
  const found = new Set<string>()
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !/\.ts$/.test(file) || /\.test\.ts$/.test(file) || file === join(SRC, 'platform/config.ts')) continue
    const text = readFileSync(file, 'utf8')
    for (const [, path] of text.matchAll(/\bconfig\)?\??\.((?:\w+\??\.)*\w+)/g))
      for (const name of (path as string).split('.')) found.add(name)
    for (const [, list] of text.matchAll(/\{([^{}]*)\}(?:\s*:\s*[\w<>]+)?\s*(?:=|\))[^\n]*\bconfig\b/g))
      for (const [name] of (list as string).matchAll(/\w+/g)) found.add(name)
  }
  return found
}

it('each setting is read somewhere', () => {
  const read = names()
  const leaves = configLeaves().map(({ path }) => path)
  expect(leaves.length).toBeGreaterThan(0)
  expect(leaves.filter((path) => !read.has(path.at(-1) as string)).map((path) => path.join('.'))).toEqual([])
})
