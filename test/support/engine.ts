// Starts the SQL engine in a process of its own, for tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngineClient, type EngineClient } from '#parts/engine/client'

export interface TempEngine {
  readonly client: EngineClient
  readonly process: ChildProcess
  readonly socket: string
  readonly root: string
  /** Starts the process anew after it ended. */
  restart(): Promise<void>
  /** A fresh folder that the engine may open. */
  spool(name: string, tenant?: string): string
  stop(): Promise<void>
}

export async function startTempEngine(
  options: { memoryLimitBytes?: number; dataLimitBytes?: number; poolSize?: number } & Record<string, unknown> = {},
): Promise<TempEngine> {
  const root = mkdtempSync(join(tmpdir(), 'akko-eng-'))
  const { dataLimitBytes, poolSize = 8, ...rest } = options
  const deps = {
    name: 'engine',
    socket: join(root, 'e.sock'),
    memoryLimitBytes: 512 * 1024 * 1024,
    threads: 2,
    maxConcurrent: 4,
    spoolRoot: join(root, 'spool'),
    workDir: join(root, 'work'),
    tempLimitBytes: 1024 * 1024 * 1024,
    ...rest,
  }
  const node = [process.execPath, join(import.meta.dirname, 'engine-process.ts'), JSON.stringify(deps)]
  const command = ['setpriv', '--pdeathsig', 'KILL', ...(dataLimitBytes ? ['prlimit', `--data=${dataLimitBytes}`] : []), ...node]
  const start = async (): Promise<ChildProcess> => {
    const started = spawn(command[0] as string, command.slice(1), {
      cwd: new URL('../..', import.meta.url),
      env: { ...process.env, UV_THREADPOOL_SIZE: String(poolSize), AKKO_LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`engine ended with ${code}`)))
      started.stdout?.on('data', (chunk: Buffer) => String(chunk).includes('READY') && resolve())
    })
    return started
  }
  const ended = (one: ChildProcess) => (one.exitCode ?? one.signalCode) !== null
  let child = await start()
  const client = createEngineClient(deps.socket)
  return {
    client,
    get process() {
      return child
    },
    async restart() {
      if (!ended(child)) await new Promise((r) => child.once('exit', r))
      child = await start()
    },
    socket: deps.socket,
    root,
    spool(name, tenant = 'tenant') {
      const path = join(deps.spoolRoot, tenant, name)
      mkdirSync(path, { recursive: true, mode: 0o700 })
      return path
    },
    async stop() {
      client.close()
      if (!ended(child)) {
        const exit = new Promise((r) => child.once('exit', r))
        child.kill('SIGTERM')
        await exit
      }
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** All rows of a query, parsed, and the verdict. */
export async function allRows(client: EngineClient, spool: string, sql: string, types?: readonly string[]): Promise<unknown[][]> {
  const run = client.run({ queryId: 'test', spool, sql, output: 'rows', ...(types ? { types } : {}) })
  const rows: unknown[][] = []
  for await (const batch of run.rows) for (const row of batch) rows.push(JSON.parse(row) as unknown[])
  await run.done
  return rows
}
