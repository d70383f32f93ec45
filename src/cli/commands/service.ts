// akko service: the home as a unit of systemd, so that it is up after a reboot; root's is the system's, everybody else's the user's own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { systemctl } from '#cli/service/systemd'
import { printUnit, type Scope } from '#cli/service/unit'
import { defineError } from '#kit/errors'
import { supervisorStatus } from '#runtime/client'
import type { Located } from '#runtime/home'

const ServiceUsage = defineError('service.usage', 400, 'there is no "service {verb}"', {
  hint: 'akko service install | remove | status | print',
})
const NoHome = defineError('service.no_home', 404, 'there is no home {home} to be started', {
  blame: 'operator',
  hint: 'begin with `akko up`, which makes it; then install the service',
})

const PROGRAM = resolve(import.meta.dirname, '../../../akko')
const KEPT = ['PATH', 'HOME', 'XDG_CACHE_HOME']

interface Unit {
  readonly name: string
  readonly file: string
  readonly scope: Scope
}

/** Of root: /etc/systemd/system; else ~/.config/systemd/user. */
function unitOf({ id }: Located): Unit {
  const scope: Scope = process.getuid?.() === 0 ? 'system' : 'user'
  const folder =
    scope === 'system' ? '/etc/systemd/system' : join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'systemd/user')
  return { name: `akko-${id}.service`, file: join(folder, `akko-${id}.service`), scope }
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'.split(':')

/** The system's folders, after those of this shell that Node and npm are found in. */
function plainPath(shell = ''): string {
  const found = ['node', 'npm'].flatMap((name) => shell.split(':').find((dir) => dir.startsWith('/') && existsSync(join(dir, name))) ?? [])
  return [...new Set([...found, ...SYSTEM_PATH])].join(':')
}

function textOf({ home, paths }: Located, { scope }: Unit): string {
  const given: NodeJS.ProcessEnv = { HOME: homedir(), ...process.env, PATH: plainPath(process.env.PATH) }
  const environment = Object.fromEntries(KEPT.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name] as string]])))
  const pidFile = scope === 'system' ? { pidFile: join(paths.control, 'supervisor.pid') } : {}
  return printUnit({ program: PROGRAM, home, environment, scope, ...pidFile })
}

export async function service(place: Located, flags: Flags, verb: string): Promise<void> {
  const unit = unitOf(place)
  if (verb === 'print') process.stdout.write(textOf(place, unit))
  else if (verb === 'install') await install(place, unit, flags)
  else if (verb === 'remove') remove(unit, flags)
  else if (verb === 'status') await status(place, unit, flags)
  else throw ServiceUsage({ verb })
}

async function install(place: Located, unit: Unit, flags: Flags): Promise<void> {
  if (!existsSync(place.home)) throw NoHome({ home: place.home })
  mkdirSync(dirname(unit.file), { recursive: true })
  writeFileSync(unit.file, textOf(place, unit), { mode: 0o644 })
  const { isRunning, run } = systemctl(unit.scope)
  if (isRunning) run('daemon-reload')
  run('enable', unit.name)
  if (flags.json) return printJson({ unit: unit.name, file: unit.file, systemd: isRunning })
  say(`${unit.file} is there and enabled`)
  const control = `systemctl ${unit.scope === 'user' ? '--user ' : ''}start ${unit.name}`
  if (!isRunning) say('no systemd runs here: the platform is started by hand, `akko up`; where one starts this machine, it starts the unit')
  else if (await supervisorStatus(place))
    say(`the platform runs as it was started by hand; under systemd from the next boot on, or now: \`akko down\`, then ${control}`)
  else say(`start it now: ${control}`)
  if (unit.scope === 'user')
    say(`a user's units run without a login only where lingering is on: loginctl enable-linger ${userInfo().username}`)
}

/** What runs goes on. */
function remove(unit: Unit, flags: Flags): void {
  const { isRunning, run } = systemctl(unit.scope)
  const wasThere = existsSync(unit.file)
  if (wasThere) {
    run('disable', unit.name)
    rmSync(unit.file)
    if (isRunning) run('daemon-reload')
  }
  if (flags.json) printJson({ unit: unit.name, removed: wasThere })
  else say(wasThere ? `${unit.file} is removed; what runs goes on until \`akko down\`` : `no unit ${unit.name} is installed`)
}

async function status(place: Located, unit: Unit, flags: Flags): Promise<void> {
  const installed = existsSync(unit.file)
  const current = installed && readFileSync(unit.file, 'utf8') === textOf(place, unit)
  const { isRunning, ask } = systemctl(unit.scope)
  const told = {
    ...{ unit: unit.name, installed, current, systemd: isRunning },
    enabled: installed && ask('is-enabled', unit.name) === 'enabled',
    active: isRunning ? ask('is-active', unit.name) : null,
    platform: (await supervisorStatus(place)) !== undefined,
  }
  if (!installed) process.exitCode = 1
  if (flags.json) return printJson(told)
  if (!installed) return say(`no unit ${unit.name} is installed; \`akko service install\``)
  say(
    `${unit.file}: ${told.enabled ? 'enabled' : 'not enabled'}${current ? '' : ', written by another version or for another PATH (`akko service install` writes it anew)'}`,
  )
  say(
    isRunning
      ? `systemd says: ${told.active}`
      : `no systemd runs here: the platform is started by hand, and ${told.platform ? 'runs' : 'does not run'}`,
  )
}
