// The lock installs from an empty cache under the npm versions that people have.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
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
