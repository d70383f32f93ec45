// A real PostgreSQL for one test file: own folder, own port, thrown away afterwards.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { cacheRoot } from '#test/support/judges'

export interface TempPostgres {
  readonly port: number
  readonly superuser: { readonly user: string; readonly password: string }
  url(database: string, user?: string, password?: string): string
  stop(): Promise<void>
}

const PASSWORD = 'test-superuser'
const INITDB = ['-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale', 'C', '-N']

/** Starts a server with SCRAM on 127.0.0.1; as root it runs as `postgres`. */
export async function startTempPostgres(): Promise<TempPostgres> {
  const bin = findBin()
  const ids = userInfo().uid === 0 ? idsOf('postgres') : {}
  const dir = temporaryFolder(ids)
  const data = join(dir, 'data')
  execFileSync('cp', ['-a', emptyCluster(bin, ids), data])
  const port = await freePort()
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`, '-c', 'fsync=off'],
    { ...ids, cwd: dir, stdio: 'ignore' },
  )
  const url = (database: string, user = 'postgres', password = PASSWORD) =>
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
    superuser: { user: 'postgres', password: PASSWORD },
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

interface Ids {
  readonly uid?: number
  readonly gid?: number
}

const idsOf = (user: string): Ids => ({ uid: Number(execFileSync('id', ['-u', user])), gid: Number(execFileSync('id', ['-g', user])) })

function temporaryFolder({ uid, gid }: Ids): string {
  const dir = mkdtempSync(join(tmpdir(), 'akko-pg-'))
  if (uid !== undefined && gid !== undefined) chownSync(dir, uid, gid)
  return dir
}

/** What initdb makes, in the cache: to copy it costs an eighth of making it. */
function emptyCluster(bin: string, ids: Ids): string {
  const version = execFileSync(join(bin, 'initdb'), ['--version'])
  const key = createHash('sha256')
    .update(version)
    .update(INITDB.join('\0'))
    .update(PASSWORD)
    .update(String(ids.uid))
    .digest('hex')
    .slice(0, 16)
  const made = join(cacheRoot(), `postgres-${key}`)
  if (existsSync(made)) return made
  const dir = temporaryFolder(ids)
  const unfinished = `${made}.${process.pid}`
  try {
    const pwfile = join(dir, 'pw')
    writeFileSync(pwfile, `${PASSWORD}\n`)
    execFileSync(join(bin, 'initdb'), ['-D', join(dir, 'data'), '--pwfile', pwfile, ...INITDB], { ...ids, cwd: dir, stdio: 'ignore' })
    mkdirSync(cacheRoot(), { recursive: true })
    execFileSync('cp', ['-a', join(dir, 'data'), unfinished])
    renameSync(unfinished, made)
  } catch (error) {
    if (!existsSync(made)) throw error
  } finally {
    for (const folder of [dir, unfinished]) rmSync(folder, { recursive: true, force: true })
  }
  return made
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
