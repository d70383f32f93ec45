// Images of our own programs. A Dockerfile takes nothing from another one by a means that all builders know, so what they share is
// the same word for word: a builder makes it once, and one that was changed alone is seen here.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copiedBy, importedBy } from '#test/support/due'
import { type Import, importsOf } from '#test/support/syntax'

const DOCKER = resolve(import.meta.dirname, '../../docker')

interface Stage {
  readonly from: string
  readonly lines: readonly string[]
}

function stages(image: string): Stage[] {
  const [, ...texts] = readFileSync(join(DOCKER, image, 'Dockerfile'), 'utf8').split(/^(?=FROM )/m)
  return texts.map((text) => {
    const [from = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return { from, lines }
  })
}

/** What an image has of its own in the final stage: what it copies from its other stages, its labels, its door and its program. */
const OWN = /^(COPY --from=app |LABEL |\s+org\.opencontainers|EXPOSE |ENTRYPOINT )/

describe('images of our programs', () => {
  const images = readdirSync(DOCKER).filter((image) => stages(image).some(({ lines }) => lines.includes('COPY src/ /opt/akko/src/')))
  const [first = '', ...others] = images

  it('are several', () => expect(images).toEqual(expect.arrayContaining(['cockpit', 'docs', 'init'])))

  it.each(others)('%s is made as the others are', (image) => {
    const shared = (of: string) => {
      const all = stages(of)
      const modules = all.find(({ from }) => from.endsWith(' AS modules'))
      const final = all.at(-1)
      return { modules, final: { from: final?.from, lines: final?.lines.filter((line) => !OWN.test(line)) } }
    }
    expect(shared(image).modules?.lines.length).toBeGreaterThan(0)
    expect(shared(image)).toEqual(shared(first))
  })
})

describe('what an image runs', () => {
  const runs = readdirSync(DOCKER).flatMap((image) => programs(image).map(([program, copied]) => [image, program, copied] as const))

  it('is read from its Dockerfile', () => {
    expect(runs.map(([, program]) => program)).toEqual(expect.arrayContaining(['src/cluster/init/main.ts', 'cockpit/src/main.tsx']))
  })

  it.each(runs)('%s: %s finds all that it imports', (_image, program, copied) => {
    const needed = [...importedBy([program], ({ typeOnly }) => !typeOnly)]
    expect(needed.length).toBeGreaterThan(0)
    expect(needed.filter((file) => !copied.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([])
  })

  it.each(runs)('%s: %s loads no package that its image leaves out', (image, program) => {
    const leftOut = stages(image).flatMap(({ lines }) =>
      lines.flatMap((line) => [...line.matchAll(/ node_modules\/(\S+)/g)].map(([, name = '']) => name)),
    )
    const gone = [...importedBy([program], loadedAtOnce)].flatMap((file) =>
      /\.tsx?$/.test(file)
        ? importsOf(join(DOCKER, '..', file))
            .filter(loadedAtOnce)
            .map(({ spec }) => spec)
        : [],
    )
    expect(leftOut).toContain('lmdb')
    expect(gone.filter((spec) => leftOut.some((name) => spec === name || spec.startsWith(`${name}/`)))).toEqual([])
  })
})

const loadedAtOnce = ({ typeOnly, dynamic }: Import) => !typeOnly && !dynamic

/** Our programs that run in an image or while it is built, each with what its stage has of the repository by then. */
function programs(image: string): [string, string[]][] {
  return stages(image).flatMap(({ lines }): [string, string[]][] => {
    const started = lines.map((line) => /^ENTRYPOINT \["node", "(.*)"\]/.exec(line)?.[1]).find((program) => program !== undefined)
    const built = lines.findIndex((line) => line.endsWith('vite.js build cockpit'))
    return [
      ...(started ? [[started, copiedBy(lines.join('\n'))] as [string, string[]]] : []),
      ...(built >= 0 ? [['cockpit/src/main.tsx', copiedBy(lines.slice(0, built).join('\n'))] as [string, string[]]] : []),
    ]
  })
}
