// Projects of Vitest that are due only when what they judge has changed since they last passed on this machine.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { SUITES } from '#test/cluster/lacking'
import { haveClusterTools, NODE_TOOLS } from '#test/cluster/tools'
import { cacheRoot } from '#test/support/judges'
import { JUDGES } from '#test/support/lanes'
import { type Import, importsOf } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')

export const HEAVY = ['chart', 'api', 'judges', 'cluster'] as const
/** Projects of Vitest that are due only after a change. */
export type Heavy = (typeof HEAVY)[number]

/** What each of them stands on. */
const COMMON = ['vitest.config.ts', 'package-lock.json', 'test/support/platform-setup.ts', 'test/support/java']
/** The chart, the images, the declarations with the policy beside them, and the tests on a Kubernetes. */
const ON_KUBERNETES = ['helm', 'docker', 'src/platform', 'test/cluster', 'test/golden']
/** Programs outside images whose imports, of ours, are inputs: what renders the chart, and who asks the cluster. */
const ENTRIES = ['src/chart/index.ts', 'src/cli/commands/plan-cluster.ts']

const INPUTS: Readonly<Record<Heavy, () => string[]>> = {
  chart: () => [...filesBelow('test/chart', 'helm', 'docker', 'src/platform', 'README.md'), ...importedBy(filesBelow('test/chart'))],
  judges: () => [...filesBelow('cockpit', 'docker', 'test/judges', 'src/platform', 'src/ensure'), ...importedBy(JUDGES)],
  api: onKubernetes,
  cluster: onKubernetes,
}
const BUILT = new Set(['node_modules', 'dist'])
const PROGRAM = /^ENTRYPOINT \["node", "(src\/[^"]+)"\]/m

/** Every file that a project judges, sorted. */
export function inputFiles(project: Heavy): string[] {
  return [...new Set([...filesBelow(...COMMON), ...INPUTS[project]()])].sort()
}

/** Of `src`, which images take whole, what their programs import; all else that Dockerfiles copy; the strangers that ask the cluster. */
function onKubernetes(): string[] {
  const files = filesBelow(...ON_KUBERNETES, ...copiedByImages().filter((path) => path !== 'src'))
  const tests = files.filter((path) => path.startsWith('test/'))
  const python = filesBelow('test/strangers').filter((path) => path.endsWith('.py'))
  return [...files, ...python, ...importedBy([...ENTRIES, ...programsOfImages(), ...tests, ...SUITES])]
}

/** What images take out of the repository, by the COPY lines of their Dockerfiles. */
export function copiedByImages(): string[] {
  return [...new Set(dockerfiles().flatMap(copiedBy))].sort()
}

/** What the COPY lines of a Dockerfile, or of a stage of one, take out of the repository. */
export function copiedBy(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^COPY (?!--from=)/.test(line))
  return lines.flatMap((line) => line.split(/\s+/).slice(1, -1)).map((path) => path.replace(/\/$/, ''))
}

/** Our programs that images start. */
function programsOfImages(): string[] {
  return dockerfiles().flatMap((text) => PROGRAM.exec(text)?.[1] ?? [])
}

function dockerfiles(): string[] {
  return readdirSync(join(ROOT, 'docker')).map((name) => readFileSync(join(ROOT, 'docker', name, 'Dockerfile'), 'utf8'))
}

/** These files and what they import of ours, and so on. */
export function importedBy(entries: readonly string[], follows = (_: Import) => true): Set<string> {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    if (!/\.tsx?$/.test(path)) return
    for (const found of importsOf(join(ROOT, path)).filter(follows)) {
      const next = fileOf(found.spec, path)
      if (next) visit(next)
    }
  }
  for (const entry of entries) visit(entry)
  return seen
}

/** Where an import of ours leads, or nothing when it names a package. */
function fileOf(spec: string, importer: string): string | undefined {
  if (spec.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(importer), spec))
  if (spec.startsWith('#test/')) return `test/${spec.slice('#test/'.length)}.ts`
  if (spec.startsWith('#')) return `src/${spec.slice(1)}.ts`
  if (!spec.startsWith('~/')) return undefined
  const path = `cockpit/src/${spec.slice(2)}`
  return [path, `${path}.ts`, `${path}.tsx`].find((name) => existsSync(join(ROOT, name))) ?? path
}

function filesBelow(...paths: string[]): string[] {
  return paths.flatMap((path) => {
    if (statSync(join(ROOT, path)).isFile()) return [path]
    const names = readdirSync(join(ROOT, path)).filter((name) => !BUILT.has(name))
    return filesBelow(...names.map((name) => `${path}/${name}`))
  })
}

export interface Due {
  /** In words, why it need not or cannot run now; undefined when it runs. */
  readonly why: string | undefined
  /** To be called when it has passed. */
  passed(): void
}

/** Whether a project runs that nobody asked for by name. */
export function due(stage: Heavy, byName: boolean): Due {
  const hash = inputsHash(stage)
  const file = join(cacheRoot(), 'passed', `${stage}.json`)
  const last = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { hash: string; at: string }) : undefined
  const passed = () => {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, JSON.stringify({ hash, at: new Date().toISOString() }))
  }
  if (byName) return { why: undefined, passed }
  if (last?.hash === hash) return { why: `passed for the same inputs at ${last.at}`, passed }
  const missing = stage === 'cluster' ? missingCaches() : []
  if (missing.length === 0) return { why: undefined, passed }
  return { why: `NOT RUN: its caches lack ${missing.join(', ')}; ./akko test ${stage} builds them (an hour from nothing)`, passed }
}

/** What would have to be built first: servers, and the images that stand in for upstream's. */
function missingCaches(): string[] {
  const images = join(cacheRoot(), 'cluster/images')
  const archives = existsSync(images) ? readdirSync(images).filter((name) => name.endsWith('.tar')) : []
  const wanted = readdirSync(join(ROOT, 'test/cluster/images'), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? [`akko-test-${e.name}`] : [],
  )
  return [
    ...(haveClusterTools(NODE_TOOLS) ? [] : ["Kubernetes' programs"]),
    ...wanted.filter((name) => !archives.some((archive) => archive.startsWith(`${name}-`))),
  ]
}

function inputsHash(stage: Heavy): string {
  const hash = createHash('sha256')
  for (const path of inputFiles(stage))
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)))
      .update('\0')
  return hash.digest('hex')
}
