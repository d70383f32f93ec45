// The builder of images: buildah from Debian. It needs no daemon, and by chroot no right to make namespaces or raise limits.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheRoot } from '#test/support/judges'

/** A Debian package's program, installed when it is missing. */
export function need(program: string): void {
  const there = () => ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'].some((dir) => existsSync(join(dir, program)))
  if (there()) return
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  try {
    apt('-qq', 'update')
    apt('-qq', 'install', '-y', '--no-install-recommends', program)
  } catch (cause) {
    throw new Error(`${program} is missing and could not be installed. As root: apt-get install ${program}`, { cause })
  }
  if (!there()) throw new Error(`${program} was installed, but is in no folder of programs`)
}

/** What makes buildah keep its layers in the tests' cache and need no rights beyond root's usual ones. */
export function builderEnv(): NodeJS.ProcessEnv {
  const home = join(cacheRoot(), 'cluster/buildah')
  mkdirSync(home, { recursive: true })
  const storage = join(home, 'storage.conf')
  const text = `[storage]\ndriver = "overlay"\ngraphroot = "${home}/graph"\nrunroot = "${home}/run"\n`
  if (!existsSync(storage) || readFileSync(storage, 'utf8') !== text) writeFileSync(storage, text)
  return { ...process.env, CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: 'chroot', SOURCE_DATE_EPOCH: '0' }
}

/**
 * How this machine reaches package registries, for what runs inside a build: no Dockerfile knows any of it.
 * A private CA of the machine is mounted and named in the settings of apt, pip and npm; all as volumes, so that nothing stays in an image.
 */
export function machineSettings(): string[] {
  const home = join(cacheRoot(), 'cluster/build-settings')
  mkdirSync(join(home, 'npm-cache'), { recursive: true })
  const mounts: string[] = []
  const mount = (text: string, name: string, to: string) => {
    writeFileSync(join(home, name), text)
    mounts.push(`${join(home, name)}:${to}:ro`)
  }
  const inside = '/run/akko-build'
  mounts.push(`${join(home, 'npm-cache')}:${inside}/npm-cache`)
  const bundle = [process.env.SSL_CERT_FILE, '/etc/ssl/certs/ca-certificates.crt'].find((file) => file && existsSync(file))
  if (bundle) mounts.push(`${bundle}:${inside}/ca.crt:ro`)
  const npmrc = existsSync(join(homedir(), '.npmrc')) ? readFileSync(join(homedir(), '.npmrc'), 'utf8') : ''
  mount(`${npmrc}\ncache=${inside}/npm-cache\n${bundle ? `cafile=${inside}/ca.crt\n` : ''}`, 'npmrc', '/root/.npmrc')
  const index = process.env.PIP_INDEX_URL
  mount(`[global]\n${bundle ? `cert = ${inside}/ca.crt\n` : ''}${index ? `index-url = ${index}\n` : ''}`, 'pip.conf', '/etc/pip.conf')
  mount('Acquire::Retries "3";\nAcquire::Check-Date "false";\n', 'apt.conf', '/etc/apt/apt.conf.d/99machine')
  return mounts.flatMap((volume) => ['--volume', volume])
}

/** Runs a program of the build; its words go to `log`, whose end is in the error. */
export async function run(program: string, args: readonly string[], log: string): Promise<void> {
  const out = openSync(log, 'a')
  try {
    const child = spawn(program, args, { env: builderEnv(), stdio: ['ignore', out, out] })
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', (exit, signal) => resolve(exit ?? signal)))
    if (code !== 0) {
      const words = readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n')
      throw new Error(`${program} ${args.join(' ')} ended with ${code}. The end of ${log}:\n${words}`)
    }
  } finally {
    closeSync(out)
  }
}

/** buildah's answer. */
export function buildah(...args: string[]): string {
  return execFileSync('buildah', args, { env: builderEnv(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
}
