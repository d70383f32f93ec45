// Real servers, prepared and started as the supervisor does it.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomSecret, Secret } from '#kit/secret'
import { preparePostgresServer, SUPERUSER } from '#parts/postgresql/prepare'
import type { Provider } from '#parts/postgresql/provider'
import { parsePostgresLine } from '#parts/postgresql/settings'
import {
  createTestHome,
  prepareOptions,
  SERVERS,
  startServer,
  type TestHome,
  type TestServer,
  testProvider,
} from '#parts/postgresql/test-server'

let home: TestHome
let provider: Provider
let servers: TestServer[] = []

beforeAll(async () => {
  home = await createTestHome()
  provider = await testProvider(home)
  servers = await Promise.all(SERVERS.map(async (name) => startServer(await prepareOptions(home, provider, name))))
}, 300_000)

afterAll(async () => {
  await Promise.all(servers.map((s) => s.stop()))
  home.remove()
})

const [infra, data] = [() => servers[0] as TestServer, () => servers[1] as TestServer]

async function ask(server: { port: number }, password: Secret, sql: string, host = '127.0.0.1', user = SUPERUSER): Promise<unknown[][]> {
  const client = new pg.Client({
    host,
    port: server.port,
    user,
    password: password.reveal(),
    database: 'postgres',
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

describe('both servers at once', () => {
  it('answer over loopback and over their own sockets', async () => {
    for (const s of servers) {
      expect(await ask(s, s.superuserPassword, 'SELECT 1')).toEqual([[1]])
      expect(await ask(s, s.superuserPassword, 'SELECT 2', s.socketDir)).toEqual([[2]])
    }
  })

  it('the credentials of one do not open the other', async () => {
    await expect(ask(infra(), data().superuserPassword, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
    await expect(ask(data(), infra().superuserPassword, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
    await expect(ask(data(), infra().superuserPassword, 'SELECT 1', data().socketDir)).rejects.toThrow(/password authentication failed/)
  })

  it('let in by SCRAM only, and listen on loopback only', async () => {
    for (const s of servers) {
      const rules = await ask(s, s.superuserPassword, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules')
      expect(rules).toEqual([['scram-sha-256']])
      const settings = await ask(
        s,
        s.superuserPassword,
        `SELECT current_setting('listen_addresses'), current_setting('password_encryption')`,
      )
      expect(settings).toEqual([['127.0.0.1', 'scram-sha-256']])
    }
  })

  it('keep checksums, UTF-8 and collation C, and sync what they acknowledge', async () => {
    const names = ['data_checksums', 'server_encoding', 'fsync', 'synchronous_commit', 'full_page_writes']
    for (const s of servers) {
      const rows = await ask(
        s,
        s.superuserPassword,
        `SELECT ${names.map((n) => `current_setting('${n}')`).join(', ')}, datcollate FROM pg_database WHERE datname = 'postgres'`,
      )
      expect(rows).toEqual([['on', 'UTF8', 'on', 'on', 'on', 'C']])
    }
  })

  it('run as an unprivileged user, in folders that are theirs alone', () => {
    for (const s of servers) {
      for (const path of [s.dataDir, s.socketDir]) expect(statSync(path).mode & 0o777).toBe(0o700)
      const [pid] = readFileSync(join(s.dataDir, 'postmaster.pid'), 'utf8').split('\n')
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).not.toMatch(/^Uid:\s+0\b/m)
    }
  })

  it('PostGIS, pgvector and pgaudit are created and answer', async () => {
    const run = (sql: string) => ask(data(), data().superuserPassword, sql)
    await run(`SET "pgaudit.log" = 'none'; CREATE EXTENSION postgis`)
    await run('CREATE EXTENSION vector')
    await run('CREATE EXTENSION pgaudit')
    const rows = await run(
      `SELECT round(ST_Distance('POINT(2.35 48.86)'::geography, 'POINT(4.84 45.76)'::geography) / 1000),
              round(ST_X(ST_Transform(ST_SetSRID(ST_MakePoint(1, 0), 4326), 3857))), '[1,2]'::vector <-> '[1,4]'`,
    )
    expect(rows).toEqual([[393, 111319, 2]])
    expect(data().log()).toContain('AUDIT: SESSION')
    const audited = data()
      .log()
      .split('\n')
      .map(parsePostgresLine)
      .find((l) => l?.message.includes('create extension') || l?.message.includes('CREATE EXTENSION'))
    expect(audited).toMatchObject({ user: SUPERUSER, database: 'postgres', severity: 'LOG' })
  })

  it('a second preparation changes nothing, even while they run', async () => {
    for (const s of servers) {
      expect(s.prepared.changes[0]).toMatch(/^initialised/)
      expect(await preparePostgresServer(s)).toEqual({ changes: [] })
    }
  })
})

describe('one server', () => {
  /** A prepared server of a home of its own, which is removed afterwards. */
  async function withServer(body: (options: Awaited<ReturnType<typeof prepareOptions>>) => Promise<void>): Promise<void> {
    const own = await createTestHome()
    try {
      await body(await prepareOptions(own, provider, 'postgresql'))
    } finally {
      own.remove()
    }
  }

  it('begins again after an initdb that was killed, and takes its port from the settings of the moment', () =>
    withServer(async (options) => {
      mkdirSync(join(`${options.dataDir}.new`, 'data', 'base'), { recursive: true })
      writeFileSync(join(`${options.dataDir}.new`, 'data', 'PG_VERSION'), '15\n')
      await preparePostgresServer(options)
      expect(existsSync(`${options.dataDir}.new`)).toBe(false)
      const moved = { ...options, port: infra().port === options.port ? options.port + 1 : options.port }
      const server = await startServer(moved)
      expect(server.prepared.changes).toEqual([])
      expect(await ask(moved, options.superuserPassword, 'SELECT 3')).toEqual([[3]])
      await server.stop()
    }))

  it('takes any name of a folder for its socket', () =>
    withServer(async (options) => {
      const odd = { ...options, socketDir: join(options.socketDir, 'it\'s \\n, "o') }
      const server = await startServer(odd)
      expect(await ask(odd, odd.superuserPassword, 'SELECT 2', odd.socketDir)).toEqual([[2]])
      await server.stop()
    }))

  it.each([
    ['random', randomSecret()],
    ['with marks', new Secret('it\'s \\ $$ "x" é; --')],
  ])("sets the superuser's password to the stored one when they differ: %s", (_, superuserPassword) =>
    withServer(async (options) => {
      await preparePostgresServer(options)
      const server = await startServer({ ...options, superuserPassword })
      expect(server.prepared.changes).toEqual([`set the password of ${SUPERUSER} anew`])
      expect(await ask(options, superuserPassword, 'SELECT 4')).toEqual([[4]])
      await expect(ask(options, options.superuserPassword, 'SELECT 4')).rejects.toThrow(/password authentication failed/)
      await server.stop()
      expect(server.log()).not.toContain(superuserPassword.reveal())
    }),
  )

  it('follows no link that the server’s user laid where a file of its settings is', () =>
    withServer(async (options) => {
      await preparePostgresServer(options)
      const target = join(options.dataDir, '..', 'of-somebody-else')
      writeFileSync(target, 'not for the server\n', { mode: 0o600 })
      for (const name of ['postgresql.conf', 'pg_hba.conf', 'akko.conf', 'PG_VERSION']) {
        const path = join(options.dataDir, name)
        renameSync(path, `${path}.kept`)
        symlinkSync(target, path)
        await expect(preparePostgresServer(options)).rejects.toThrow(`${name} is a link or no file`)
        expect(lstatSync(path).isSymbolicLink()).toBe(true)
        renameSync(`${path}.kept`, path)
      }
      expect(await preparePostgresServer(options)).toEqual({ changes: [] })
      rmSync(target)
    }))

  it('refuses data of another major, and a folder that is not its own', () =>
    withServer(async (options) => {
      await preparePostgresServer(options)
      const other = { ...options, provider: { ...provider, major: provider.major + 1 } }
      await expect(preparePostgresServer(other)).rejects.toThrow(`was written by PostgreSQL ${provider.major}`)
      renameSync(join(options.dataDir, 'PG_VERSION'), join(options.dataDir, 'SOMETHING'))
      await expect(preparePostgresServer(options)).rejects.toThrow(/holds files and is not a PostgreSQL data folder/)
      await expect(preparePostgresServer({ ...options, socketDir: `/tmp/${'x'.repeat(110)}` })).rejects.toThrow(/Unix sockets allow 107/)
    }))
})

it('works without root: everything from nothing as nobody', () => {
  const copy = mkdtempSync(join(tmpdir(), 'akko-pg-nobody-'))
  try {
    const root = resolve(import.meta.dirname, '../../..')
    for (const path of ['package.json', 'src/kit', 'src/parts/postgresql']) cpSync(join(root, path), join(copy, path), { recursive: true })
    const node = join(copy, 'node')
    cpSync(process.execPath, node)
    chmodSync(copy, 0o755)
    const user = process.getuid?.() === 0 ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : ['env']
    const cache = join(home.cacheDir, '..')
    const [program = '', ...args] = [
      ...user,
      node,
      '--disable-warning=ExperimentalWarning',
      join(copy, 'src/parts/postgresql/test-as-nobody.ts'),
    ]
    const env = { PATH: process.env.PATH, HOME: copy, TMPDIR: tmpdir(), XDG_CACHE_HOME: cache }
    const out = JSON.parse(execFileSync(program, args, { env, cwd: copy, encoding: 'utf8' }))
    expect(out).toMatchObject({ provider: 'packages', answers: ['CREATE EXTENSION\n2|on\n', 'CREATE EXTENSION\n2|on\n'] })
    expect(out.uid).not.toBe(0)
    expect(out.dataDirs[0]).toMatch(/\/pg\/postgresql$/)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
