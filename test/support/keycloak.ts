// The real Keycloak, built once into the cache, started on a loopback port with an empty database in memory.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomSecret, type Secret } from '#kit/secret'
import { cacheRoot } from '#test/support/judges'
import { KEYCLOAK_VERSION, keycloakHome } from '#test/support/jvm'
import { freePort } from '#test/support/postgres'

export interface RealKeycloak {
  readonly url: string
  readonly admin: { readonly username: string; readonly password: Secret }
  stop(): Promise<void>
}

/** `kc.sh build` on a copy of its own: the other one belongs to its admin client. */
function optimisedKeycloak(): string {
  const home = join(cacheRoot(), `keycloak-${KEYCLOAK_VERSION}-optimised`)
  if (existsSync(join(home, '.akko-complete'))) return home
  const work = `${home}.${process.pid}`
  rmSync(work, { recursive: true, force: true })
  execFileSync('cp', ['-a', keycloakHome(), work])
  execFileSync(join(work, 'bin/kc.sh'), ['build', '--db=dev-mem', '--cache=local'], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(join(work, '.akko-complete'), '')
  rmSync(home, { recursive: true, force: true })
  renameSync(work, home)
  return home
}

/** `env`: settings of a deployment, e.g. KC_HOSTNAME; without them it believes whatever host it is asked by. */
export async function startRealKeycloak(env: Readonly<Record<string, string>> = {}): Promise<RealKeycloak> {
  const home = optimisedKeycloak()
  const port = await freePort()
  const admin = { username: 'admin', password: randomSecret() }
  const args = ['start', '--optimized', '--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`]
  if (!env.KC_HOSTNAME) args.push('--hostname-strict=false')
  const child = spawn(join(home, 'bin/kc.sh'), args, {
    env: {
      ...process.env,
      ...env,
      JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx768m',
      KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password.reveal(),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // kc.sh starts Java as a child: both get the signal.
    detached: true,
  })
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  const url = `http://127.0.0.1:${port}`
  for (let left = 1200; ; left--) {
    const ready = await fetch(`${url}/realms/master/.well-known/openid-configuration`).then(
      (r) => r.ok,
      () => false,
    )
    if (ready) return { url, admin, stop }
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`Keycloak did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 250))
  }
}
