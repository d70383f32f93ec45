// What is special about a part stands in its declaration: nobody else asks for a part, a job or a cell by name.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jobs, machineServices, services } from '#platform/registry'
import { asksByName } from '#test/support/by-name'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES = new Set([...services.map((s) => s.name), ...jobs.map((j) => j.name), ...machineServices().map((s) => s.machine.cell)])
const ROOMS = ['chart', 'cli', 'cluster', 'demo', 'ensure', 'kit', 'parts', 'platform', 'runtime', 'wire'].map((room) => join('src', room))

/** Asks for a word of a protocol, which is a part's name too. */
const WORDS: Readonly<Record<string, string>> = {
  'src/parts/cockpit/assets.ts': 'an encoding of HTTP',
  'src/parts/sql/connectors/iceberg/partitioning.ts': 'a transform of Iceberg',
  'src/wire/iceberg/manifest/prune.ts': 'a transform of Iceberg',
  'src/wire/iceberg/transforms.ts': 'a transform of Iceberg',
  'src/wire/iceberg/updates.ts': 'a transform of Iceberg',
  'src/wire/iceberg/view-metadata.ts': 'a representation of a view of Iceberg',
}

/** A part's own folder, pod and composition may name it, and no other. */
function othersNames(file: string): ReadonlySet<string> {
  const own = /^src\/(?:parts|cluster)\/([^/]+)\/|^src\/runtime\/cells\/[^/]+\/([^/]+)\.ts$/.exec(file)
  return new Set([...NAMES].filter((name) => name !== (own?.[1] ?? own?.[2])))
}

const files = [...ROOMS, 'cockpit'].flatMap((room) =>
  sourcesBelow(join(ROOT, room))
    .filter((path) => !isTestFile(path))
    .map((path) => ({ room, file: relative(ROOT, path) }))
    .map(({ room, file }) => ({ room, file, asked: asksByName(file, readFileSync(join(ROOT, file), 'utf8'), othersNames(file)) })),
)

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
  ])('sees %s', (text) => {
    expect(asksByName('example.ts', text, NAMES)).toEqual(['example.ts:1'])
  })

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
    expect(there.flatMap(({ file, asked }) => (Object.hasOwn(WORDS, file) ? [] : asked))).toEqual([])
  })

  it('each exception is one', () => {
    const asking = new Set(files.filter((f) => f.asked.length > 0).map((f) => f.file))
    expect(Object.keys(WORDS).filter((file) => !asking.has(file))).toEqual([])
  })
})
