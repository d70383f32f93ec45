// Another machine on the same network: a network namespace with hosts of its own, joined to this one by a pair of virtual Ethernet devices. Needs root.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Run, run } from '#test/support/platform'

export interface OtherMachine {
  /** This machine's address, as the other one sees it. */
  readonly here: string
  /** Words before a command that is to run there. */
  readonly words: readonly string[]
  /** Its user's folder: empty at first. */
  readonly home: string
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv, input?: string): Promise<Run>
  /** From now on these names lead here. */
  resolve(names: readonly string[]): void
  stop(): Promise<void>
}

const ok = async (command: string, ...args: string[]) => {
  const { code, stderr } = await run(command, args)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

export async function startOtherMachine(): Promise<OtherMachine> {
  const home = mkdtempSync(join(tmpdir(), 'akko-other-'))
  const hosts = join(home, 'hosts')
  writeFileSync(hosts, '127.0.0.1 localhost\n')
  const script = 'mount --bind "$0" /etc/hosts && ip link set lo up && echo ready && exec sleep infinity'
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', script, hosts], { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(holder)
  const pid = holder.pid as number
  // Of the range for tests between networks (RFC 2544); a pair of addresses for each process that may be at it.
  const [subnet, host] = [pid % 256, 4 * (Math.floor(pid / 256) % 63)]
  const [here, there] = [1, 2].map((last) => `198.18.${subnet}.${host + last}`) as [string, string]
  const [device, peer] = [`ak${pid}`, `ak${pid}p`]
  const words = ['nsenter', `--net=/proc/${pid}/ns/net`, `--mount=/proc/${pid}/ns/mnt`]
  await ok('ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', peer, 'netns', String(pid))
  await ok('ip', 'addr', 'add', `${here}/30`, 'dev', device)
  await ok('ip', 'link', 'set', device, 'up')
  const inside = (command: string, ...args: string[]) => ok(words[0] as string, ...words.slice(1), command, ...args)
  await inside('ip', 'addr', 'add', `${there}/30`, 'dev', peer)
  await inside('ip', 'link', 'set', peer, 'up')
  return {
    here,
    words,
    home,
    run: (command, args, env = {}, input) => {
      const own = {
        PATH: process.env.PATH,
        HOME: home,
        ...(process.env.XDG_CACHE_HOME ? { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME } : {}),
      }
      return run(words[0] as string, [...words.slice(1), command, ...args], {
        env: { ...own, ...env },
        ...(input === undefined ? {} : { input }),
      })
    },
    resolve: (names) => writeFileSync(hosts, `127.0.0.1 localhost\n${here} ${names.join(' ')}\n`),
    stop: async () => {
      const ended = new Promise((resolve) => holder.once('exit', resolve))
      holder.kill('SIGKILL') // its namespace goes with it, and the devices with that
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function ready(holder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    holder.stdout?.once('data', () => resolve())
    holder.once('exit', (code) => reject(new Error(`no namespace: unshare ended with ${code}`)))
  })
}
