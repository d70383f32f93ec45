// Which ports a home may not have.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BLOCKED_PORTS, portsAt, takenPorts } from '#cli/ports'

const refusal = (port: number) =>
  fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2000) }).then(
    () => '',
    (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
  )

describe('blocked ports', () => {
  it('are those that fetch refuses to ask', async () => {
    for (const port of BLOCKED_PORTS) expect([port, await refusal(port)]).toEqual([port, 'bad port'])
  })

  it('are none of the declared ones', () => {
    expect(portsAt(0).filter(({ port }) => BLOCKED_PORTS.has(port))).toEqual([])
  })
})

describe('taken ports', () => {
  const declared = portsAt(0)[0] as { part: string; port: number }

  it('name a stranger by its process, and a platform by its home', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-ports-'))
    writeFileSync(join(dir, 'machine.json'), JSON.stringify({ home: '/srv/other' }))
    const program = "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))"
    const cell = spawn(process.execPath, ['-e', program, '/akko/src/runtime/supervisor/main.ts', join(dir, 'plan.json')])
    const stranger = createServer().listen(0, '127.0.0.1')
    try {
      await once(stranger, 'listening')
      const held = Number(String((await once(cell.stdout, 'data'))[0]))
      expect(await takenPorts(held - declared.port)).toContainEqual({
        part: declared.part,
        port: held,
        holder: 'the platform in /srv/other',
        home: '/srv/other',
      })
      const { port } = stranger.address() as { port: number }
      const found = (await takenPorts(port - declared.port)).find((taken) => taken.port === port)
      expect(found).not.toHaveProperty('home')
      expect(found?.holder).toContain(`(pid ${process.pid})`)
    } finally {
      cell.kill()
      stranger.close()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
