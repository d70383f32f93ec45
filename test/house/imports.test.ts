// Dependencies point one way. `#kit/x` and relative imports are both followed; an arrow against the grain fails with its file.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/** Room -> rooms it may import. Its own room always. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  wire: ['kit'],
  platform: ['kit'],
  ensure: ['kit', 'wire', 'platform'],
  chart: ['kit', 'platform'],
  parts: ['kit', 'wire'],
  demo: [],
  runtime: ['kit', 'wire', 'platform', 'ensure', 'parts'],
  // Programs in pods: parts composed anew, with those pieces of one machine's composition that know no machine.
  cluster: ['kit', 'wire', 'platform', 'ensure', 'parts', 'runtime', 'demo'],
  cli: ['kit', 'wire', 'platform', 'ensure', 'parts', 'runtime', 'demo', 'chart'],
}

interface Import {
  readonly file: string
  readonly room: string
  readonly part: string | undefined
  readonly target: string
  /** `import type`: gone when the code runs. */
  readonly typeOnly: boolean
}

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const path = join(dir, e.name)
    return e.isDirectory() ? sources(path) : e.name.endsWith('.ts') && !isTestFile(path) ? [path] : []
  })
}

function isTestFile(path: string): boolean {
  return /\.test\.ts$|[/-]testing(\.ts|\/)|\/test-[a-z-]+\.ts$/.test(path)
}

function imports(): Import[] {
  return sources(SRC).flatMap((path) => {
    const file = relative(SRC, path)
    const [room, part] = file.split('/') as [string, string]
    const text = readFileSync(path, 'utf8')
    return [...text.matchAll(/(?:(import|export)\s+(type\s)?[^'"]*?from|import)\s*\(?\s*['"]([#.][^'"]+)['"]/g)].flatMap((m) => {
      const spec = m[3] as string
      const target = spec.startsWith('#') ? spec.slice(1) : relative(SRC, resolve(dirname(path), spec))
      const outside = target.startsWith('..') // package.json
      return outside ? [] : [{ file, room, part: room === 'parts' ? part : undefined, target, typeOnly: m[2] !== undefined }]
    })
  })
}

describe('the house', () => {
  const all = imports()

  it('reads a tree with imports in it', () => {
    expect(all.length).toBeGreaterThan(100)
  })

  it('has dependencies that point one way', () => {
    const wrong = all.filter(({ room, target }) => {
      const to = target.split('/')[0] as string
      return to !== room && !(ALLOWED[room] ?? []).includes(to)
    })
    expect(wrong.map((i) => `${i.file} imports ${i.target}`)).toEqual([])
  })

  it('has parts that do not import each other', () => {
    const wrong = all.filter(({ room, part, target }) => room === 'parts' && target.startsWith('parts/') && target.split('/')[1] !== part)
    expect(wrong.map((i) => `${i.file} imports ${i.target}`)).toEqual([])
  })

  it('keeps the supervisor free of the domain', () => {
    const wrong = all.filter(
      ({ file, target }) => file.startsWith('runtime/supervisor/') && !/^(kit\/|runtime\/plan|runtime\/supervisor\/)/.test(target),
    )
    expect(wrong.map((i) => `${i.file} imports ${i.target}`)).toEqual([])
  })

  it('has no import cycle between files when it runs', () => {
    const graph = new Map<string, Set<string>>()
    for (const { file, target } of all.filter((i) => !i.typeOnly)) {
      const to = target.endsWith('.ts') ? target : `${target}.ts`
      graph.set(file, (graph.get(file) ?? new Set()).add(to))
    }
    expect(findCycles(graph)).toEqual([])
  })

  it('has no file of more than 500 lines', () => {
    const long = sources(SRC).filter((path) => readFileSync(path, 'utf8').split('\n').length > 500)
    expect(long.map((p) => relative(SRC, p))).toEqual([])
  })
})

function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node)
    if (at >= 0) {
      cycles.push([...path.slice(at), node].join(' -> '))
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return cycles
}
