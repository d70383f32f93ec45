// Trino and Keycloak as the chart sets them, outside Kubernetes: the rendered files and variables, with hosts, ports and folders of this machine.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomSecret, type Secret } from '#kit/secret'
import { artefacts as keycloakArtefacts } from '#test/cluster/images/keycloak/fetch'
import { artefacts as trinoArtefacts } from '#test/cluster/images/trino/fetch'
import { cacheRoot } from '#test/support/judges'
import { KEYCLOAK_VERSION, SHORT_LIVED } from '#test/support/jvm'
import { freePort, type TempPostgres } from '#test/support/postgres'
import { remapped, rendered, writeFiles } from '#test/support/rendered'

const say = (line: string) => process.stderr.write(`${line}\n`)

export interface Engine {
  /** Reached as the cluster's Service would be. */
  readonly url: string
  stop(): Promise<void>
}

export interface ClusterKeycloak extends Engine {
  readonly admin: { readonly username: string; readonly password: Secret }
  readonly startedInMs: number
}

/** Keycloak over a PostgreSQL, built beforehand as its test image is. */
export async function startClusterKeycloak(postgres: TempPostgres): Promise<ClusterKeycloak> {
  const home = await builtKeycloak()
  const [port, management] = [await freePort(), await freePort()]
  const { env, args } = await rendered('akko-keycloak')
  const admin = { username: env.KC_BOOTSTRAP_ADMIN_USERNAME as string, password: randomSecret() }
  const at = { 'akko-postgresql:5432/keycloak': `127.0.0.1:${postgres.port}/postgres` }
  const start = performance.now()
  const child = spawn(join(home, 'keycloak/bin/kc.sh'), args, {
    env: {
      PATH: process.env.PATH,
      JAVA_HOME: join(home, 'jre'),
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, remapped(value, at)])),
      KC_DB_USERNAME: postgres.superuser.user,
      KC_DB_PASSWORD: postgres.superuser.password,
      KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password.reveal(),
      KC_HTTP_HOST: '127.0.0.1',
      KC_HTTP_PORT: String(port),
      KC_HTTP_MANAGEMENT_PORT: String(management),
      JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx768m',
      JAVA_OPTS_APPEND: ['-XX:-UseG1GC', ...SHORT_LIVED].join(' '),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // kc.sh starts Java as a child: both get the signal
  })
  const stop = await untilReady(child, 'Keycloak', () => answers(`http://127.0.0.1:${management}/health/ready`))
  return { url: `http://127.0.0.1:${port}`, admin, stop, startedInMs: Math.round(performance.now() - start) }
}

async function builtKeycloak(): Promise<string> {
  const built = join(cacheRoot(), `keycloak-${KEYCLOAK_VERSION}-postgres`)
  if (existsSync(built)) return built
  const work = `${built}.${process.pid}`
  cpSync(await keycloakArtefacts(say), work, { recursive: true, verbatimSymlinks: true })
  execFileSync(join(work, 'keycloak/bin/kc.sh'), ['build', '--db=postgres', '--health-enabled=true', '--metrics-enabled=true'], {
    env: { PATH: process.env.PATH, JAVA_HOME: join(work, 'jre') },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(work, built)
  return built
}

export interface TrinoPlaces {
  /** Text of the rendered files -> what stands for it here. */
  readonly places: Readonly<Record<string, string>>
  /** Values of the Secrets: by `secret/key`. */
  secret(name: string, key: string): string
}

export interface ClusterTrino extends Engine {
  readonly startedInMs: number
}

export async function startClusterTrino({ places, secret }: TrinoPlaces): Promise<ClusterTrino> {
  const home = await trinoArtefacts(say)
  const root = mkdtempSync(join(tmpdir(), 'akko-trino-'))
  const port = await freePort()
  const { files, env, secretEnv } = await rendered('akko-trino')
  const here = {
    'data-dir=/data/trino': `data-dir=${join(root, 'data')}`,
    'http.port=8080': `http.port=${port}`,
    'localhost:8080': `127.0.0.1:${port}`,
    ...places,
  }
  mkdirSync(join(root, 'data'))
  writeFiles(root, Object.fromEntries(Object.entries(files).map(([path, text]) => [path, remapped(text, here)])))
  chmodSync(join(home, 'trino/bin/run-trino'), 0o755)
  const start = performance.now()
  const options = [
    `--etc-dir=${join(root, 'etc/trino')}`,
    '-Dnode.id=here',
    '-Dnode.bind-ip=127.0.0.1',
    '-Dnode.internal-address=127.0.0.1',
  ]
  const child = spawn(join(home, 'trino/bin/launcher'), ['run', ...options, '-J-Xmx1500m'], {
    env: {
      PATH: `${join(home, 'jre/bin')}:${process.env.PATH}`,
      JDK_JAVA_OPTIONS: SHORT_LIVED[0],
      JAVA_HOME: join(home, 'jre'),
      ...env,
      ...Object.fromEntries(Object.entries(secretEnv).map(([name, ref]) => [name, secret(ref.secret, ref.key)])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const url = `http://127.0.0.1:${port}`
  const end = await untilReady(child, 'Trino', async () => {
    const info = await fetch(`${url}/v1/info`)
    return info.ok && ((await info.json()) as { starting: boolean }).starting === false
  })
  const stop = async () => {
    await end()
    rmSync(root, { recursive: true, force: true })
  }
  return { url, stop, startedInMs: Math.round(performance.now() - start) }
}

const answers = async (url: string) => (await fetch(url)).ok

/** Waits; returns how it is ended. */
async function untilReady(child: ChildProcess, name: string, ready: () => Promise<boolean>): Promise<() => Promise<void>> {
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-8000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  for (let left = 1200; ; left--) {
    if (await ready().catch(() => false)) return stop
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`${name} did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 250))
  }
}
