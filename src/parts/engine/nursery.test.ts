// Ends of processes that the engine did not bring about.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createNursery } from '#parts/engine/nursery'

/** Without a turn of the event loop, which would tell of the end of the connection. Its shell is gone: the system's first process takes it away. */
function waitUntilGone(pid: number): void {
  for (const until = performance.now() + 30_000; existsSync(`/proc/${pid}`); )
    if (performance.now() > until) throw new Error(`${pid} is still there`)
}

it('what has ended by itself may be killed, before that is known', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'akko-nursery-'))
  const nursery = createNursery(dir)
  try {
    const running = nursery.begin()
    await expect(running.ask('take', 0)).rejects.toThrow('nothing is open')
    const pid = running.pid as number
    nursery.close()
    waitUntilGone(pid)
    expect(() => running.kill()).not.toThrow()
    await running.ended
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}, 60_000)
