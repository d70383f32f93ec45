// A process of its own leaves garbage behind and then does nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const SCRIPT = `
  import { collectWhenIdle } from '${join(import.meta.dirname, 'idle-memory.ts')}'
  let left = Array.from({ length: 400_000 }, (_, i) => ({ text: 'garbage ' + i }))
  const before = process.memoryUsage().heapUsed
  left = undefined
  if (process.argv[1] === 'collecting') collectWhenIdle()
  setTimeout(() => process.stdout.write(String(process.memoryUsage().heapUsed / before)), 8000)
`

async function leftOver(mode: string): Promise<number> {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', SCRIPT, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  await once(child, 'close')
  return Number(text)
}

it('an idle process gives back what it no longer needs', async () => {
  const [kept, collected] = await Promise.all([leftOver('keeping'), leftOver('collecting')])
  expect(kept).toBeGreaterThan(0.8)
  expect(collected).toBeGreaterThan(0)
  expect(collected).toBeLessThan(0.5)
})
