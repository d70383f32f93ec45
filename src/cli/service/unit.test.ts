// The unit of a home, judged by systemd's own reader, and laid and taken away as the command does it.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printUnit, type Scope } from '#cli/service/unit'
import { akko } from '#test/support/platform'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-unit-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const unit = (scope: Scope, home: string) =>
  printUnit({
    program: '/bin/true',
    home,
    environment: { PATH: '/usr/bin:/bin', HOME: '/a "b" $c %d' },
    scope,
    ...(scope === 'system' ? { pidFile: '/run/akko/1/supervisor.pid' } : {}),
  })

function verify(text: string, scope: Scope) {
  const file = join(dir, `akko-${scope}.service`)
  writeFileSync(file, text)
  return spawnSync('systemd-analyze', [scope === 'user' ? '--user' : '--system', '--man=no', 'verify', file], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: dir },
  })
}

describe.each(['system', 'user'] as const)('of the %s', (scope) => {
  it.each(['/srv/akko', "/srv/a b'c", '/srv/"quoted" \\ and $HOME %h'])('is without fault for the home %s', (home) => {
    const { status, stderr } = verify(unit(scope, home), scope)
    expect(stderr.split('\n').filter((line) => line.includes(`akko-${scope}.service`))).toEqual([])
    expect(status, stderr).toBe(0)
  })

  it('is one that a fault is found in', () => {
    expect(verify(unit(scope, '/srv/akko').replace('Restart=on-failure', 'Restart=perhaps'), scope).stderr).toContain('perhaps')
  })
})

it('is installed once the home is there, enabled, and removed again', async () => {
  const home = join(dir, 'home')
  expect((await akko(home, ['service', 'install'])).stderr).toContain(`there is no home ${home} to be started`)
  mkdirSync(home, { mode: 0o700 })
  const json = async (verb: string) => JSON.parse((await akko(home, ['service', verb, '--json'])).stdout) as Record<string, unknown>
  const said = await akko(home, ['service', 'install'])
  try {
    expect(said.code, said.stderr).toBe(0)
    const file = /^(\S+) is there and enabled$/m.exec(said.stderr)?.[1] as string
    if (!existsSync('/run/systemd/system')) expect(said.stderr).toContain('no systemd runs here: the platform is started by hand')
    expect(await json('status')).toMatchObject({ installed: true, current: true, enabled: true, platform: false })
    const printed = await akko(home, ['service', 'print'])
    expect(printed.stdout).toBe(execFileSync('cat', [file], { encoding: 'utf8' }))
    expect(await json('remove')).toMatchObject({ removed: true })
    expect(existsSync(file)).toBe(false)
    expect(await json('status')).toMatchObject({ installed: false, enabled: false })
  } finally {
    await akko(home, ['service', 'remove'])
  }
}, 180_000)
