// What `up` says at its end where there is no demo: how to log in, by a command and without the secret.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { printUrls } from '#cli/demo'
import { Secret } from '#kit/secret'
import { secretName } from '#platform/names'
import { loadMachine } from '#runtime/home'
import { createFileSecretStore } from '#runtime/secrets'

it('names the administrator and the command that shows the first password', async () => {
  const home = mkdtempSync(join(tmpdir(), "akko it's a home "))
  try {
    const machine = loadMachine(home)
    mkdirSync(machine.paths.secrets, { recursive: true, mode: 0o700 })
    await createFileSecretStore(machine.paths.secrets).put(secretName.user('admin'), new Secret('first-of-all'))
    let text = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += String(chunk)
      return true
    })
    printUrls(machine, { changed: true, ms: 1 })
    vi.restoreAllMocks()
    expect(text).not.toContain('first-of-all')
    const command = /Log in as admin; its first password is shown by: `([^`]+)`/.exec(text)?.[1] ?? ''
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim()).toBe('first-of-all')
  } finally {
    rmSync(home, { recursive: true })
  }
})
