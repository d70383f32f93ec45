// A prepared server that runs as the supervisor would run it, for tests. Needs nothing but the kit, so that it also runs from a copy of the sources.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomSecret, type Secret } from '#kit/secret'
import { choosePostgresProvider } from './choose.ts'
import { postgresCommand } from './command.ts'
import { type Prepared, type PrepareOptions, preparePostgresServer } from './prepare.ts'
import type { Provider } from './provider.ts'
import { type PostgresServer, postgresCacheDir, postgresFolders, type RunAs, serviceUser } from './service-user.ts'

export const NEED = ['postgis', 'vector', 'pgaudit'] as const
export const SERVERS: readonly PostgresServer[] = ['postgresql', 'postgresql-data']

export interface TestHome {
  readonly home: string
  readonly runAs: RunAs | undefined
  readonly cacheDir: string
  /** Removes the home, and the folders that lie elsewhere for root. */
  remove(): void
}

export async function createTestHome(): Promise<TestHome> {
  const home = mkdtempSync(join(tmpdir(), 'akko-pg-'))
  const runAs = await serviceUser()
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'akko')
  return {
    home,
    runAs,
    cacheDir: postgresCacheDir(cache, runAs),
    remove: () => {
      const { dataDir, socketDir } = postgresFolders(home, 'postgresql', runAs)
      for (const path of [dirname(dataDir), dirname(socketDir), home]) rmSync(path, { recursive: true, force: true })
    },
  }
}

export function testProvider({ home, cacheDir }: TestHome): Promise<Provider> {
  return choosePostgresProvider({ home, preference: 'packages', need: NEED, cacheDir, progress: () => {} })
}

export interface TestServer extends PrepareOptions {
  readonly superuserPassword: Secret
  readonly prepared: Prepared
  /** What it wrote to its standard error. */
  log(): string
  stop(): Promise<void>
}

export async function prepareOptions(home: TestHome, provider: Provider, server: PostgresServer): Promise<PrepareOptions> {
  const folders = postgresFolders(home.home, server, home.runAs)
  return { server, provider, ...folders, port: await freePort(), superuserPassword: randomSecret(), runAs: home.runAs }
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
