// akko up: prepares the home, starts the platform, shows each part come up, and runs the demo when asked.
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Document, parseDocument } from 'yaml'
import { buildCockpit } from '#cli/cockpit-build'
import { configFlags, type Flags } from '#cli/flags'
import { duration, printJson, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { machineServices } from '#platform/registry'
import { origin } from '#platform/service'
import { createBootstrapSecrets } from '#runtime/bootstrap-secrets'
import { followEvents, requestStop, supervisorStatus } from '#runtime/client'
import { createHome, loadMachine } from '#runtime/home'
import { HOST, type Machine } from '#runtime/machine'
import type { RunPlan, SupervisorStatus } from '#runtime/plan'
import { preparePostgres } from '#runtime/postgres'
import { isAlive, portHolder } from '#runtime/processes'
import { createRunPlan, machineFile, planFile } from '#runtime/run-plan'
import { createFileSecretStore } from '#runtime/secrets'

const READY_DEADLINE_MS = 120_000

const PortTaken = defineError('up.port_taken', 409, 'port {port} ({part}) is taken by {holder}', {
  blame: 'operator',
  hint: 'stop it, or choose other ports with --port-offset N',
})
const OpenDemo = defineError(
  'up.open_demo',
  400,
  'authentication cannot be off ({setting}: none) together with the demo, whose users are known',
  {
    blame: 'operator',
    hint: 'use a home without --demo for compatibility tests',
  },
)
const BeingStarted = defineError('up.being_started', 409, 'the platform in {home} is being started already (pid {pid})', {
  blame: 'operator',
  hint: 'wait for it; `akko status` shows how far it is',
})
const RunsDifferently = defineError('up.runs_differently', 409, 'the platform in {home} runs with other settings', {
  blame: 'operator',
  hint: 'run `akko down` first; see `akko config`',
})
const NotReady = defineError('up.not_ready', 500, 'not everything became healthy within {seconds} s:\n{parts}', {
  blame: 'operator',
  hint: 'see `akko logs PART`, and `akko doctor` for the machine',
})
const SupervisorGone = defineError('up.supervisor_gone', 500, 'the supervisor ended with code {code}: {text}', { hint: 'see {file}' })

export async function up(given: Machine, flags: Flags): Promise<void> {
  const began = performance.now()
  createHome(given)
  const machine = loadMachine(given.home, configFlags(flags))
  checkAuthentication(machine)
  const running = await supervisorStatus(machine)
  if (!running) await assertPortsFree(machine)
  rememberFlags(machine, flags)
  const changed = running ? await alreadyRunning(machine, running) : await alone(machine, () => start(machine, flags))
  const { demoOutcome, printUrls } = await import('#cli/demo')
  const outcome = machine.config.demo ? await demoOutcome(machine, flags) : undefined
  if (flags.json)
    printJson({
      changed,
      home: machine.home,
      ms: Math.round(performance.now() - began),
      url: origin(machine.site, ''),
      ...(outcome ? { demo: outcome } : {}),
    })
  else printUrls(machine, { changed, ms: performance.now() - began })
}

/** Off is for tests of compatibility: loopback only (every door is), never with known users, and loudly. */
function checkAuthentication({ config }: Machine): void {
  for (const part of ['sql', 'catalog'] as const) {
    if (config[part].authentication === 'token') continue
    if (config.demo) throw OpenDemo({ setting: `${part}.authentication` })
    say(`WARNING: ${part}.authentication is none: whoever reaches this machine's loopback is believed`)
  }
}

/** The first `up` writes what its flags said, so that the next one needs none. */
function rememberFlags(machine: Machine, flags: Flags): void {
  const wanted = { portOffset: flags.portOffset, demo: flags.demo === true ? true : undefined }
  const entries = Object.entries(wanted).filter(([, v]) => v !== undefined)
  const file = machine.paths.config
  const document = existsSync(file) ? parseDocument(readFileSync(file, 'utf8')) : new Document({})
  let changed = false
  for (const [key, value] of entries) {
    if (document.get(key) === value) continue
    document.set(key, value)
    changed = true
  }
  if (changed) writeFileSync(file, document.toString(), { mode: 0o600 })
}

/** Two `up` in one home take no turns: the second is told who is at it. */
async function alone<T>(machine: Machine, body: () => Promise<T>): Promise<T> {
  const file = join(machine.paths.state, 'up.pid')
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (holder > 0 && isAlive(holder)) throw BeingStarted({ home: machine.home, pid: holder })
  rmSync(file, { force: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw BeingStarted({ home: machine.home, pid: '?' }, error)
  }
  try {
    return await body()
  } finally {
    rmSync(file, { force: true })
  }
}

/** False: nothing was changed. */
async function alreadyRunning(machine: Machine, running: SupervisorStatus): Promise<boolean> {
  const plan = JSON.parse(readFileSync(planFile(machine), 'utf8')) as RunPlan
  const recorded = JSON.parse(readFileSync(machineFile(machine), 'utf8')) as Machine
  if (plan.fingerprint !== running.fingerprint || JSON.stringify(recorded.config) !== JSON.stringify(machine.config))
    throw RunsDifferently({ home: machine.home })
  if (!running.ready) await awaitReady(machine, () => undefined)
  return false
}

async function start(machine: Machine, flags: Flags): Promise<boolean> {
  const show = flags.json ? () => {} : say
  await buildCockpit(show)
  const secrets = createFileSecretStore(machine.paths.secrets)
  await createBootstrapSecrets(secrets)
  const postgres = await preparePostgres(machine, secrets, (line) => show(`  ${line}`))
  show(`PostgreSQL ${postgres.provider.version} from ${postgres.provider.kind}: ${postgres.provider.reason}`)
  for (const change of postgres.changes) show(`  ${change}`)
  const plan = createRunPlan(machine, postgres)
  writeFileSync(machineFile(machine), JSON.stringify(machine), { mode: 0o600 })
  writeFileSync(planFile(machine), JSON.stringify(plan), { mode: 0o600 })
  const supervisor = spawnSupervisor(machine)
  const interrupted = () => void abandon(machine, supervisor.pid)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    await awaitReady(machine, supervisor.failed, (name, ms) => show(`  ${name.padEnd(20)} ${duration(ms).padStart(8)}`))
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
  return true
}

async function assertPortsFree(machine: Machine): Promise<void> {
  for (const service of machineServices()) {
    for (const number of Object.values(service.machine.ports)) {
      const holder = await portHolder(HOST, number + machine.config.portOffset)
      if (holder) throw PortTaken({ port: number + machine.config.portOffset, part: service.name, holder })
    }
  }
}

function spawnSupervisor(machine: Machine): { pid: number; failed: () => Error | undefined } {
  const file = join(machine.paths.logs, 'supervisor.err')
  const output = openSync(file, 'w', 0o600)
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', resolve(import.meta.dirname, '../../runtime/supervisor/main.ts'), planFile(machine)],
    {
      cwd: machine.home,
      detached: true,
      stdio: ['ignore', output, output],
    },
  )
  child.unref()
  let failure: Error | undefined
  child.once('exit', (code) => {
    failure = SupervisorGone({ code: code ?? 'a signal', text: readFileSync(file, 'utf8').trim().slice(-500), file })
  })
  return { pid: child.pid ?? -1, failed: () => failure }
}

/** Follows the supervisor until all is healthy; `onHealthy` sees each node once with its own time. */
async function awaitReady(
  machine: Machine,
  failed: () => Error | undefined,
  onHealthy?: (name: string, ms: number) => void,
): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), READY_DEADLINE_MS)
  const seen = new Set<string>()
  try {
    while (Date.now() < deadline) {
      const failure = failed()
      if (failure) throw failure
      const status = await supervisorStatus(machine)
      if (status) {
        await follow(status)
        return
      }
      await new Promise((r) => setTimeout(r, 25)) // until the supervisor's socket is there
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
  throw await notReady(machine)

  async function follow(first: SupervisorStatus): Promise<void> {
    const pending = new Set(first.nodes.map((n) => n.name))
    const settle = (name: string, ms: number | undefined) => {
      pending.delete(name)
      if (!seen.has(name)) onHealthy?.(name, ms ?? 0)
      seen.add(name)
    }
    for await (const event of followEvents(machine, abort.signal)) {
      if ('nodes' in event) for (const node of event.nodes.filter((n) => n.healthy)) settle(node.name, node.startMs)
      else if (event.state === 'healthy') settle(event.node, event.startMs)
      else if (event.state === 'down') pending.add(event.node)
      if (pending.size === 0) return
    }
    throw failed() ?? SupervisorGone({ code: '?', text: 'its event stream ended', file: machine.paths.logs })
  }
}

async function notReady(machine: Machine): Promise<Error> {
  const status = await supervisorStatus(machine)
  const parts = (status?.nodes ?? []).filter((n) => !n.healthy).map((n) => `  ${n.name}: ${n.state}${n.detail ? `: ${n.detail}` : ''}`)
  return NotReady({ seconds: READY_DEADLINE_MS / 1000, parts: parts.join('\n') || '  the supervisor does not answer' })
}

/** Ctrl-C while starting: take everything down again. */
async function abandon(machine: Machine, pid: number): Promise<void> {
  say('interrupted: stopping what was started')
  await requestStop(machine).catch(() => process.kill(pid, 'SIGTERM'))
  while (isAlive(pid)) await new Promise((r) => setTimeout(r, 25))
  process.exit(130)
}
