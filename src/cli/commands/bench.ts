// akko bench: measures a platform of its own, each figure beside its peer or floor in the same run. A missed aim is said, not failed.
import { mkdirSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { benchBeside } from '#cli/bench/beside'
import type { Figure, Reading } from '#cli/bench/figure'
import { createHttpClient } from '#cli/bench/http'
import { type BenchPlatform, createBenchPlatform } from '#cli/bench/platform'
import { measureStart } from '#cli/bench/start'
import { RUNNING_SUITES, type SuiteContext } from '#cli/bench/suites'
import { buildCockpit } from '#cli/cockpit-build'
import { clientEnvironment } from '#cli/commands/env'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { loadMachine } from '#runtime/home'
import type { Machine } from '#runtime/machine'
import { inspectRecordedProvider } from '#runtime/postgres'
import { defaultUser } from '#runtime/tokens'
import { VERSION } from '#runtime/version'

const ROOT = resolve(import.meta.dirname, '../../..')
const CONNECTIONS = 8
/** On the cluster of the tests, and only when it is asked for: it takes minutes. */
const CLUSTER = 'cluster'
/** Only when it is asked for: its generator comes from PyPI. */
const TPCH = 'tpch'
const SUITES = ['start', ...Object.keys(RUNNING_SUITES), TPCH, CLUSTER]

const UnknownSuite = defineError('bench.unknown_suite', 400, 'there is no suite {suite}', { hint: `suites: ${SUITES.join(', ')}` })

const WhichSuite = defineError('bench.which_suite', 400, 'beside another checkout one suite is measured', { hint: 'name it: {suites}' })

/** The home that is asked for is left alone: only a platform of the bench's own is measured. */
export async function bench(_machine: Machine, flags: Flags, suites: readonly string[] = []): Promise<void> {
  const unknown = suites.find((suite) => !SUITES.includes(suite))
  if (unknown !== undefined) throw UnknownSuite({ suite: unknown })
  const [suite, second] = suites
  if (flags.beside !== undefined) {
    if (suite === undefined || second !== undefined) throw WhichSuite({ suites: SUITES.join(', ') })
    return benchBeside(flags.beside as string, suite, flags.json === true)
  }
  if (suites.includes(CLUSTER)) return report(flags, measureCluster)
  const platform = await createBenchPlatform()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void platform.remove().finally(() => process.exit(130)))
  try {
    await report(flags, () => measure(platform, suites))
  } finally {
    await platform.remove()
  }
}

async function report(flags: Flags, take: () => Promise<readonly Figure[]>): Promise<void> {
  const [before, figures, after] = [loadavg(), await take(), loadavg()]
  const host = {
    cpus: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    load: { before: Number(before[0]?.toFixed(1)), after: Number(after[0]?.toFixed(1)) },
  }
  const facts = { version: VERSION, at: new Date().toISOString(), node: process.version, host }
  if (flags.json) printJson({ ...facts, figures })
  else print(figures, facts)
}

async function measureCluster(): Promise<readonly Figure[]> {
  const { clusterSuite } = (await import(join(ROOT, 'test/cluster/bench.ts'))) as {
    clusterSuite(say: (line: string) => void): Promise<readonly Figure[]>
  }
  return clusterSuite(say)
}

async function measureTpch(context: SuiteContext): Promise<readonly Figure[]> {
  const { tpchSuite } = (await import(join(ROOT, 'test/tpch/bench.ts'))) as {
    tpchSuite(context: SuiteContext, say: (line: string) => void): Promise<readonly Figure[]>
  }
  return tpchSuite(context, say)
}

/** All that are not only by name, where none is named. */
async function measure(platform: BenchPlatform, suites: readonly string[]): Promise<Figure[]> {
  // Everything installed: what a first `up` on this machine would build or fetch is there before the clock runs.
  await buildCockpit(say)
  const elsewhere = loadMachine(join(platform.scratch, 'provider'))
  mkdirSync(elsewhere.home, { mode: 0o700 })
  const { provider } = await inspectRecordedProvider({ ...elsewhere, paths: { ...elsewhere.paths, records: elsewhere.home } })
  const figures: Figure[] = []
  const isAsked = (name: string) => suites.length === 0 || suites.includes(name)
  if (isAsked('start')) figures.push(...(await measureStart(platform, provider, say)))
  else await platform.up()
  const machine = platform.machine()
  const env = await clientEnvironment(machine, defaultUser(machine))
  const http = createHttpClient(CONNECTIONS)
  const context: SuiteContext = { machine, env, http, scratch: platform.scratch }
  try {
    for (const [name, load] of Object.entries(RUNNING_SUITES)) {
      if (!isAsked(name)) continue
      say(name)
      figures.push(...(await (await load())(context)))
    }
    if (suites.includes(TPCH)) figures.push(...(await measureTpch(context)))
  } finally {
    http.close()
  }
  return figures
}

interface Facts {
  readonly version: string
  readonly at: string
  readonly node: string
  readonly host: {
    readonly cpus: number
    readonly model: string
    readonly memoryGib: number
    readonly load: { readonly before: number; readonly after: number }
  }
}

function print(figures: readonly Figure[], { version, at, node, host }: Facts): void {
  const number = (n: number) => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2))
  const reading = (r: Reading) => (r.p95 === undefined ? number(r.value) : `${number(r.value)} (p95 ${number(r.p95)})`)
  printTable(
    ['FIGURE', 'UNIT', 'OURS', 'FLOOR', 'RATIO', 'FLOOR IS', 'AIM'],
    figures.map((f) => [
      f.name,
      f.unit,
      reading(f.ours),
      reading(f.floor),
      `${number(f.ratio)}x`,
      f.floor.what,
      f.aim ? `${f.aim.text}: ${f.aim.met ? 'met' : 'NOT met'}` : '',
    ]),
    [2, 3, 4],
  )
  say(
    `\nakko ${version}, ${at}, Node ${node}, ${host.cpus} cores (${host.model}), ${host.memoryGib} GiB, load ${host.load.before} before, ${host.load.after} after; medians`,
  )
}
