// akko test: every stage in turn, each with its own time; ends with the sum alone on a line. A skip is a failure. By name only: `attacks`, the files
// that attack the platform in one run, and `crash`, which else runs beside `lifecycle`.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { buildCockpit } from '#cli/cockpit-build'
import type { Flags } from '#cli/flags'
import { duration, say } from '#cli/output'
import { defineError } from '#kit/errors'
import type { Machine } from '#runtime/machine'

const ROOT = resolve(import.meta.dirname, '../../..')
/** Signals that are sent to one process. */
const SENT: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP']

const STAGES = ['check', 'house', 'unit', 'chart', 'api', 'strangers', 'cockpit', 'lifecycle', 'cluster'] as const
/** By name only: its files run in stages of their own. */
const ATTACK = 'attacks'
/** By name alone; else beside `lifecycle`: it waits for disks and for processes that start again. */
const CRASH = 'crash'
const KNOWN = [...STAGES, CRASH, ATTACK] as const
type Stage = (typeof KNOWN)[number]
/** Vitest's projects of a stage, its own name for most: each list is a run of Vitest, and the runs go side by side. */
const LANES: Readonly<Record<Stage, readonly (readonly string[])[]>> = {
  ...(Object.fromEntries(KNOWN.map((s) => [s, [[s]]])) as unknown as Record<Stage, string[][]>),
  cockpit: [['app', 'cockpit']],
  strangers: [['strangers'], ['judges']],
  lifecycle: [['lifecycle'], [CRASH]],
  attacks: [['unit', 'chart'], ['strangers']],
}

/** Stages of the chart's judges alone, and stages that need nothing. */
const PLAIN: readonly Stage[] = ['check', 'house']
const CHART: readonly Stage[] = ['chart', 'api']

const UnknownStage = defineError('test.unknown_stage', 400, 'there is no stage {stage}', {
  hint: `stages: ${STAGES.join(', ')}; by name only: ${CRASH} (else beside lifecycle), ${ATTACK}`,
})

interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The failed tests by name, each with the first line of what it said. */
  readonly failures?: readonly string[]
  /** By file, milliseconds. */
  readonly took?: ReadonlyMap<string, number>
}

/** What is read of Vitest's JSON report. */
interface Report {
  readonly numPassedTests?: number
  readonly numFailedTests?: number
  readonly numPendingTests?: number
  readonly numTodoTests?: number
  readonly testResults?: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly startTime: number
    readonly endTime: number
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

export async function test(_machine: Machine, flags: Flags, asked: readonly string[] = []): Promise<void> {
  for (const stage of asked) if (!(KNOWN as readonly string[]).includes(stage)) throw UnknownStage({ stage })
  const byName = asked.length > 0
  const counts: Count[] = []
  const times: string[] = []
  const dues = await whichAreDue(byName ? (asked as readonly Stage[]) : STAGES, byName)
  const problems = await prepare(dues.flatMap(({ stage, lanes }) => (lanes.every((l) => l.why) ? [] : [stage])))
  for (const { stage, lanes } of dues) {
    say(`\n=== ${stage} ===`)
    const notRun = lanes.flatMap(({ projects, why }) => (why ? [`${projects[0]}: ${why}`] : []))
    for (const line of notRun) say(line)
    times.push(...notRun)
    const running = lanes.filter((lane) => !lane.why)
    if (running.length === 0) continue
    const began = Date.now()
    const count = stage === 'check' ? await runCheck() : await runVitest(running)
    counts.push(count)
    times.push(`${stage} ${duration(Date.now() - began)} (${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped)`)
  }
  for (const problem of problems) say(`\nSKIPPED: ${problem}`)
  const sum = (key: 'passed' | 'failed' | 'skipped') => counts.reduce((n, c) => n + c[key], 0)
  const skipped = sum('skipped') + problems.length
  const attacks = (await attackFiles()).attackTimes(new Map(counts.flatMap((c) => [...(c.took ?? [])])), duration)
  say(`\n${[...times, ...(attacks ? [attacks] : [])].join('\n')}\n`)
  for (const failure of counts.flatMap((c) => c.failures ?? [])) say(`FAILED: ${failure}`)
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${skipped} skipped\n`)
  if (sum('failed') > 0 || sum('passed') === 0 || (skipped > 0 && !flags.allowSkips)) process.exitCode = 1
}

const attackFiles = async () =>
  (await import(join(ROOT, 'test/support/attacks.ts'))) as {
    readonly ATTACKS: Readonly<Record<string, readonly string[]>>
    attackTimes(tookMs: ReadonlyMap<string, number>, show: (ms: number) => string): string | undefined
  }

/** A run of Vitest. */
interface Lane {
  /** Its first project gives it its name. */
  readonly projects: readonly string[]
  /** All that these have where none are named. */
  readonly files?: readonly string[]
  /** In words, why it is not run; undefined when it is. */
  readonly why?: string | undefined
  /** To be called when it has passed. */
  passed?(): void
}

interface DueStage {
  readonly stage: Stage
  readonly lanes: readonly Lane[]
}

/** Lanes with heavy inputs run by name, or when what they judge changed since they passed. */
async function whichAreDue(stages: readonly Stage[], byName: boolean): Promise<DueStage[]> {
  if (stages.every((stage) => PLAIN.includes(stage))) return stages.map((stage) => ({ stage, lanes: [{ projects: [stage] }] }))
  const { HEAVY, due } = (await import(join(ROOT, 'test/support/due.ts'))) as {
    HEAVY: readonly string[]
    due(lane: string, byName: boolean): Omit<Lane, 'projects'>
  }
  const laneOf = (projects: readonly string[]): Lane => {
    const name = projects[0] as string
    return { projects, ...(HEAVY.includes(name) ? due(name, byName) : {}) }
  }
  const files = Object.values((await attackFiles()).ATTACKS).flat()
  const lanesOf = (stage: Stage): Lane[] => LANES[stage].map((projects) => (stage === ATTACK ? { projects, files } : laneOf(projects)))
  return stages.map((stage) => ({ stage, lanes: lanesOf(stage) }))
}

/** Fetches what the tests need beyond the platform; returns what could not be had, in words. */
async function prepare(stages: readonly Stage[]): Promise<string[]> {
  const beyond = stages.filter((s) => !PLAIN.includes(s))
  if (beyond.length === 0) return []
  const judges = (await import(join(ROOT, 'test/support/prepare.ts'))) as Record<
    'prepareChartJudges' | 'prepareClusterTools' | 'prepareJudges',
    (say: (line: string) => void) => Promise<string[]>
  >
  const missing: string[] = []
  if (beyond.some((s) => ['chart', 'cluster', ATTACK].includes(s))) missing.push(...(await judges.prepareChartJudges(say)))
  if (beyond.some((s) => s === 'api' || s === 'cluster')) missing.push(...(await judges.prepareClusterTools(say)))
  if (beyond.every((s) => CHART.includes(s))) return missing
  await buildCockpit(say)
  return [...missing, ...(await judges.prepareJudges(say))]
}

async function runCheck(): Promise<Count> {
  const code = await run([join(ROOT, 'scripts/check.ts')])
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function runVitest(lanes: readonly Lane[]): Promise<Count> {
  const counts = await Promise.all(lanes.map((lane) => runLane(lane, lanes.length > 1)))
  const sum = (key: 'passed' | 'failed' | 'skipped') => counts.reduce((n, c) => n + c[key], 0)
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failures: counts.flatMap((c) => c.failures ?? []),
    took: new Map(counts.flatMap((c) => [...(c.took ?? [])])),
  }
}

async function runLane(lane: Lane, besideOthers: boolean): Promise<Count> {
  const count = await runProjects(lane, besideOthers)
  if (count.failed === 0 && count.skipped === 0) lane.passed?.()
  return count
}

async function runProjects({ projects, files = [] }: Lane, besideOthers: boolean): Promise<Count> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-test-'))
  const file = join(dir, 'report.json')
  try {
    const args = [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...files,
      ...projects.flatMap((name) => ['--project', name]),
      '--passWithNoTests=false',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]
    const code = await run(args, besideOthers)
    const report: Report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const passed = report.numPassedTests ?? 0
    const failed = report.numFailedTests ?? 0
    const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
    return { passed, failed: failed + (code !== 0 && failed === 0 ? 1 : 0), skipped, failures: failuresOf(report), took: timesOf(report) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function timesOf({ testResults = [] }: Report): Map<string, number> {
  return new Map(testResults.map(({ name, startTime, endTime }) => [relative(ROOT, name), endTime - startTime]))
}

/** The names come last, where a reader who has only the end of a long log finds them. */
function failuresOf(report: Report): string[] {
  return (report.testResults ?? []).flatMap((file) => {
    const failed = file.assertionResults.filter((t) => t.status === 'failed')
    const said = (text = '') => stripVTControlCharacters(text).split('\n', 1)[0]
    if (failed.length === 0 && file.status === 'failed') return [`${relative(ROOT, file.name)}: ${said(file.message)}`]
    return failed.map((t) => `${relative(ROOT, file.name)}: ${t.fullName}: ${said(t.failureMessages?.[0])}`)
  })
}

/** Beside others it has no terminal of its own: its lines come whole between theirs. */
function run(args: readonly string[], besideOthers = false): Promise<number> {
  const out = besideOthers ? 'pipe' : 'inherit'
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd: ROOT, stdio: ['ignore', out, out] })
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => process.stdout.write(`${line}\n`))
  // A terminal's Ctrl-C reaches the whole group; a signal that was sent to this process alone would leave the stage behind.
  let sent: NodeJS.Signals | undefined
  const pass = (signal: NodeJS.Signals) => {
    sent = signal
    child.kill(signal)
  }
  for (const signal of SENT) process.on(signal, pass)
  return new Promise((done) =>
    child.once('close', (code) => {
      for (const signal of SENT) process.off(signal, pass)
      // The last of those that run side by side passes the signal on to this process.
      if (sent && process.listenerCount(sent) === 0) process.kill(process.pid, sent)
      else if (!sent) done(code ?? 1)
    }),
  )
}
