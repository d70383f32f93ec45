// What a home may be, and what works on one whose settings are broken; nothing is started.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { portsAt } from '#cli/ports'
import { akko } from '#test/support/platform'

const folder = mkdtempSync(join(tmpdir(), 'akko-wrong-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('up takes for no home', () => {
  it('a file, and a folder of other things, and advises nothing that changes them', async () => {
    const file = join(folder, 'file')
    const full = join(folder, 'full')
    writeFileSync(file, 'of somebody')
    mkdirSync(full, { mode: 0o755 })
    writeFileSync(join(full, 'mail'), 'of somebody')
    for (const [home, reason] of [
      [file, 'it is not a folder'],
      [full, 'it is not a home, and other things lie in it'],
    ] as const) {
      const { code, stderr } = await akko(home, ['up'])
      expect(code).toBe(1)
      expect(stderr).toContain(`the home ${home} cannot be used: ${reason}\n  name an empty or new folder`)
    }
    expect(readdirSync(full)).toEqual(['mail'])
    expect(statSync(full).mode & 0o777).toBe(0o755)
  })

  it('nothing of a new folder stays behind when it is refused', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const [declared] = portsAt(0)
    try {
      const { code, stderr } = await akko(join(folder, 'new/below'), ['up', '--port-offset', `${port - (declared?.port ?? 0)}`])
      expect([code, stderr]).toEqual([1, expect.stringContaining('is taken by')])
    } finally {
      holder.close()
    }
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })
})

describe('destroy', () => {
  it('removes a home that was begun with its policy, and no folder that looks alike', async () => {
    const begun = join(folder, 'begun')
    expect((await akko(begun, ['policy', 'init'])).code).toBe(0)
    const { code, stderr } = await akko(begun, ['destroy', '--yes'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('removed')])
    expect(existsSync(begun)).toBe(false)
    const alike = join(folder, 'alike')
    mkdirSync(join(alike, 'policy'), { recursive: true })
    writeFileSync(join(alike, 'config.yaml'), '')
    writeFileSync(join(alike, 'policy', 'a.yaml'), 'of: somebody')
    expect((await akko(alike, ['destroy', '--yes'])).stderr).toContain('is no home of a platform')
    expect(readdirSync(alike)).toHaveLength(2)
  })
})

describe('with broken settings', () => {
  const home = mkdtempSync(join(folder, 'broken-'))
  writeFileSync(join(home, 'config.yaml'), 'portOfset: 3\nsql:\n  memoryMb: many\n')

  it('down and status work, and doctor tells of the settings', async () => {
    expect(await akko(home, ['down'])).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing runs') })
    expect((await akko(home, ['status'])).stderr).toContain(`nothing runs in ${home}`)
    const { findings } = JSON.parse((await akko(home, ['doctor', '--json'])).stdout) as { findings: { check: string; found: string }[] }
    expect(findings.find(({ check }) => check === 'settings')).toMatchObject({
      ok: false,
      found: expect.stringMatching(/^2 problem.*memoryMb.*portOfset: unknown key; the nearest valid one is portOffset/),
      cure: expect.stringContaining(join(home, 'config.yaml')),
    })
  })

  it('up refuses', async () => {
    expect(await akko(home, ['up'])).toMatchObject({ code: 1, stderr: expect.stringContaining('2 problem(s) in the configuration') })
  })

  it('logs of a home where nothing ran are refused, of a name that was mistyped too', async () => {
    for (const at of [home, join(folder, 'typo')])
      expect(await akko(at, ['logs'])).toMatchObject({ code: 1, stderr: expect.stringContaining(`no platform has run in ${at} yet`) })
  })
})
