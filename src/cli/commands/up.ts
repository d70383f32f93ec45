// akko up: prepares the home, starts the platform, shows each part come up, and runs the demo when asked.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { Document, parseDocument } from 'yaml'
import { awaitReady } from '#cli/await-ready'
import { buildCockpit } from '#cli/cockpit-build'
import { configFlags, type Flags } from '#cli/flags'
import { duration, printJson, say } from '#cli/output'
import { assertPortsFree } from '#cli/ports'
import { defineError } from '#kit/errors'
import { lastHolder, tryLockFile } from '#kit/file-lock'
import { isAlive, processTree } from '#kit/processes'
import { cellUser, type SystemUser } from '#kit/system-user'
import { machineServices } from '#platform/registry'
import { origin } from '#platform/service'
import { createBootstrapSecrets } from '#runtime/bootstrap-secrets'
import { requestStop, supervisorStatus } from '#runtime/client'
import { codeFor, forgetCode } from '#runtime/code'
import { createCompileCache, processEnvironment } from '#runtime/environment'
import { createFolders, createHome, loadMachine, locateHome, removeEmpty } from '#runtime/home'
import { type Machine, machineFile } from '#runtime/machine'
import { moveHome } from '#runtime/move-home'
import { prepareCertificate } from '#runtime/own-certificate'
import type { RunPlan, SupervisorStatus } from '#runtime/plan'
import { assertOwner, readPointer } from '#runtime/pointer'
import { policyFile } from '#runtime/policy'
import { preparePostgres } from '#runtime/postgres'
import { createRunPlan, planFile } from '#runtime/run-plan'
import { createFileSecretStore } from '#runtime/secrets'

const TOOLS_END_MS = 5000

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
const RunsDifferently = defineError('up.runs_differently', 409, 'the platform in {home} runs with other settings{which}', {
  blame: 'operator',
  hint: 'run `akko down` first; see `akko config`',
})
const SupervisorGone = defineError('up.supervisor_gone', 500, 'the supervisor ended with code {code}: {text}', { hint: 'see {file}' })

export async function up(given: Machine, flags: Flags): Promise<void> {
  const began = performance.now()
  const made = createHome(given.home)
  try {
    await upIn(given, flags, began)
  } catch (error) {
    removeEmpty(made) // of an `up` that was refused before it began
    throw error
  }
}

async function upIn(given: Machine, flags: Flags, began: number): Promise<void> {
  const found = loadMachine(given.home, configFlags(flags))
  assertOwner(found.home, found.paths.data)
  checkAuthentication(found)
  const running = await supervisorStatus(found)
  if (!running) await assertPortsFree(found)
  const changed = running ? await alreadyRunning(found, running, flags) : await alone(found, () => start(found, flags))
  const machine = { ...found, ...locateHome(found.home) } // where the start has moved it to
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
  else printUrls(machine, { changed, ms: performance.now() - began, ...(outcome ? { demo: outcome } : {}) })
}

/** Off is for tests of compatibility: loopback only (every door is), never with known users, and loudly. */
function checkAuthentication({ config }: Machine): void {
  for (const { machine } of machineServices()) {
    const settings = machine.settings?.of(config) as { readonly authentication?: string } | undefined
    if (settings?.authentication !== 'none') continue
    const setting = `${machine.settings?.key}.authentication`
    if (config.demo) throw OpenDemo({ setting })
    say(`WARNING: ${setting} is none: whoever reaches this machine's loopback is believed`)
  }
}

/** An `up` that is not refused writes what its flags said, so that the next one needs none. */
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
  const lock = tryLockFile(machine.paths.lock)
  if (!lock) throw BeingStarted({ home: machine.home, pid: lastHolder(machine.paths.lock) })
  try {
    return await body()
  } finally {
    lock.release()
  }
}

/** False: nothing was changed. */
async function alreadyRunning(machine: Machine, running: SupervisorStatus, flags: Flags): Promise<boolean> {
  const plan = JSON.parse(readFileSync(planFile(machine), 'utf8')) as RunPlan
  const recorded = JSON.parse(readFileSync(machineFile(machine), 'utf8')) as Machine
  if (plan.fingerprint !== running.fingerprint || JSON.stringify(recorded.config) !== JSON.stringify(machine.config))
    throw RunsDifferently({ home: machine.home, which: differences(recorded, machine) })
  rememberFlags(machine, flags)
  if (!running.ready) await awaitReady(machine, () => (isAlive(running.pid) ? undefined : gone(machine, 'unknown')))
  return false
}

/** `: sql.memoryMb is 1024, not 512`; nothing where no setting differs. */
function differences(runs: Machine, wanted: Machine): string {
  const running = new Map(runs.origins.map(({ path, value }) => [path, JSON.stringify(value)]))
  const told = wanted.origins.flatMap(({ path, value }) => {
    const [now, asked] = [running.get(path), JSON.stringify(value)]
    return now === asked ? [] : [`${path} is ${now ?? 'not set'}, not ${asked ?? 'unset'}`]
  })
  return told.length === 0 ? '' : `: ${told.join('; ')}`
}

/** From the first step on, Ctrl-C takes down what was started. */
async function start(given: Machine, flags: Flags): Promise<boolean> {
  let supervisor: number | undefined
  let ending: Promise<never> | undefined
  const interrupted = () => {
    ending ??= supervisor === undefined ? endTools() : abandon({ ...given, ...locateHome(given.home) }, supervisor)
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', interrupted)
  try {
    return await startAll(given, flags, (pid) => {
      supervisor = pid
    })
  } catch (error) {
    await ending // which ends this process: that a tool was ended is no failure of its own
    throw error
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

async function startAll(given: Machine, flags: Flags, onSupervisor: (pid: number) => void): Promise<boolean> {
  const show = flags.json ? () => {} : say
  const { machine, cells } = settle(given, show)
  await buildCockpit(show)
  const secrets = createFileSecretStore(machine.paths.secrets)
  await createBootstrapSecrets(secrets)
  await takePolicy(machine, show)
  await prepareCertificate(machine, say)
  const postgres = await preparePostgres(machine, secrets, (line) => show(`  ${line}`))
  show(`PostgreSQL ${postgres.provider.version} from ${postgres.provider.kind}: ${postgres.provider.reason}`)
  for (const change of postgres.changes) show(`  ${change}`)
  const code = await codeFor({ user: cells, progress: (line) => show(`  ${line}`) })
  const plan = createRunPlan(machine, { postgres, cellUser: cells, code })
  writeForCells(machineFile(machine), JSON.stringify(machine), cells)
  const earlier = existsSync(planFile(machine)) ? readFileSync(planFile(machine), 'utf8') : ''
  writeFileSync(planFile(machine), JSON.stringify(plan), { mode: 0o600 })
  forgetCode(earlier)
  rememberFlags(machine, flags)
  const supervisor = spawnSupervisor(machine)
  onSupervisor(supervisor.pid)
  await awaitReady(machine, supervisor.failed, (name, ms) => show(`  ${name.padEnd(20)} ${duration(ms).padStart(8)}`))
  if (plan.programs) await (await import('#cli/owner-account')).recordOwnersAccount(machine, secrets, plan.programs)
  return true
}

/** One that is refused is no reason to stay down where another was in force before. */
async function takePolicy(machine: Machine, show: (line: string) => void): Promise<void> {
  const { putInForce } = await import('#runtime/policy-store')
  try {
    const { kept, changed } = await putInForce(machine, { author: userInfo().username, reason: 'found by `akko up`' })
    if (changed) show(`policy: revision ${kept.revision} is in force`)
  } catch (error) {
    if (!existsSync(policyFile(machine))) throw error
    say(`WARNING: the policy that was in force before goes on: ${(error as Error).message}`)
  }
}

/** Under the lock: an earlier form of the home is moved, and every folder is there with its owner. */
function settle(given: Machine, show: (line: string) => void): { machine: Machine; cells: SystemUser | undefined } {
  const cells = cellUser()
  if (cells && readPointer(given.home) === undefined)
    moveHome({ home: given.home, data: given.paths.postgres, cells, progress: (line) => show(`  ${line}`) })
  const machine = { ...given, ...locateHome(given.home) }
  createFolders(machine, cells)
  createCompileCache(cells)
  return { machine, cells }
}

/** Read by the cells; written by nobody but the starter. */
function writeForCells(file: string, text: string, cells: SystemUser | undefined): void {
  writeFileSync(file, text, { mode: 0o600 })
  if (!cells) return
  chownSync(file, 0, cells.gid)
  chmodSync(file, 0o640)
}

const supervisorOutput = (machine: Machine) => join(machine.paths.logs, 'supervisor.err')

function gone(machine: Machine, code: number | string): Error {
  const file = supervisorOutput(machine)
  return SupervisorGone({ code, text: readFileSync(file, 'utf8').trim().slice(-500), file })
}

function spawnSupervisor(machine: Machine): { pid: number; failed: () => Error | undefined } {
  const output = openSync(supervisorOutput(machine), 'w', 0o600)
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      resolve(import.meta.dirname, '../../runtime/supervisor/main.ts'),
      planFile(machine),
    ],
    {
      cwd: machine.home,
      env: processEnvironment(),
      detached: true,
      stdio: ['ignore', output, output],
    },
  )
  child.unref()
  let failure: Error | undefined
  child.once('exit', (code) => {
    failure = gone(machine, code ?? 'a signal')
  })
  return { pid: child.pid ?? -1, failed: () => failure }
}

/** Ctrl-C before the supervisor runs: initdb and the like, with what they started. */
async function endTools(): Promise<never> {
  say('interrupted: stopping what was started')
  const tools = () => processTree(process.pid).filter((pid) => pid !== process.pid && isAlive(pid))
  const deadline = Date.now() + TOOLS_END_MS
  const told = new Set<number>()
  for (let left = tools(); left.length > 0; left = tools()) {
    for (const pid of left.filter((p) => Date.now() > deadline || !told.has(p))) {
      told.add(pid)
      endProcess(pid, Date.now() > deadline ? 'SIGKILL' : 'SIGTERM')
    }
    await new Promise((r) => setTimeout(r, 25))
  }
  process.exit(130)
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has ended meanwhile
  }
}

/** Ctrl-C while starting: take everything down again. */
async function abandon(machine: Machine, pid: number): Promise<never> {
  say('interrupted: stopping what was started')
  await requestStop(machine).catch(() => process.kill(pid, 'SIGTERM'))
  while (isAlive(pid)) await new Promise((r) => setTimeout(r, 25))
  process.exit(130)
}
