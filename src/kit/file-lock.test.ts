// A lock is one holder's, ends with it even by kill -9, and is never stale.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inTurn, lastHolder, tryLockFile } from '#kit/file-lock'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Another process that takes the lock, says whether it has it, and lives on. */
function holder(path: string): { child: ChildProcess; has: Promise<boolean> } {
  const program = `import { tryLockFile } from '#kit/file-lock'
    console.log(tryLockFile(process.argv[1]) ? 'mine' : 'theirs'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, has: new Promise((done) => child.stdout?.once('data', (text: Buffer) => done(String(text).trim() === 'mine'))) }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}

it('is one holder’s at a time, in one process and between processes', () => {
  const path = join(dir, 'lock')
  const lock = tryLockFile(path)
  expect(lock).toBeDefined()
  expect(lastHolder(path)).toBe(process.pid)
  expect(tryLockFile(path)).toBeUndefined()
  lock?.release()
  const again = tryLockFile(path)
  expect(again).toBeDefined()
  again?.release()
})

it('ends with a holder that was killed, whatever its process id becomes', async () => {
  const path = join(dir, 'lock')
  const first = holder(path)
  expect(await first.has).toBe(true)
  expect(tryLockFile(path)).toBeUndefined()
  await kill(first.child)
  writeFileSync(path, String(process.pid)) // as if the dead holder's id were in use again
  const lock = tryLockFile(path)
  expect(lock).toBeDefined()
  const second = holder(path)
  expect(await second.has).toBe(false)
  await kill(second.child)
  lock?.release()
})

it('of many that come at once one has it', async () => {
  const path = join(dir, 'lock')
  const all = Array.from({ length: 4 }, () => holder(path))
  const got = await Promise.all(all.map((h) => h.has))
  expect(got.filter(Boolean)).toHaveLength(1)
  await Promise.all(all.map((h) => kill(h.child)))
}, 30_000)

it('follows no link that lies in its place', () => {
  const target = join(dir, 'of-somebody')
  writeFileSync(target, 'keep')
  symlinkSync(target, join(dir, 'lock'))
  expect(() => tryLockFile(join(dir, 'lock'))).toThrow(/the lock .* cannot be used/)
})

it('two bodies take turns', async () => {
  const order: string[] = []
  let waited = 0
  const body = (who: string) => async () => {
    order.push(`${who} in`)
    await new Promise((r) => setTimeout(r, 50))
    order.push(`${who} out`)
  }
  const turn = (who: string) => inTurn(join(dir, 'lock'), () => waited++, body(who))
  await Promise.all([turn('a'), turn('b')])
  expect(order[1]).toBe(order[0]?.replace('in', 'out'))
  expect(order).toHaveLength(4)
  expect(waited).toBe(1)
})
