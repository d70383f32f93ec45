// versitygw over a folder: an S3 that knows nothing of ours and has one key only; for tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { goTool } from '#test/support/go-tools'
import { freePort } from '#test/support/postgres'

export const FOREIGN = { accessKeyId: 'foreign-root', secretAccessKey: 'foreign-root-secret', region: 'us-east-1' } as const

export async function startForeignS3(): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-versity-'))
  mkdirSync(join(dir, 'data'))
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(goTool('versitygw'), ['--port', address, 'posix', join(dir, 'data')], {
    env: { ...process.env, ROOT_ACCESS_KEY: FOREIGN.accessKeyId, ROOT_SECRET_KEY: FOREIGN.secretAccessKey },
    stdio: 'ignore',
  })
  const endpoint = `http://${address}`
  for (let left = 100; !(await fetch(endpoint).catch(() => undefined)); left--) {
    if (left === 0 || child.exitCode !== null) throw new Error('versitygw did not start')
    await sleep(100)
  }
  return {
    endpoint,
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
