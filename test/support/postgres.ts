// A real PostgreSQL for one test file: own folder, own port, thrown away afterwards.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

export interface TempPostgres {
  readonly port: number
  readonly superuser: { readonly user: string; readonly password: string }
  url(database: string, user?: string, password?: string): string
  stop(): Promise<void>
}

/** Starts a server with SCRAM on 127.0.0.1; as root it runs as `postgres`. */
export async function startTempPostgres(): Promise<TempPostgres> {
  const bin = findBin()
  const dir = mkdtempSync(join(tmpdir(), 'akko-pg-'))
  const asRoot = userInfo().uid === 0
  const ids = asRoot ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) } : {}
  const data = join(dir, 'data')
  const pwfile = join(dir, 'pw')
  writeFileSync(pwfile, 'test-superuser\n', { mode: 0o600 })
  if (asRoot) for (const path of [dir, pwfile]) chownSync(path, ids.uid as number, ids.gid as number)
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', pwfile, '-E', 'UTF8', '--locale', 'C', '-N'],
    {
      ...ids,
      cwd: dir,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`, '-c', 'fsync=off'],
    { ...ids, cwd: dir, stdio: 'ignore' },
  )
  const url = (database: string, user = 'postgres', password = 'test-superuser') =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url('postgres') })
    try {
      await client.connect()
      await client.end()
      break
    } catch (error) {
      if (attempt > 200 || child.exitCode !== null) throw error
      await new Promise((r) => setTimeout(r, 50))
    }
  }
  return {
    port,
    superuser: { user: 'postgres', password: 'test-superuser' },
    url,
    stop: async () => {
      const ended = new Promise((r) => child.once('exit', r))
      child.kill('SIGTERM') // lets sessions that are just ending end in peace; the next word does not
      const insist = setTimeout(() => child.kill('SIGINT'), 1000)
      await ended
      clearTimeout(insist)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

function findBin(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const found = versions.map((v) => join(root, v, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
  if (!found) throw new Error('no PostgreSQL server binaries on this machine (looked in /usr/lib/postgresql)')
  return found
}
