// A kind of resource is its own file, its own test file and one line: nothing else of the engine knows it by name.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kinds } from '#ensure/kinds'
import { jobs, resourcesOf } from '#platform/registry'
import { asksByName } from '#test/support/by-name'
import { importsOf, isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = join(import.meta.dirname, '../..')
const ENSURE = join(ROOT, 'src/ensure')
const FOLDER = join(ENSURE, 'kinds')
const LIST = join(FOLDER, 'index.ts')

/** What kinds share. */
const HELPERS = ['postgres-live', 'postgres-sql']

const files = readdirSync(FOLDER).map((name) => name.replace(/\.ts$/, ''))
const own = files.filter((name) => name !== 'index' && !name.startsWith('test-') && !HELPERS.includes(name))

describe('a kind of resource', () => {
  it('is listed once, and nothing else is', () => {
    expect(own.length).toBeGreaterThan(0)
    expect(
      importsOf(LIST)
        .map((i) => i.spec)
        .sort(),
    ).toEqual(own.map((name) => `#ensure/kinds/${name}`).sort())
    expect(Object.keys(kinds)).toHaveLength(own.length)
    for (const [name, kind] of Object.entries(kinds)) expect(kind.kind).toBe(name)
  })

  it('has its laws in a file of its own', () => {
    expect(files.filter((name) => name.startsWith('test-')).sort()).toEqual(own.map((name) => `test-${name}`).sort())
  })

  it('says its own type, and what it is called', () => {
    const silent = own.filter((name) => {
      const text = readFileSync(join(FOLDER, `${name}.ts`), 'utf8')
      return !/declare module '#platform\/resources'/.test(text) || !/\bid: /.test(text)
    })
    expect(silent).toEqual([])
  })

  it('is asked for by name by nobody else in the engine', () => {
    const names = new Set(Object.keys(kinds))
    expect(asksByName('example.ts', "if (resource.kind === 'role') open()", names)).toEqual(['example.ts:1'])
    const others = sourcesBelow(ENSURE).filter((path) => !path.startsWith(FOLDER) && !isTestFile(path))
    expect(others.length).toBeGreaterThan(0)
    expect(others.flatMap((path) => asksByName(relative(ENSURE, path), readFileSync(path, 'utf8'), names))).toEqual([])
  })

  it('is kept by one job, wherever a resource of it is declared', () => {
    const declared = (['machine', 'cluster'] as const).flatMap((shape) =>
      resourcesOf({ shape, domain: 'akko.localhost', publicPort: 8443, demo: true }),
    )
    expect(declared.length).toBeGreaterThan(0)
    for (const resource of declared) expect(jobs.filter((job) => job.selects(resource)).length, resource.kind).toBe(1)
  })
})
