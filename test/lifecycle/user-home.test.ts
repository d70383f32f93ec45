// A home that an ordinary user made, by the command alone: what `destroy` asks at a terminal, and that yes removes all of it, PostgreSQL's folders inside too.
import { spawn } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from '#kit/processes'
import { ROOT, type Run, run } from '#test/support/platform'
import { claimOffset, releaseOffset } from '#test/support/port-offsets'

/** `nobody`, who has no platform of his own. */
const USER = 65_534
/** PostgreSQL as root has it, so that it is not fetched again. */
const FETCHED = '/var/cache/akko/postgresql'

describe.runIf(process.getuid?.() === 0)('the home of an ordinary user', () => {
  let offset = 0
  const folder = mkdtempSync(join(tmpdir(), 'akko-user-'))
  const home = join(folder, '.akko')
  const ids = ['--reuid', `${USER}`, '--regid', `${USER}`, '--clear-groups', '--reset-env']
  const words = (...args: string[]) => [
    ...ids,
    'env',
    `HOME=${folder}`,
    `PATH=${process.env.PATH}`,
    join(ROOT, 'akko'),
    '--home',
    home,
    ...args,
  ]
  const akko = (...args: string[]): Promise<Run> => run('setpriv', words(...args), { timeoutMs: 600_000 })

  /** The command at a terminal of its own, where somebody types an answer to its question. */
  function answering(text: string, ...args: string[]): Promise<{ code: number | null; shown: string }> {
    const command = ['setpriv', ...words(...args)].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd: ROOT, stdio: 'pipe' })
    let shown = ''
    let asked = false
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk
      if (asked || !shown.includes('Go on?')) return
      asked = true
      child.stdin.write(`${text}\n`)
    })
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, shown })))
  }

  let pids: number[] = []
  beforeAll(async () => {
    const cache = join(folder, '.cache/akko/postgresql')
    mkdirSync(cache, { recursive: true })
    if (existsSync(FETCHED))
      for (const name of readdirSync(FETCHED).filter((one) => !one.startsWith('.')))
        cpSync(join(FETCHED, name), join(cache, name), { recursive: true, verbatimSymlinks: true })
    for (const path of [folder, join(folder, '.cache'), join(folder, '.cache/akko'), cache]) chownSync(path, USER, USER)
    offset = claimOffset()
    const up = await akko('up', '--port-offset', `${offset}`)
    expect(up.code, up.stderr).toBe(0)
    const { supervisor, parts } = JSON.parse((await akko('status', '--json')).stdout) as {
      supervisor: { pid: number }
      parts: { pid: number }[]
    }
    pids = [supervisor.pid, ...parts.map(({ pid }) => pid)]
  }, 600_000)
  afterAll(async () => {
    if (existsSync(home)) await akko('destroy', '--yes')
    rmSync(folder, { recursive: true, force: true })
    releaseOffset(offset)
  })

  it('is that user’s whole, with PostgreSQL’s folders inside', () => {
    expect(readdirSync(join(home, 'pg')).length).toBeGreaterThan(0)
    for (const path of [home, join(home, 'pg'), join(home, 'objects')]) expect([path, statSync(path).uid]).toEqual([path, USER])
    expect(pids.filter(isAlive)).toEqual(pids)
  })

  it('stays as it is when the answer at the terminal is not yes', async () => {
    const { code, shown } = await answering('no', 'destroy')
    expect(shown).toContain(`This removes for good:`)
    expect(shown).toContain(home)
    expect(shown).toContain('is stopped first')
    expect(shown).toContain('nobody said yes')
    expect(code).toBe(1)
    expect(pids.filter(isAlive)).toEqual(pids)
  })

  it('is gone after yes, with its processes and all that lies outside of it', async () => {
    const { code, shown } = await answering('yes', 'destroy')
    expect(code, shown).toBe(0)
    expect(shown).toContain('Go on? (yes/no)')
    const named = shown.slice(shown.indexOf('for good:'), shown.indexOf('The platform runs')).match(/^ {2}\/\S+/gm) ?? []
    expect(named.map((line) => line.trim())).toContain(home)
    expect(named.filter((line) => existsSync(line.trim()))).toEqual([])
    expect(pids.filter(isAlive)).toEqual([])
    expect(readdirSync(folder).filter((name) => name !== '.cache')).toEqual([])
  })
})
