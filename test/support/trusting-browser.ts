// A Chromium that trusts a home's certificate authority, as `akko trust` explains it: a profile of its own, thrown away afterwards.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM } from '#test/cockpit/browser'

export interface TrustingBrowser {
  readonly browser: Browser
  close(): Promise<void>
}

export async function startTrustingBrowser(caFile: string): Promise<TrustingBrowser> {
  const home = mkdtempSync(join(tmpdir(), 'akko-chromium-'))
  const nssdb = join(home, '.pki/nssdb')
  mkdirSync(nssdb, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${nssdb}`, '-N', '--empty-password'])
  execFileSync('certutil', ['-d', `sql:${nssdb}`, '-A', '-t', 'C,,', '-n', 'akko', '-i', caFile])
  const browser = await chromium.launch({ ...CHROMIUM, env: { ...(process.env as Record<string, string>), HOME: home } })
  return {
    browser,
    close: async () => {
      await browser.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
