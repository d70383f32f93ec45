// A prepared server that runs as the supervisor would run it, for tests. Needs nothing but the kit, so that it also runs from a copy of the sources.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { randomSecret, type Secret } from '#kit/secret'
import { choosePostgresProvider } from '#parts/postgresql/choose'
import { postgresCommand } from '#parts/postgresql/command'
import { type Prepared, type PrepareOptions, preparePostgresServer } from '#parts/postgresql/prepare'
import type { Provider } from '#parts/postgresql/provider'
import { type PostgresPlaces, postgresCacheDir, postgresFolders, type RunAs, serviceUser } from '#parts/postgresql/service-user'

export const NEED = ['postgis', 'vector', 'pgaudit'] as const
export const SERVERS: readonly string[] = ['postgresql', 'postgresql-data']

export interface TestHome {
  readonly home: string
  readonly runAs: RunAs | undefined
  readonly places: PostgresPlaces
  readonly cacheDir: string
  /** Removes the home, and the folders that lie elsewhere for root. */
  remove(): void
}

export async function createTestHome(): Promise<TestHome> {
  const home = mkdtempSync(join(tmpdir(), 'akko-pg-'))
  const runAs = await serviceUser()
  const name = basename(home)
  const places = runAs
    ? { postgres: join('/var/lib/akko', name), sockets: join('/run/akko', name) }
    : { postgres: join(home, 'pg'), sockets: home }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'akko')
  return {
    home,
    runAs,
    places,
    cacheDir: postgresCacheDir(cache, runAs),
    remove: () => {
      for (const path of new Set([...Object.values(places), home])) rmSync(path, { recursive: true, force: true })
    },
  }
}

export function testProvider({ home, cacheDir }: TestHome): Promise<Provider> {
  return choosePostgresProvider({ records: home, preference: 'packages', need: NEED, cacheDir, progress: () => {} })
}

export interface TestServer extends PrepareOptions {
  readonly superuserPassword: Secret
  readonly prepared: Prepared
  /** What it wrote to its standard error. */
  log(): string
  stop(): Promise<void>
}

export async function prepareOptions(home: TestHome, provider: Provider, server: string): Promise<PrepareOptions> {
  const folders = postgresFolders(home.places, server)
  return { server, provider, ...folders, port: await freePort(), superuserPassword: randomSecret(), runAs: home.runAs, sharedBuffersMb: 64 }
}

/** Prepares, starts and waits until the server says that it is ready. */
export async function startServer(options: PrepareOptions): Promise<TestServer> {
  const prepared = await preparePostgresServer(options)
  const { command, args, env, cwd, uid, gid, stopSignal } = postgresCommand(options)
  const ids = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) }
  const child = spawn(command, args, { env, cwd, ...ids, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (text.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(`the server did not start: ${log}`)))
  })
  return {
    ...options,
    prepared,
    log: () => log,
    stop: async () => {
      child.kill(stopSignal)
      await ended
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
