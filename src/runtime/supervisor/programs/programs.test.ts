// Programs of people, through a real supervisor: whose they are, what they see and reach, that they end, and what is refused.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEvent } from '#kit/audit'
import { canSeparate } from '#runtime/supervisor/programs/launch'
import { recordOwner } from '#runtime/supervisor/programs/owner'
import { ADA, CELLS, commandsOf, LIMITS, PEOPLE, startSupervisor, type TestSupervisor } from '#runtime/supervisor/programs/test-supervisor'

const POLL = { timeout: 20_000 }
const BOB = { account: 'c3d4', name: 'bob' }
const uidOf = (tested: TestSupervisor, { account }: { account: string }): number =>
  (JSON.parse(readFileSync(join(tested.dir, 'records', 'people.json'), 'utf8')) as Record<string, number>)[account] as number
const auditOf = (tested: TestSupervisor): AuditEvent[] =>
  readFileSync(join(tested.dir, 'audit.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)
const commands = (uid: number) =>
  commandsOf(
    uid,
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
  )

describe.runIf(process.getuid?.() === 0)('code of people, of a platform that root started', () => {
  let tested: TestSupervisor
  beforeAll(async () => {
    tested = await startSupervisor((dir) => ({ kind: 'people', ...PEOPLE, file: join(dir, 'records', 'people.json') }))
  })
  afterAll(() => tested?.stop())

  it('runs as a user of that person’s, without groups, powers or a way to any, in a folder of his own', async () => {
    const script = `id -u; id -G; pwd; umask; ulimit -c; cat /proc/self/status`
    const { stdout, code } = await tested.run({ script })
    const uid = uidOf(tested, ADA)
    expect(uid).toBeGreaterThanOrEqual(PEOPLE.first)
    expect(stdout.split('\n').slice(0, 5)).toEqual([String(uid), String(uid), join(tested.dir, 'people', String(uid)), '0077', '0'])
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(stdout).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'))
    expect(stdout).toMatch(/^NoNewPrivs:\t1$/m)
    expect(code).toBe(0)
    const { uid: owner, mode } = statSync(join(tested.dir, 'people', String(uid)))
    expect([owner, mode & 0o777]).toEqual([uid, 0o700])
  })

  it('has exactly the environment that was given, which nothing of root’s took part in', async () => {
    const env = { PATH: '/usr/bin:/bin', TOKEN: `a 'b' "c" $HOME \\n \`id\` =é`, PWD: '/mine', LD_PRELOAD: '/nowhere.so' }
    const { stdout, stderr } = await tested.run({ script: `tr '\\0' '\\n' < /proc/$$/environ | sort`, env })
    expect(stdout.trim().split('\n')).toEqual(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    )
    // The shell, `tr` and `sort`: none of the tools before them was told of it.
    expect(stderr.split('\n').filter((line) => line.includes('nowhere.so'))).toHaveLength(3)
    expect((await tested.run({ script: `tr '\\0' '\\n' < /proc/$$/environ` })).stdout).toBe('')
  })

  it('reads nothing of another person’s, of the home’s or of root’s, and reaches no socket of a process', async () => {
    await tested.run({ person: BOB, script: 'echo of bob > mine; chmod 777 mine' })
    const { dir, programs } = tested
    const paths = [
      'secrets/root',
      'secrets',
      'records/plan.json',
      'records/people.json',
      `people/${uidOf(tested, BOB)}/mine`,
      'people',
      'logs',
      'run',
    ]
    for (const path of paths) {
      const { code, stdout } = await tested.run({ script: `cat ${join(dir, path)} || ls ${join(dir, path)}/` })
      expect([path, code === 0, stdout]).toEqual([path, false, ''])
    }
    const sockets = [
      join(dir, 'run', 'worker.sock'),
      join(dir, 'control', 'supervisor.sock'),
      join(dir, 'watch', 'status.sock'),
      programs.listen.socket,
    ]
    for (const socket of sockets) {
      const { code, stdout } = await tested.run({ script: `/usr/bin/curl -sS --unix-socket ${socket} http://localhost/status` })
      expect([socket, code, stdout]).toEqual([socket, 7, ''])
    }
    expect((await tested.run({ script: 'kill -9 1 $PPID; ls /proc' })).stdout).not.toContain(String(tested.pid))
    expect((await tested.run({ person: BOB, script: 'cat mine' })).stdout).toBe('of bob\n')
  })

  it('works in a folder below the person’s own; a link out of it leads where he may go himself', async () => {
    await tested.run({ script: 'mkdir -p deep/er' })
    expect((await tested.run({ script: 'pwd', cwd: 'deep/er' })).stdout).toMatch(/\/deep\/er\n$/)
    const link = join(tested.dir, 'people', String(uidOf(tested, ADA)), 'link')
    symlinkSync(join(tested.dir, 'secrets'), link)
    expect((await tested.run({ script: 'cat root', cwd: 'link' })).code).toBe(126)
    rmSync(link)
    for (const cwd of ['..', 'deep/../..', '/etc', '/', 'a/../../b']) expect([cwd, await tested.status({ cwd })]).toEqual([cwd, 400])
  })

  it('stays within its limits', async () => {
    const lean = (script: string) => tested.run({ program: 'lean', script, env: { PATH: '/usr/bin:/bin' } })
    expect((await lean('head -c 200000000 /dev/zero | tail')).stderr).toMatch(/memory exhausted|cannot allocate/i)
    expect(await lean('while :; do :; done')).toMatchObject({ code: 137, ended: 'itself' })
    expect((await lean('for n in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; wait')).stderr).toContain('Cannot fork')
    expect((await lean('for n in 3 4 5 6 7 8 9; do eval "exec $n</dev/null"; done; cat < /dev/null; ulimit -n')).stdout).toBe('12\n')
    expect((await lean('head -c 5000000 /dev/zero > big; wc -c < big')).stdout).toMatch(/^(1048576\n)?$/)
    const raise = await lean('ulimit -n 64 || ulimit -v 1000000 || ulimit -t 100 || echo no')
    expect(raise.stdout).toBe('no\n')
  })

  it('ends at its time, and what it prints beyond the bound is dropped', async () => {
    expect(await tested.run({ program: 'brief', script: 'echo begun; sleep 60' })).toMatchObject({
      code: 137,
      ended: 'time',
      stdout: 'begun\n',
    })
    const much = await tested.run({ script: 'head -c 3000000 /dev/zero | tr "\\0" x; echo end >&2', env: { PATH: '/usr/bin:/bin' } })
    expect(much).toMatchObject({ code: 0, ended: 'itself', truncated: true })
    expect(much.stdout.length + much.stderr.length).toBe(LIMITS.outputBytes)
  })

  it('ends with all that it started when it ends itself, and when its caller leaves', async () => {
    const flee = 'setsid sleep 301 > /dev/null 2>&1 & (setsid sleep 302 > /dev/null 2>&1 &)'
    const uid = uidOf(tested, ADA)
    const stays = new AbortController()
    const other = tested.run({ script: 'exec sleep 303' }, 'worker', stays.signal).catch(() => {})
    await expect.poll(() => commands(uid), POLL).toEqual(['sleep 303 '])
    await tested.run({ script: flee })
    if (!canSeparate()) return stays.abort() // said by the test of such a machine
    await expect.poll(() => commands(uid), POLL).toEqual(['sleep 303 '])
    const leaves = new AbortController()
    const left = tested.run({ script: `${flee}; exec sleep 304` }, 'worker', leaves.signal).catch(() => 'left')
    await expect.poll(() => commands(uid), POLL).toHaveLength(4)
    leaves.abort()
    expect(await left).toBe('left')
    await expect.poll(() => commands(uid), POLL).toEqual(['sleep 303 '])
    stays.abort()
    await other
    await expect.poll(() => commands(uid), POLL).toEqual([])
  })

  it.each([
    ['what nobody declared', { program: 'other' }, 404],
    ['a path for a program', { program: '/bin/sh' }, 404],
    ['a name of every object', { program: 'constructor' }, 404],
    ['nobody', { person: undefined }, 400],
    ['a person without an account', { person: { account: '', name: 'ada' } }, 400],
    ['words that are none', { args: ['a', 1] }, 400],
    ['a word with U+0000', { args: ['a\0b'] }, 400],
    ['a variable with an odd name', { env: { 'A B': '1' } }, 400],
    ['a variable of ours', { env: { __akko: '1' } }, 400],
    ['a variable of two lines', { env: { A: '1\nLD_PRELOAD=x' } }, 400],
    ['more than a request is', { args: ['x'.repeat(300_000)] }, 413],
  ])('refuses %s', async (_what, request, status) => {
    expect(await tested.status(request)).toBe(status)
  })

  it('refuses who did not declare it: by the key, and by the kernel', async () => {
    await expect(tested.run({ script: 'id' }, 'other')).rejects.toThrow('this process may have no program started')
    const ask = (...ids: string[]) =>
      new Promise<string>((done) => {
        const curl = ['curl', '-s', '-X', 'POST', '--unix-socket', tested.programs.listen.socket, '-d', '{}', 'http://localhost/run']
        execFile('setpriv', [...ids, ...curl], (error, stdout) => done(error ? `exit ${error.code}` : stdout))
      })
    expect(await ask('--reuid=65534', '--regid=65534', '--clear-groups')).toBe('exit 7')
    expect(await ask(`--reuid=${CELLS}`, `--regid=${CELLS}`, '--clear-groups')).toContain('programs.caller_refused')
  })

  it('refuses a person more than eight at once, while another is answered', async () => {
    const stop = new AbortController()
    const many = Array.from({ length: 8 }, () => tested.run({ script: 'exec sleep 305' }, 'worker', stop.signal).catch(() => {}))
    await expect.poll(() => commands(uidOf(tested, ADA)), POLL).toHaveLength(8)
    expect(await tested.status({ args: ['true'] })).toBe(429)
    expect((await tested.run({ person: BOB, script: 'echo here' })).stdout).toBe('here\n')
    stop.abort()
    await Promise.all(many)
    await expect.poll(() => tested.status({ args: ['true'] }), POLL).toBe(200)
  })

  it('ends with the platform, also with one that was killed; a person stays the same user, and no two share one', async () => {
    const [uid, other] = [uidOf(tested, ADA), uidOf(tested, BOB)]
    expect(uid).not.toBe(other)
    const running = tested.run({ script: 'setsid sleep 306 & exec sleep 307' }).catch(() => {})
    await expect.poll(() => commands(uid), POLL).toHaveLength(2)
    await tested.kill('SIGKILL')
    await running
    await expect.poll(() => commands(uid), POLL).toEqual([])
    const record = readFileSync(join(tested.dir, 'records', 'people.json'), 'utf8')
    rmSync(tested.dir, { recursive: true })
    tested = await startSupervisor((dir) => {
      const file = join(dir, 'records', 'people.json')
      writeFileSync(file, record)
      return { kind: 'people', first: uid, count: 2, file }
    })
    expect((await tested.run({ script: 'id -u' })).stdout).toBe(`${uid}\n`)
    expect((await tested.run({ person: { account: 'new', name: 'new' }, script: 'id -u' })).stdout).toBe(`${uid + 1}\n`)
    expect(await tested.status({ person: { account: 'newer', name: 'newer' }, args: ['id'] })).toBe(503)
  })
})

describe.runIf(process.getuid?.() === 0)('where root may make no space of processes', () => {
  it('a person’s processes end with his last run, or with the next start of the platform', async () => {
    const users = (dir: string) => ({
      kind: 'people' as const,
      first: PEOPLE.first + 2000,
      count: 1,
      file: join(dir, '..', `${process.pid}.json`),
    })
    const wrapper = ['setpriv', '--bounding-set=-sys_admin', '--']
    const tested = await startSupervisor(users, wrapper)
    const uid = PEOPLE.first + 2000
    const script = '(setsid sleep 308 > /dev/null 2>&1 &)'
    try {
      expect((await tested.run({ script: `id -u; ${script}` })).stdout).toBe(`${uid}\n`)
      await expect.poll(() => commands(uid), POLL).toEqual([])
      const running = tested.run({ script: `${script}; exec sleep 309` }).catch(() => {})
      await expect.poll(() => commands(uid), POLL).toHaveLength(2)
      await tested.kill('SIGKILL')
      await running
      await expect.poll(() => commands(uid), POLL).toEqual(['sleep 308 '])
      const next = await startSupervisor(users, wrapper)
      expect(commands(uid)).toEqual([])
      await next.stop()
    } finally {
      await tested.stop()
      rmSync(users(tested.dir).file, { force: true })
    }
  })
})

describe('code of people, of a platform that its owner started', () => {
  it('runs as the owner for the one account with which the owner works, and for nobody else: not for who got its name', async () => {
    const file = (dir: string) => join(dir, 'records', 'owner.json')
    const tested = await startSupervisor((dir) => ({ kind: 'owner', name: ADA.name, file: file(dir) }))
    try {
      await expect(tested.run({ script: 'id' })).rejects.toThrow('code of ada cannot be run on this machine')
      recordOwner(file(tested.dir), ADA.account)
      recordOwner(file(tested.dir), BOB.account)
      const { stdout } = await tested.run({
        script: 'id -u; pwd; grep NoNewPrivs /proc/self/status; ulimit -n',
        env: { PATH: '/usr/bin:/bin' },
      })
      expect(stdout.split('\n')).toEqual([String(process.getuid?.()), join(tested.dir, 'people', 'owner'), 'NoNewPrivs:\t1', '64', ''])
      await expect(tested.run({ person: BOB, script: 'id' })).rejects.toThrow('code of bob cannot be run on this machine')
      await expect(tested.run({ person: { ...ADA, account: 'new' }, script: 'id' })).rejects.toThrow('code of ada cannot be run')
      expect((await tested.run({ person: { ...ADA, name: 'ada-renamed' }, script: 'echo here' })).stdout).toBe('here\n')
      expect(await tested.run({ program: 'brief', script: 'sleep 60' })).toMatchObject({ ended: 'time' })
      const said = auditOf(tested).map(({ who, what, outcome, reason = '' }) => [who.sub, ...what.path, outcome, reason.slice(0, 18)])
      expect(said).toEqual([
        ['ada', 'shell', ADA.account, 'allowed', ''],
        ['ada', 'shell', ADA.account, 'denied', 'code of ada cannot'],
        ['ada', 'shell', ADA.account, 'allowed', ''],
        ['bob', 'shell', BOB.account, 'allowed', ''],
        ['bob', 'shell', BOB.account, 'denied', 'code of bob cannot'],
        ['ada', 'shell', 'new', 'allowed', ''],
        ['ada', 'shell', 'new', 'denied', 'code of ada cannot'],
        ['ada-renamed', 'shell', ADA.account, 'allowed', ''],
        ['ada', 'brief', ADA.account, 'allowed', ''],
      ])
      expect(new Set(auditOf(tested).map(({ what }) => `${what.part} ${what.action} ${what.kind}`))).toEqual(
        new Set(['worker run program']),
      )
    } finally {
      await tested.stop()
    }
  })
})
