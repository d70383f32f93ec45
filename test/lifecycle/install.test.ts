// The lock installs from an empty cache under the npm versions that people have, and after an installation that was cut off.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, run } from '#test/support/platform'

describe('npm ci', () => {
  for (const version of ['10', '11']) {
    it(`from an empty cache under npm ${version}`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'akko-install-'))
      try {
        for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(ROOT, file), join(dir, file))
        const env = { ...process.env, npm_config_cache: join(dir, 'cache') }
        const result = await run('npm', ['exec', '--yes', `--package=npm@${version}`, '--', 'npm', 'ci', '--loglevel=error'], {
          cwd: dir,
          env,
        })
        expect(result.code, result.stderr).toBe(0)
        expect(existsSync(join(dir, 'node_modules/lmdb/package.json'))).toBe(true)
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    }, 240_000)
  }
})

describe('the launcher', () => {
  /** A clone of nothing but the launcher, whose locks hold no package: on the Node that runs this. */
  async function launch(leave: (turn: string) => void, timeoutMs = 60_000) {
    const dir = mkdtempSync(join(tmpdir(), 'akko-install-'))
    try {
      mkdirSync(join(dir, 'launcher'))
      cpSync(join(ROOT, 'launcher/launch.cjs'), join(dir, 'launcher/launch.cjs'))
      writeFileSync(join(dir, 'package.json'), '{"name":"x","version":"1.0.0"}')
      writeFileSync(
        join(dir, 'package-lock.json'),
        '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0"}}}',
      )
      mkdirSync(join(dir, 'node_modules'))
      leave(join(dir, '.akko-install'))
      const { code, stderr } = await run(process.execPath, [join(dir, 'launcher/launch.cjs'), 'run', '-e', '0'], { timeoutMs })
      return { code, stderr, left: existsSync(join(dir, '.akko-install')) }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  }
  const installs = { code: 0, stderr: expect.stringContaining('installed dependencies'), left: false }

  it('takes over from an installation that was killed', async () => {
    const dead = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1
    expect(await launch((turn) => writeFileSync(turn, String(dead)))).toEqual(installs)
  })

  it('waits for one that lives', async () => {
    const living = await launch((turn) => writeFileSync(turn, String(process.pid)), 5000)
    expect(living).toMatchObject({ stderr: expect.stringContaining('waiting for another installation'), left: true })
    expect(living.code).not.toBe(0)
  })
})
