// A platform that root started: every cell gives root up, each thing lies where only its owner reaches it, a home of the earlier form is moved at the
// first `up`, code that the cells' user cannot read is copied, and `destroy` leaves nothing.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findUser } from '#kit/system-user'
import { locateHome } from '#runtime/home'
import { type Platform, ROOT, run, startPlatform } from '#test/support/platform'

let platform: Platform
let copyOfCode: string
let akko: { uid: number; gid: number }

/** A program as another user; its exit code. */
const as = async ({ uid, gid }: { uid: number; gid: number }, program: string): Promise<number> =>
  (await run('setpriv', ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', 'sh', '-c', program])).code
const NOBODY = { uid: 65_534, gid: 65_534 }

describe.runIf(process.getuid?.() === 0)('started by root', () => {
  beforeAll(async () => {
    platform = await startPlatform()
    akko = findUser('akko') as typeof akko
  }, 300_000)
  afterAll(async () => {
    await platform?.down()
  })

  it('every process but the supervisor has given root up, and cannot get it back', async () => {
    const { supervisor, parts } = JSON.parse((await platform.akko('status', '--json')).stdout) as {
      supervisor: { pid: number }
      parts: { name: string; pid: number }[]
    }
    const field = (pid: number, name: string) =>
      new RegExp(`^${name}:[\\t ]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    expect(field(supervisor.pid, 'Uid')).toMatch(/^0\b/)
    expect(parts.length).toBeGreaterThan(8)
    for (const { name, pid } of parts) {
      const ids = (field(pid, 'Uid') as string).split('\t')
      expect([name, new Set(ids).size]).toEqual([name, 1])
      if (name.startsWith('postgresql')) expect([name, ids[0]]).not.toEqual([name, '0'])
      else expect([name, ids[0]]).toEqual([name, String(akko.uid)])
      expect([name, field(pid, 'CapEff'), field(pid, 'NoNewPrivs'), field(pid, 'Groups')?.trim()]).toEqual([
        name,
        '0000000000000000',
        '1',
        '',
      ])
    }
  })

  it('each thing is its owner’s: what root runs is out of the cells’ reach, what the cells keep out of everyone else’s', async () => {
    const { paths } = locateHome(platform.home)
    expect(readdirSync(platform.home).sort()).toEqual(['config.yaml', 'location.json', 'lock', 'run.json'])
    for (const dir of [paths.state, paths.secrets, paths.ca, paths.objects, paths.spool, paths.run])
      expect([dir, statSync(dir).uid, statSync(dir).mode & 0o777]).toEqual([dir, akko.uid, 0o700])
    for (const dir of [paths.logs, paths.control]) expect([dir, statSync(dir).uid, statSync(dir).mode & 0o777]).toEqual([dir, 0, 0o700])
    const plan = join(paths.records, 'plan.json')
    expect(await as(akko, `cat ${join(paths.records, 'machine.json')}`)).toBe(0)
    for (const program of [
      `cat ${plan}`,
      `echo > ${plan}`,
      `mv ${plan} ${plan}.old`,
      `echo > ${join(paths.records, 'machine.json')}`,
      `mv ${paths.secrets} ${paths.secrets}.old`,
      `ls ${paths.control}`,
      `ls ${paths.logs}`,
      `ls ${join(paths.postgres, 'infra')}`,
    ])
      expect([program, await as(akko, program)]).not.toEqual([program, 0])
    for (const program of [`ls ${paths.secrets}`, `ls ${paths.run}`, `cat ${join(paths.records, 'machine.json')}`, `ls ${paths.objects}`])
      expect([program, await as(NOBODY, program)]).not.toEqual([program, 0])
  })

  it('cells may read the supervisor’s status and order nothing; others may not even read', async () => {
    const { paths } = locateHome(platform.home)
    const ask = (path: string, method = 'GET') =>
      `curl -fsS -X ${method} --unix-socket ${join(paths.watch, 'status.sock')} http://localhost${path} >/dev/null 2>&1`
    expect(await as(akko, ask('/status'))).toBe(0)
    expect(await as(akko, ask('/stop', 'POST'))).not.toBe(0)
    expect(await as(NOBODY, ask('/status'))).not.toBe(0)
    expect((await platform.akko('status')).code).toBe(0)
  })

  it('a link that a cell laid among its own files is not followed by root', async () => {
    const { paths } = locateHome(platform.home)
    const target = join(platform.home, 'target')
    writeFileSync(target, 'of root')
    const secret = join(paths.secrets, 'identity.user.admin')
    const kept = readFileSync(secret)
    execFileSync('ln', ['-sf', target, secret])
    const result = await platform.akko('storage', 'key', 'create', 'linked')
    const sql = await platform.akko('sql', '-e', 'SELECT 1')
    expect(`${result.stdout}${result.stderr}${sql.stdout}${sql.stderr}`).not.toContain('of root')
    expect(readFileSync(target, 'utf8')).toBe('of root')
    for (const path of [target, secret]) rmSync(path)
    writeFileSync(secret, kept, { mode: 0o600 })
    execFileSync('chown', [`${akko.uid}:${akko.gid}`, secret])
  })

  it('a home of the earlier form is moved at the first up, also when an earlier move ended half way; all that was stored is there', async () => {
    const sql = async (statement: string) => {
      const result = await platform.akko('sql', '-o', 'csv', '-e', statement)
      expect(result.code, result.stderr).toBe(0)
      return result.stdout.trim().split('\n').slice(1)
    }
    await sql("CREATE TABLE iceberg.raw.kept AS SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS t(n, word)")
    expect((await platform.akko('down')).code).toBe(0)
    toEarlierForm(platform.home)
    const { data } = locateHome(platform.home).paths
    expect(data).toBe(platform.home)
    expect((await platform.akko('status')).stderr).toContain('nothing runs')
    const objects = locateHome(platform.home).paths.postgres
    execFileSync('chown', ['-R', `${akko.uid}:${akko.gid}`, join(platform.home, 'objects')])
    renameSync(join(platform.home, 'objects'), join(objects, 'objects')) // as an `up` that was killed in between leaves it
    const up = await platform.akko('up')
    expect(up.code, up.stderr).toBe(0)
    expect(up.stderr + up.stdout).toMatch(/moving .*state to \/var\/lib\/akko/)
    expect(readdirSync(platform.home).sort()).toEqual(['config.yaml', 'location.json', 'lock', 'run.json'])
    expect(await sql('SELECT word FROM iceberg.raw.kept ORDER BY n')).toEqual(['one', 'two'])
    expect((await platform.akko('plan')).code).toBe(0)
  }, 300_000)

  it('a renamed home takes its data along; a copied one is refused', async () => {
    expect((await platform.akko('down')).code).toBe(0)
    const copy = `${platform.home}-copy`
    execFileSync('cp', ['-a', platform.home, copy])
    const refused = await run(join(ROOT, 'akko'), ['--home', copy, 'up'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`is a copy of ${platform.home}`)
    expect((await run(join(ROOT, 'akko'), ['--home', copy, 'destroy', '--yes'])).stderr).toContain('is a copy of')
    rmSync(copy, { recursive: true })
    const { data } = locateHome(platform.home).paths
    const other = `${platform.home}-renamed`
    renameSync(platform.home, other)
    expect(locateHome(other).paths.data).toBe(data)
    renameSync(other, platform.home)
  })

  it('runs from a clone that the cells’ user cannot read, by a copy of its code', async () => {
    // Root's own home is 0700 as a rule; the folder is made so in any case.
    const parent = mkdtempSync(join(homedir(), '.akko-clone-'))
    const clone = join(parent, 'clone')
    execFileSync('cp', ['-al', ROOT, clone])
    try {
      const up = await run(join(clone, 'akko'), ['--home', platform.home, 'up'], { timeoutMs: 300_000 })
      expect(up.code, up.stderr).toBe(0)
      expect(up.stderr + up.stdout).toMatch(/copying the code to \/var\/lib\/akko\/code\//)
      const pid = await platform.pid('sql')
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      expect(line).toMatch(/^\/var\/lib\/akko\/code\/[^/]+\/node\0/)
      expect((await platform.akko('sql', '-o', 'csv', '-e', 'SELECT 6 * 7')).stdout).toContain('42')
      copyOfCode = dirname(line.split('\0')[0] as string)
      expect(existsSync(copyOfCode)).toBe(true)
      expect((await platform.akko('down')).code).toBe(0)
    } finally {
      rmSync(parent, { recursive: true, force: true })
    }
  }, 400_000)

  it('destroy removes the home and all that lies outside of it, and nothing of anybody else', async () => {
    const { paths } = locateHome(platform.home)
    const unsure = await platform.akko('destroy')
    expect(unsure.code).toBe(1)
    expect(unsure.stderr).toContain('nobody said yes')
    writeFileSync(join(platform.home, 'notes.txt'), 'mine')
    const strange = mkdtempSync('/tmp/akko-strange-')
    expect((await run(join(ROOT, 'akko'), ['--home', strange, 'destroy', '--yes'])).stderr).toContain('is no home of a platform')
    rmSync(strange, { recursive: true })
    expect((await platform.akko('up')).code).toBe(0)
    expect(existsSync(copyOfCode)).toBe(false) // the home has left it, and no other names it
    const pid = await platform.pid('sql')
    const destroyed = await platform.akko('destroy', '--yes', '--json')
    expect(destroyed.code, destroyed.stderr).toBe(0)
    expect(JSON.parse(destroyed.stdout)).toMatchObject({ stopped: true, left: [join(platform.home, 'notes.txt')] })
    expect([paths.data, paths.sockets, `/proc/${pid}`].filter((path) => existsSync(path))).toEqual([])
    expect(readdirSync(platform.home)).toEqual(['notes.txt'])
  }, 300_000)
})

/** What this version made, as the one before it laid it out. */
function toEarlierForm(home: string): void {
  const { paths } = locateHome(home)
  for (const name of ['secrets', 'ca', 'objects', 'logs', 'state']) renameSync(join(paths.data, name), join(home, name))
  for (const name of ['postgresql-provider.json', 'plan.json', 'machine.json'])
    copyFileSync(join(paths.records, name), join(home, 'state', name))
  mkdirSync(join(home, 'spool'), { mode: 0o700 })
  execFileSync('chown', ['-R', '0:0', home])
  for (const path of [paths.records, paths.spool, join(home, 'location.json'), join(home, 'run.json'), paths.sockets])
    rmSync(path, { recursive: true, force: true })
}
