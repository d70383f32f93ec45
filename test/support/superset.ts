// The real Superset, started by the declared script with the declared settings, its state in a PostgreSQL of its own.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'
import { randomSecret, type Secret } from '#kit/secret'
import { bi } from '#platform/services/bi'
import { supersetBin } from '#test/support/judges'
import { freePort, startTempPostgres } from '#test/support/postgres'

export interface RealSuperset {
  readonly url: string
  readonly admin: { readonly username: string; readonly password: Secret }
  stop(): Promise<void>
}

/** Where it finds the platform. */
export interface Around {
  readonly identityUrl: string
  readonly sqlHost: string
  readonly clientSecret: string
}

export async function startRealSuperset(around: Around): Promise<RealSuperset> {
  const bin = supersetBin()
  const shape = bi.cluster
  if (!shape?.config || !shape.env) throw new Error('the declaration of bi has no settings')
  const postgres = await startTempPostgres()
  const state = await stateOf(postgres)
  const dir = mkdtempSync(join(tmpdir(), 'akko-superset-'))
  const port = await freePort()
  const values: Readonly<Record<string, string>> = {
    'address postgresql': `127.0.0.1:${postgres.port}`,
    'url identity': around.identityUrl,
    'origin identity': around.identityUrl,
    'host sql': around.sqlHost,
    'port bi': String(port),
  }
  for (const [path, text] of Object.entries(shape.config)) {
    const filled = text.replace(/%\{([^}]+)\}/g, (whole, name: string) => values[name] ?? `no value for ${whole}`)
    writeFileSync(join(dir, basename(path)), filled.replaceAll('/etc/superset/', `${dir}/`))
  }
  mkdirSync(join(dir, 'home'))
  const admin = { username: 'admin', password: randomSecret() }
  const child = spawn('/bin/sh', [join(dir, 'start.sh')], {
    env: {
      ...shape.env,
      PATH: `${bin}:${process.env.PATH}`,
      SUPERSET_CONFIG_PATH: join(dir, 'superset_config.py'),
      SUPERSET_HOME: join(dir, 'home'),
      HOME: dir,
      SUPERSET_SECRET_KEY: randomSecret().reveal(),
      AKKO_OIDC_CLIENT_SECRET: around.clientSecret,
      AKKO_BI_ADMIN_PASSWORD: admin.password.reveal(),
      [shape.database?.passwordEnv ?? '']: state.reveal(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // gunicorn is replaced in, and has workers: all get the signal.
    detached: true,
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-6000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  for (let left = 3600; ; left--) {
    const ready = await fetch(url + shape.readiness.path).then(
      (r) => r.ok,
      () => false,
    )
    if (ready) return { url, admin, stop }
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`Superset did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 250))
  }
}

/** Its database and role, as postgres-init makes them. */
async function stateOf(postgres: Awaited<ReturnType<typeof startTempPostgres>>): Promise<Secret> {
  const password = randomSecret()
  const client = new pg.Client({ connectionString: postgres.url('postgres') })
  await client.connect()
  try {
    await client.query(`CREATE ROLE superset LOGIN PASSWORD ${pg.escapeLiteral(password.reveal())}`)
    await client.query('CREATE DATABASE superset OWNER superset')
  } finally {
    await client.end()
  }
  return password
}
