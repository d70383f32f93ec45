// How a program becomes a person's: users, limits and a space of processes of its own are set by the system's tools with an empty environment, and
// only then, as that person, does it get its folder and its environment.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { ProgramLimits } from '#kit/programs'

const MIB = 1024 * 1024
/** What is run by root is found here, whoever started the platform. */
const TOOLS = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
/** The first process of its space stays root's own: with it everything in the space ends, and no person can reach it. */
const INIT = '"$@"; exit $?'
/** The environment comes by a pipe: command lines are shown to everybody. */
const ENTER = `cd -- "$1" || exit 126
unset PATH PWD OLDPWD
while IFS= read -r __akko <&3; do export "$__akko"; done
exec 3<&-
shift
exec "$@"`
const SPACE = ['unshare', '--pid', '--mount-proc', '--ipc', '--fork', '--kill-child', '--']

export interface Launch {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly limits: ProgramLimits
  readonly uid?: number
  /** Whether it gets a space of processes of its own; `canSeparate` says whether it can. */
  readonly separate: boolean
}

/** Whether root may make spaces of processes here; in some containers it may not. */
export function canSeparate(): boolean {
  const [command, ...args] = SPACE
  return process.getuid?.() === 0 && spawnSync(command as string, [...args, 'true'], { env: TOOLS }).status === 0
}

export function launch({ command, env, cwd, limits, uid, separate }: Launch): ChildProcess {
  const dies = ['--pdeathsig', 'KILL']
  const space = separate ? ['setpriv', ...dies, '--', ...SPACE, 'sh', '-c', INIT, 'akko'] : []
  const ids = uid === undefined ? [] : ['--reuid', String(uid), '--regid', String(uid), '--clear-groups']
  const powerless = uid === undefined ? [] : ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all']
  const [tool, ...args] = [
    ...space,
    ...['prlimit', ...limitFlags(limits, uid !== undefined), '--'],
    ...['setpriv', '--no-new-privs', ...dies, ...ids, ...powerless, '--'],
    ...['sh', '-c', ENTER, 'akko', cwd, ...command],
  ]
  const child = spawn(tool as string, args, { env: TOOLS, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const pipe = child.stdio[3] as Writable
  pipe.on('error', () => {}) // it may end without reading
  pipe.end(
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return child
}

/** Processes are counted by user: where that is the platform's own, a cap would be on the platform. */
function limitFlags(limits: ProgramLimits, isPersons: boolean): string[] {
  return [
    `--as=${limits.memoryMb * MIB}`,
    `--cpu=${limits.cpuSeconds}`,
    `--nofile=${limits.openFiles}`,
    `--fsize=${limits.fileMb * MIB}`,
    '--core=0',
    ...(isPersons ? [`--nproc=${limits.processes}`] : []),
  ]
}
