// What is special about a part stands in its declaration: nobody else asks for a part, a job or a cell by name.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { own } from '#kit/own'
import { jobs, machineServices, services } from '#platform/registry'
import { asksByName, textsOf } from '#test/support/by-name'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES = new Set([...services.map((s) => s.name), ...jobs.map((j) => j.name), ...machineServices().map((s) => s.machine.cell)])
const ROOMS = ['chart', 'cli', 'cluster', 'demo', 'ensure', 'kit', 'parts', 'platform', 'runtime', 'wire'].map((room) => join('src', room))

/** Asks for a word, which is a part's name too. */
const WORDS: Readonly<Record<string, { readonly names: readonly string[]; readonly because: string }>> = {
  'cockpit/src/features/home/summary.ts': { names: ['edge', 'identity', 'compute', 'lake', 'governance'], because: 'layers' },
  'cockpit/src/features/sql/tree.tsx': { names: ['catalog'], because: 'a kind of line in the tree of SQL' },
  'src/chart/values.ts': { names: ['gateway'], because: 'a key of the global values' },
  'src/cli/commands/test.ts': { names: ['cockpit'], because: 'a stage of tests' },
  'src/parts/cockpit/assets.ts': { names: ['identity'], because: 'an encoding of HTTP' },
  'src/parts/gateway/login.ts': { names: ['cockpit'], because: 'a client of the realm' },
  'src/parts/sql/connectors/iceberg/partitioning.ts': { names: ['identity'], because: 'a transform of Iceberg' },
  'src/wire/iceberg/manifest/prune.ts': { names: ['identity'], because: 'a transform of Iceberg' },
  'src/wire/iceberg/transforms.ts': { names: ['identity'], because: 'a transform of Iceberg' },
  'src/wire/iceberg/updates.ts': { names: ['identity'], because: 'a transform of Iceberg' },
  'src/wire/iceberg/view-metadata.ts': { names: ['sql'], because: 'a representation of a view of Iceberg' },
}

/** A part's own folder, pod and composition may name it, and no other. */
function othersNames(file: string): Set<string> {
  const own = /^src\/(?:parts|cluster)\/([^/]+)\/|^src\/runtime\/cells\/[^/]+\/([^/]+)\.ts$/.exec(file)
  return new Set([...NAMES].filter((name) => name !== (own?.[1] ?? own?.[2])))
}

const texts = [...ROOMS, 'cockpit'].flatMap((room) =>
  sourcesBelow(join(ROOT, room))
    .filter((path) => !isTestFile(path))
    .map((path) => ({ room, file: relative(ROOT, path), text: readFileSync(path, 'utf8') })),
)
const constants = new Map(texts.map(({ file, text }) => [file, textsOf(file, text)]))
const imported = (spec: string, name: string) =>
  constants.get(`${spec.replace(/^#/, 'src/').replace(/^~\//, 'cockpit/src/')}.ts`)?.get(name)
const asked = (file: string, text: string, names: ReadonlySet<string>) => asksByName(file, text, names, imported)
const files = texts.map(({ room, file, text }) => {
  const others = othersNames(file)
  for (const name of own(WORDS, file)?.names ?? []) others.delete(name)
  return { room, file, text, asked: asked(file, text, others) }
})

describe('a part is declared, not known', () => {
  const composed = machineServices().filter((s) => !s.machine.postgres)
  it.each(composed.map((s) => `${s.machine.cell}/${s.name}`))('src/runtime/cells/%s.ts composes it', (part) => {
    expect(existsSync(join(ROOT, 'src/runtime/cells', `${part}.ts`))).toBe(true)
  })

  it.each([
    "if (cell === 'engine') limit()",
    "switch (name) { case 'gateway': open() }",
    "const isServer = cell.startsWith('postgresql')",
    "const server = ['postgresql', 'postgresql-data'].includes(cell)",
    "const ENGINE = 'engine'; if (cell === ENGINE) limit()",
    "import { SERVER } from '#platform/x'; const isServer = name === SERVER",
    'const limit = { engine: 512, lake: 256 }[cell]',
    'const LIMITS = { engine: 512 }; const limit = LIMITS[cell]',
    "const LIMITS = { 'postgresql-data': 512 } as const; const limit = own(LIMITS, cell)",
    'const LIMITS = { engine: 512 }; const has = cell in LIMITS || Object.hasOwn(LIMITS, cell)',
  ])('sees %s', (text) => {
    const found = asksByName('example.ts', text, NAMES, (spec, name) =>
      spec === '#platform/x' && name === 'SERVER' ? 'postgresql' : undefined,
    )
    expect([...new Set(found)]).toEqual(['example.ts:1'])
  })

  it.each([
    'const ports = { main: 1 }; ports[name]',
    "const at = { engine: 1 }; at.engine; at['engine']",
    "const OTHER = 'nobody'; name === OTHER",
  ])('takes no other for one: %s', (text) => expect(asksByName('example.ts', text, NAMES)).toEqual([]))

  it('lets a part name itself, and no other', () => {
    const ask = (file: string, name: string) => asksByName(file, `name === '${name}'`, othersNames(file))
    for (const file of ['src/parts/docs/store.ts', 'src/cluster/docs/main.ts', 'src/runtime/cells/edge/docs.ts']) {
      expect(ask(file, 'docs')).toEqual([])
      expect(ask(file, 'cockpit')).toEqual([`${file}:1`])
    }
    expect(ask('src/cluster/pod.ts', 'docs')).toEqual(['src/cluster/pod.ts:1'])
  })

  it.each([...ROOMS, 'cockpit'])('%s asks for no part, no job and no cell by name', (room) => {
    const there = files.filter((f) => f.room === room)
    expect(there.length).toBeGreaterThan(0)
    expect(there.flatMap((f) => f.asked)).toEqual([])
  })

  it.each(Object.entries(WORDS).flatMap(([file, { names }]) => names.map((name) => [name, file] as const)))(
    'exception for %s in %s is one',
    (name, file) => {
      const text = files.find((f) => f.file === file)?.text ?? ''
      expect(asked(file, text, new Set([name])).length).toBeGreaterThan(0)
    },
  )
})
