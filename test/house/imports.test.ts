// Dependencies point one way, in src and in the cockpit. `#kit/x`, `~/lib/x` and relative imports are followed; an arrow against the grain fails with its file.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, interfacesOf, isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const SRC = join(ROOT, 'src')

/** Room -> rooms it may import. Its own room always. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  wire: ['kit'],
  platform: ['kit'],
  ensure: ['kit', 'wire', 'platform'],
  chart: ['kit', 'platform', 'ensure'],
  parts: ['kit', 'wire'],
  demo: ['wire'],
  runtime: ['kit', 'wire', 'platform', 'ensure', 'parts'],
  // Programs in pods: parts composed anew, with those pieces of one machine's composition that know no machine.
  cluster: ['kit', 'wire', 'platform', 'ensure', 'parts', 'runtime', 'demo'],
  cli: ['kit', 'wire', 'platform', 'ensure', 'parts', 'runtime', 'demo', 'chart'],
}

/** The same for the browser's app: a feature knows no other feature, and nothing of the server. */
const COCKPIT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  ui: ['lib'],
  features: ['lib', 'ui'],
  app: ['lib', 'ui', 'features'],
  'main.tsx': ['app', 'lib', 'ui'],
}

/** What page and server share: a format, and a protocol's client side, which need neither. */
const SHARED = /^#wire\/(csv|governance|trino\/(headers|json|names|protocol|statement))$/

interface Arrow {
  readonly file: string
  readonly room: string
  /** Of parts, the part; of the cockpit's features, the feature. */
  readonly part: string | undefined
  readonly target: string
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

/** Arrows inside one root; `alias` is how the root is spelled. Packages, and what lies outside of the root, are left out. */
function arrows(root: string, alias: RegExp): Arrow[] {
  return sourcesBelow(root)
    .filter((path) => !isTestFile(path))
    .flatMap((path) => {
      const file = relative(root, path)
      const [room, part] = file.split('/') as [string, string]
      return importsOf(path).flatMap(({ spec, typeOnly, dynamic }) => {
        if (!spec.startsWith('.') && !alias.test(spec)) return []
        const target = spec.startsWith('.') ? relative(root, resolve(dirname(path), spec)) : spec.replace(alias, '')
        return [{ file, room, part: room === 'parts' || room === 'features' ? part : undefined, target, typeOnly, dynamic }]
      })
    })
}

const shown = (wrong: readonly Arrow[]) => wrong.map((i) => `${i.file} imports ${i.target}`)

/** What is no code of a room: package.json, and the stylesheet. */
const outside = ({ target }: Arrow) => /^\.\.\/package\.json$|\.css$/.test(target)

describe('the house', () => {
  const all = arrows(SRC, /^#/).filter((arrow) => !outside(arrow))
  const app = arrows(join(ROOT, 'cockpit/src'), /^~\//).filter((arrow) => !outside(arrow))

  it('reads every room', () => {
    const rooms = readdirSync(SRC, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []))
    expect(Object.keys(ALLOWED).sort()).toEqual(rooms.sort())
    expect(rooms.filter((room) => !all.some((i) => i.room === room))).toEqual([])
  })

  it('has dependencies that point one way', () => {
    const wrong = all.filter(({ room, target }) => {
      const to = target.split('/')[0] as string
      return to !== room && !(ALLOWED[room] ?? []).includes(to)
    })
    expect(shown(wrong)).toEqual([])
  })

  it('has parts that do not import each other', () => {
    const wrong = all.filter(({ room, part, target }) => room === 'parts' && target.startsWith('parts/') && target.split('/')[1] !== part)
    expect(shown(wrong)).toEqual([])
  })

  it('has no type that two parts spell alike: what they share is of the wire', () => {
    const parts = new Map<string, Set<string>>()
    for (const path of sourcesBelow(join(SRC, 'parts')).filter((p) => !isTestFile(p)))
      for (const shape of interfacesOf(path)) {
        const part = relative(SRC, path).split('/')[1] as string
        parts.set(shape, (parts.get(shape) ?? new Set()).add(part))
      }
    expect(parts.size).toBeGreaterThan(0)
    expect([...parts].filter(([, of]) => of.size > 1).map(([shape, of]) => `${shape} in ${[...of].join(' and ')}`)).toEqual([])
  })

  it('keeps the supervisor free of the domain', () => {
    const wrong = all.filter(
      ({ file, target }) => file.startsWith('runtime/supervisor/') && !/^(kit\/|runtime\/plan|runtime\/supervisor\/)/.test(target),
    )
    expect(shown(wrong)).toEqual([])
  })

  it('has a cockpit whose rooms import one way, whose features do not know each other, and that knows no server', () => {
    expect(app.map((i) => i.file)).toContain('main.tsx')
    const wrong = app.filter(({ room, part, target }) => {
      const [to, of] = target.split('/') as [string, string | undefined]
      return to === room ? part !== undefined && of !== part : !(COCKPIT[room] ?? []).includes(to)
    })
    expect(shown(wrong)).toEqual([])
    const server = sourcesBelow(join(ROOT, 'cockpit')).flatMap((path) =>
      importsOf(path).flatMap(({ spec }) =>
        (spec.startsWith('#') && !SHARED.test(spec)) || /(^|\/)src\/(kit|wire|parts|runtime)\//.test(spec)
          ? [`${path} imports ${spec}`]
          : [],
      ),
    )
    expect(server).toEqual([])
  })

  it('shares with the cockpit only what imports no package and nothing of Node', () => {
    const reached = new Set<string>()
    const foreign: string[] = []
    const follow = (path: string) => {
      if (reached.has(path)) return
      reached.add(path)
      for (const { spec, typeOnly } of importsOf(path)) {
        if (spec.startsWith('#')) follow(join(SRC, `${spec.slice(1)}.ts`))
        else if (!typeOnly) foreign.push(`${relative(ROOT, path)} imports ${spec}`)
      }
    }
    const shared = sourcesBelow(join(ROOT, 'cockpit/src')).flatMap((path) => importsOf(path).filter(({ spec }) => SHARED.test(spec)))
    expect(shared.map(({ spec }) => spec)).toContain('#wire/trino/statement')
    for (const { spec } of shared) follow(join(SRC, `${spec.slice(1)}.ts`))
    expect(foreign).toEqual([])
  })

  it('starts its processes without libraries that few requests need: each holds some MiB, and an idle process all of them', () => {
    const LATE = new Set(['zod', 'yaml', 'nodemailer', '@opentelemetry/api'])
    // Theirs are the bodies of most requests.
    const NEEDED: Record<string, readonly string[]> = { engine: ['zod'], lake: ['zod'] }
    const cells = join(SRC, 'runtime/cells')
    const loaded = readdirSync(cells).map((cell) => {
      const reached = new Set<string>()
      const found = new Set<string>()
      const follow = (path: string) => {
        if (reached.has(path)) return
        reached.add(path)
        for (const { spec, typeOnly, dynamic } of importsOf(path)) {
          if (typeOnly || dynamic) continue
          if (spec.startsWith('#') && !/\.json$/.test(spec)) follow(join(SRC, `${spec.slice(1)}.ts`))
          else if (LATE.has(spec)) found.add(spec)
        }
      }
      for (const path of [join(SRC, 'runtime/cell.ts'), ...sourcesBelow(join(cells, cell)).filter((path) => !isTestFile(path))])
        follow(path)
      expect([...reached]).toContain(join(SRC, 'kit/access.ts'))
      return [cell, [...found].sort()]
    })
    expect(Object.fromEntries(loaded)).toEqual(Object.fromEntries(readdirSync(cells).map((cell) => [cell, NEEDED[cell] ?? []])))
  })

  it('has no import cycle between files when it runs', () => {
    const cycles = [all, app].flatMap((arrows) => {
      const graph = new Map<string, Set<string>>()
      for (const { file, target } of arrows.filter((i) => !i.typeOnly && !i.dynamic)) {
        const to = /\.tsx?$/.test(target) ? target : `${target}.ts`
        graph.set(file, (graph.get(file) ?? new Set()).add(to))
      }
      return findCycles(graph)
    })
    expect(cycles).toEqual([])
  })

  it('has no file of more than 500 lines', () => {
    const files = ['src', 'cockpit', 'test', 'scripts'].flatMap((dir) => sourcesBelow(join(ROOT, dir)))
    const long = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 500)
    expect(long.map((p) => relative(ROOT, p))).toEqual([])
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
