// akko doctor: checks this machine, and names the cure for what is wrong.
import { execFileSync } from 'node:child_process'
import { existsSync, statfsSync, statSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Flags } from '#cli/flags'
import { configFlags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { BLOCKED_PORTS, portsAt, type TakenPort, takenPorts } from '#cli/ports'
import { recordedProvider, serviceUser } from '#parts/postgresql/index'
import { ConfigInvalid, ConfigUnreadable } from '#platform/config'
import { supervisorStatus } from '#runtime/client'
import { type Located, loadMachine, recordedMachine } from '#runtime/home'
import { type Machine, supervisorSocket } from '#runtime/machine'
import { inspectRecordedProvider } from '#runtime/postgres'

interface Finding {
  readonly check: string
  readonly ok: boolean
  /** Of what is well, but not for long. */
  readonly warn?: true
  readonly found: string
  readonly cure?: string
}

const GIB = 1024 ** 3

/** Works on a home with broken settings too, and tells of them. */
export async function doctor(located: Located, flags: Flags): Promise<void> {
  const { machine, finding } = configured(located, flags)
  const findings = [
    finding,
    ...versions(),
    ...tools(),
    ...resources(machine),
    ...clockAndLocale(),
    await devNull(),
    paths(machine),
    data(machine),
    ...(await ports(machine)),
    ...(await extensions(machine)),
    ...(await alerts(machine)),
  ]
  const bad = findings.filter((f) => !f.ok)
  if (flags.json) printJson({ ok: bad.length === 0, findings })
  else {
    printTable(
      ['CHECK', '', 'FOUND'],
      findings.map((f) => [f.check, f.ok ? (f.warn ? 'warn' : 'ok') : 'BAD', f.found]),
    )
    for (const f of findings.filter((f) => !f.ok || f.warn)) say(`${f.check}: ${f.found}\n  ${f.cure ?? ''}`)
  }
  if (bad.length > 0) process.exitCode = 1
}

/** With broken settings the machine is the one that ran last, else one of defaults. */
function configured({ home, paths }: Located, flags: Flags): { machine: Machine; finding: Finding } {
  const check = 'settings'
  try {
    const machine = loadMachine(home, configFlags(flags))
    return { machine, finding: { check, ok: true, found: existsSync(paths.config) ? paths.config : 'defaults' } }
  } catch (error) {
    if (!ConfigInvalid.is(error) && !ConfigUnreadable.is(error)) throw error
    const found = error.message.split(/\n\s*/).join(' ')
    return { machine: recordedMachine(home), finding: { check, ok: false, found, cure: error.hint ?? '' } }
  }
}

function versions(): Finding[] {
  const major = Number(process.versions.node.split('.')[0])
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  const glibc = report.header.glibcVersionRuntime
  return [
    { check: 'Node', ok: major >= 24, found: process.versions.node, cure: 'start through ./akko, which brings Node 24 along' },
    { check: 'glibc', ok: glibc !== undefined, found: glibc ?? 'none (musl?)', cure: 'use a distribution with glibc' },
  ]
}

function tools(): Finding[] {
  return ['setpriv', 'prlimit', 'flock', 'mkfifo'].map((tool) => {
    const path = (process.env.PATH ?? '')
      .split(':')
      .map((d) => `${d}/${tool}`)
      .find(existsSync)
    return {
      check: tool,
      ok: path !== undefined,
      found: path ?? 'not found',
      cure: `install ${tool === 'mkfifo' ? 'coreutils' : 'util-linux'}`,
    }
  })
}

function resources({ paths }: Machine): Finding[] {
  const at = nearestExisting(paths.data)
  const disk = statfsSync(at)
  const free = disk.bavail * disk.bsize
  const memory = totalmem()
  return [
    {
      check: 'memory',
      ok: memory >= 3.5 * GIB,
      found: `${(memory / GIB).toFixed(1)} GiB, ${(freemem() / GIB).toFixed(1)} free`,
      cure: 'the platform wants 4 GiB; lower sql.memoryMb on a smaller machine',
    },
    {
      check: 'disk',
      ok: free >= 2 * GIB,
      found: `${(free / GIB).toFixed(1)} GiB free at ${at}`,
      cure: `free some space there, or lay a larger file system at ${paths.data}`,
    },
  ]
}

function clockAndLocale(): Finding[] {
  const now = new Date()
  const built = statSync(import.meta.filename).mtime
  return [
    {
      check: 'clock',
      ok: now.getTime() >= built.getTime() - 86_400_000,
      found: now.toISOString(),
      cure: 'set the clock: signatures and tokens are refused when it is wrong',
    },
    { check: 'locale', ok: true, found: process.env.LC_ALL ?? process.env.LANG ?? 'C (servers always use UTF-8 and collation C)' },
    { check: 'umask', ok: (process.umask() & 0o700) === 0, found: process.umask().toString(8).padStart(4, '0'), cure: 'umask 022' },
  ]
}

/** PostgreSQL's initdb needs it as the user it runs as. */
async function devNull(): Promise<Finding> {
  const user = await serviceUser()
  const mode = statSync('/dev/null').mode & 0o777
  try {
    if (user)
      execFileSync(
        'setpriv',
        ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', 'sh', '-c', 'echo > /dev/null'],
        { stdio: 'ignore' },
      )
    else execFileSync('sh', ['-c', 'echo > /dev/null'], { stdio: 'ignore' })
    return { check: '/dev/null', ok: true, found: `writable by ${user?.name ?? 'you'}` }
  } catch {
    return {
      check: '/dev/null',
      ok: false,
      found: `mode ${mode.toString(8)}, not writable by ${user?.name ?? 'you'}`,
      cure: 'chmod 666 /dev/null (as root)',
    }
  }
}

function paths(machine: Machine): Finding {
  const longest = supervisorSocket(machine)
  return {
    check: 'socket path',
    ok: Buffer.byteLength(longest) <= 107,
    found: `${longest} (${Buffer.byteLength(longest)} of 107 bytes)`,
    cure: 'use a shorter TMPDIR',
  }
}

/** Where the data lies, and whether its owner is who it must be. */
function data(machine: Machine): Finding {
  const at = machine.paths.data
  const user = process.getuid?.() === 0 && at !== machine.home ? 'root, its folders of akko' : 'you'
  const stat = existsSync(at) ? statSync(at) : undefined
  const ok = stat === undefined || (stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0)
  return {
    check: 'data',
    ok,
    found: stat === undefined ? `${at}, made by the first \`akko up\`` : `${at}, of ${ok ? user : `the user with id ${stat.uid}`}`,
    cure: `correct the owner and the mode of ${at}`,
  }
}

async function ports(machine: Machine): Promise<Finding[]> {
  const running = (await supervisorStatus(machine)) !== undefined
  const { portOffset } = machine.config
  const taken = (await takenPorts(portOffset)).filter(({ home }) => !running || home !== machine.home)
  const blocked = portsAt(portOffset).filter(({ port }) => BLOCKED_PORTS.has(port))
  return [
    ...blocked.map(({ port }) => ({
      check: `port ${port}`,
      ok: false,
      found: 'browsers and fetch refuse to ask it',
      cure: 'use another --port-offset',
    })),
    {
      check: 'ports',
      ok: taken.length === 0,
      found: taken.length > 0 ? `taken: ${byHolder(taken)}` : running ? 'held by this platform, which runs' : 'all free',
      cure: running ? 'stop the holder, or `akko down` and then `akko up --port-offset N`' : 'stop the holder, or use --port-offset N',
    },
  ]
}

function byHolder(taken: readonly TakenPort[]): string {
  return [...Map.groupBy(taken, ({ holder }) => holder)]
    .map(([holder, of]) => `${of.map(({ port }) => port).join(', ')} by ${holder}`)
    .join('; ')
}

/** What the running platform says of itself. */
async function alerts(machine: Machine): Promise<Finding[]> {
  const status = await supervisorStatus(machine)
  if (!status) return []
  if (status.alerts.length === 0) return [{ check: 'alerts', ok: true, found: 'none' }]
  return status.alerts.map(({ name, severity, text, action }) => ({
    check: `alert ${name}`,
    ok: severity === 'warn',
    ...(severity === 'warn' ? { warn: true } : {}),
    found: text,
    cure: action,
  }))
}

async function extensions(machine: Machine): Promise<Finding[]> {
  if (!existsSync(machine.home) || !recordedProvider(machine.paths.records))
    return [{ check: 'PostgreSQL', ok: true, found: 'chosen by the first `akko up`' }]
  const { provider, missing } = await inspectRecordedProvider(machine)
  return [
    { check: 'PostgreSQL', ok: true, found: `${provider.version} from ${provider.kind} (${provider.bin})` },
    ...missing.map((name) => ({
      check: `extension ${name}`,
      ok: false,
      found: 'unavailable from this provider',
      cure: 'a new home with postgresql.provider: packages (Debian, Ubuntu) has it; move the data with pg_dump',
    })),
  ]
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path))
}
