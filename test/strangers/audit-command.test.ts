// akko audit as scripts rely on it.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shell } from '#test/support/env-shell'
import { platform, ROOT } from '#test/support/platform'

describe('akko audit', () => {
  const events = async (...flags: string[]) => {
    const { code, stdout, stderr } = await platform().akko('audit', '--json', ...flags)
    expect(code, stderr).toBe(0)
    return stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { time: string; who: { sub: string }; what: { part: string; action: string }; outcome: string })
  }
  const refused = () => platform().akko('sql', '--user', 'viewer@demo', '-e', 'CREATE TABLE iceberg.banking.never (a int)')

  it('shows who was refused what, the newest last, and narrows to a user, a part and a time', async () => {
    expect(await refused()).toMatchObject({ code: 1, stderr: expect.stringContaining('may not create table iceberg.banking.never') })
    const ofViewer = () => events('--user', 'viewer@demo', '--part', 'sql', '--since', '1h')
    await expect
      .poll(async () => (await ofViewer()).at(-1), { timeout: 30_000 })
      .toMatchObject({
        who: { sub: 'viewer@demo' },
        what: { part: 'sql' },
        outcome: 'denied',
      })
    for (const { who, what } of await ofViewer()) expect([who.sub, what.part]).toEqual(['viewer@demo', 'sql'])
    const times = (await events('-n', '20')).map(({ time }) => time)
    expect(times.length).toBeGreaterThan(1)
    expect(times).toEqual([...times].sort())
    expect(await events('--since', '2999-01-01')).toEqual([])
    expect((await platform().akko('audit', '--user', 'viewer@demo', '-n', '1')).stdout).toMatch(/denied +viewer@demo {2}\w+: /)
  })

  it('is for administrators only, and tells of others who tried', async () => {
    const tried = await shell(`'${join(ROOT, 'akko')}' audit`, '--user engineer@demo')
    expect(tried).toMatchObject({ code: 1, stdout: '' })
    expect(tried.stderr).toContain('only administrators may')
    expect((await events('--user', 'engineer@demo')).at(-1)).toMatchObject({ what: { part: 'audit', action: 'read' }, outcome: 'denied' })
  })

  it('narrows to who did what, and how it ended', async () => {
    const found = await events('--who', 'viewer@demo', '--what', 'create', 'iceberg.banking.never', '--outcome', 'denied')
    expect(found.at(-1)).toMatchObject({
      who: { sub: 'viewer@demo' },
      what: { part: 'sql', action: 'create', kind: 'table' },
      outcome: 'denied',
    })
    expect(await events('--who', 'viewer@demo', '--what', 'create', 'iceberg.banking.never', '--outcome', 'allowed')).toEqual([])
  })

  it('verify finds what all parts wrote whole, says what that does not show, and takes no flag that it would pass over', async () => {
    const { code, stdout, stderr } = await platform().akko('audit', 'verify')
    expect(stdout).toMatch(
      /^\d+ events, numbers 1 to \d+, are as they were written, and as [1-9]\d* anchors have them\nSHA-256 of the last: [0-9a-f]{64}\n$/,
    )
    expect(stderr).toContain('not shown by it: whoever is root here')
    expect(code).toBe(0)
    expect((await platform().akko('audit', 'key')).stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\nfingerprint [0-9a-f]{64}\n$/)
    for (const args of [['verify', '--user', 'ada'], ['vrify']])
      expect(await platform().akko('audit', ...args)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/takes no --user|no "audit vrify"/),
      })
  })

  it('goes on with -f, and shows each event once', async () => {
    const child = spawn(join(ROOT, 'akko'), ['--home', platform().home, 'audit', '--json', '-f', '-n', '0', '--user', 'viewer@demo'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let text = ''
    child.stdout.on('data', (data: Buffer) => {
      text += String(data)
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      await new Promise((resolve) => setTimeout(resolve, 4000))
      await refused()
      await expect.poll(() => text, { timeout: 30_000 }).toContain('"denied"')
      await new Promise((resolve) => setTimeout(resolve, 2500))
    } finally {
      child.kill('SIGTERM') // a terminal would send SIGINT to both processes
      await ended
    }
    const ids = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
