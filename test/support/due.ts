// Stages that are due only when what they judge has changed since they last passed on this machine.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { haveClusterTools, NODE_TOOLS } from '#test/cluster/tools'
import { cacheRoot } from '#test/support/judges'

const ROOT = resolve(import.meta.dirname, '../..')

/** The chart, the images, the declarations, the programs in pods, and the tests themselves. */
const INPUTS = [
  ...['src/platform', 'src/chart', 'src/ensure', 'src/cluster', 'helm', 'docker', 'test/cluster', 'test/chart/helm.ts'],
  ...['test/support', 'vitest.config.ts', 'package-lock.json'],
]

export interface Due {
  /** In words, why the stage need not or cannot run now; undefined when it runs. */
  readonly why: string | undefined
  /** To be called when it has passed. */
  passed(): void
}

/** Whether a stage runs that nobody asked for by name. */
export function due(stage: 'api' | 'cluster', byName: boolean): Due {
  const hash = inputsHash()
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

function inputsHash(): string {
  const hash = createHash('sha256')
  const add = (path: string) => {
    if (statSync(join(ROOT, path)).isFile())
      hash
        .update(path)
        .update('\0')
        .update(readFileSync(join(ROOT, path)))
        .update('\0')
    else for (const name of readdirSync(join(ROOT, path)).sort()) add(`${path}/${name}`)
  }
  for (const path of INPUTS) if (existsSync(join(ROOT, path))) add(path)
  return hash.digest('hex')
}
