// The platform's life as a user sees it: up, up again, plan, apply, down; and what must be refused with a clear word.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tryLockFile } from '#kit/file-lock'
import { commandLine, isAlive, processTree } from '#kit/processes'
import { machineServices } from '#platform/registry'
import { locateHome } from '#runtime/home'
import { removeHome } from '#runtime/remove-home'
import { listening } from '#test/support/listening'
import { akko, type Platform, ROOT, run, startPlatform } from '#test/support/platform'

let platform: Platform

/** What a shell or a CI runner may hold; no process of the platform needs it. */
const CANARY = { DEPLOY_PASSWORD: 'canary-of-the-starter', AKKO_TEST_CANARY: 'canary-of-the-starter' }

beforeAll(async () => {
  Object.assign(process.env, CANARY)
  platform = await startPlatform()
}, 600_000)

afterAll(async () => {
  await platform?.down()
})

interface Status {
  readonly ready: boolean
  readonly parts: readonly {
    name: string
    healthy: boolean
    url: string | null
    port: number | null
    pid: number | null
    memoryBytes: number | null
  }[]
}

const status = async (): Promise<Status> => JSON.parse((await platform.akko('status', '--json')).stdout) as Status

describe('up', () => {
  it('has every part healthy, with its port, process and memory', async () => {
    const { ready, parts } = await status()
    expect(ready).toBe(true)
    expect(parts.length).toBeGreaterThan(0)
    expect(parts.map((p) => p.name).sort()).toEqual(
      machineServices()
        .map((s) => s.name)
        .sort(),
    )
    for (const { machine, name } of machineServices()) {
      const part = parts.find((p) => p.name === name)
      const port = machine.ports.main === undefined ? null : machine.ports.main + platform.portOffset
      expect(part).toMatchObject({ healthy: true, pid: expect.any(Number), memoryBytes: expect.any(Number), port })
    }
  })

  it('changes nothing the second time, and says so', async () => {
    const before = (await status()).parts.map((p) => [p.name, p.pid])
    const again = await platform.akko('up')
    expect(again.code).toBe(0)
    expect(again.stdout).toContain('nothing was changed')
    expect((await status()).parts.map((p) => [p.name, p.pid])).toEqual(before)
    expect(JSON.parse((await platform.akko('up', '--json')).stdout)).toMatchObject({ changed: false })
  })

  it('refuses other settings while it runs', async () => {
    const other = await akko(platform.home, ['up', '--set', 'sql.memoryMb=1024'])
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/runs with other settings: sql\.memoryMb is \d+, not 1024\n/)
  })

  it('with settings that were broken meanwhile, status, logs and doctor work', async () => {
    const file = join(platform.home, 'config.yaml')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, `${before}foo: 1\n`)
    try {
      expect((await status()).ready).toBe(true)
      expect((await platform.akko('logs')).code).toBe(0)
      const { findings } = JSON.parse((await platform.akko('doctor', '--json')).stdout) as { findings: { check: string; ok: boolean }[] }
      expect(findings.filter(({ ok }) => !ok)).toMatchObject([{ check: 'settings', found: expect.stringContaining('foo: unknown key') }])
    } finally {
      writeFileSync(file, before)
    }
  })

  it('remembers nothing of flags that were refused', async () => {
    const before = readFileSync(join(platform.home, 'config.yaml'), 'utf8')
    for (const flags of [['--port-offset', String(platform.portOffset + 1)], ['--demo']]) {
      const refused = await akko(platform.home, ['up', ...flags])
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('other settings') })
      expect(readFileSync(join(platform.home, 'config.yaml'), 'utf8')).toBe(before)
    }
    expect((await status()).ready).toBe(true)
  })

  it('binds to loopback only, each port of each process', async () => {
    const { supervisor } = JSON.parse((await platform.akko('status', '--json')).stdout) as { supervisor: { pid: number } }
    const found = listening(processTree(supervisor.pid))
    const declared = machineServices().flatMap(({ machine }) => Object.values(machine.ports).map((port) => port + platform.portOffset))
    expect(declared.length).toBeGreaterThan((await status()).parts.filter(({ port }) => port !== null).length)
    expect(found.map(({ port }) => port)).toEqual(expect.arrayContaining(declared))
    expect(found.filter(({ address }) => !['127.0.0.1', '::1'].includes(address))).toEqual([])
  })

  it('hands nothing of the starter’s environment to any process', async () => {
    const { supervisor } = JSON.parse((await platform.akko('status', '--json')).stdout) as { supervisor: { pid: number } }
    const tree = processTree(supervisor.pid)
    expect(tree.length).toBeGreaterThan(7)
    const read = (pid: number, file: string): string | undefined => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8')
      } catch {
        return undefined // a worker of PostgreSQL's that has ended in between
      }
    }
    const environments = tree.flatMap((pid) => {
      const environment = read(pid, 'environ')
      return environment === undefined ? [] : [{ pid, environment }]
    })
    expect(environments.length).toBeGreaterThan(7)
    const told = environments.filter(({ environment }) => environment.includes('canary-of-the-starter'))
    expect(told.map(({ pid }) => read(pid, 'cmdline')?.replaceAll('\0', ' '))).toEqual([])
  })

  it('keeps secrets 0600 and the home 0700', async () => {
    const { paths } = locateHome(platform.home)
    const files = readdirSync(paths.secrets)
    expect(files.length).toBeGreaterThan(20)
    const { stdout } = await run('find', [
      platform.home,
      ...[paths.state, paths.secrets, paths.ca, paths.objects, paths.spool, paths.logs],
      '-maxdepth',
      '2',
      '-perm',
      '/077',
      '-not',
      '-type',
      'l',
      '-not',
      '-name',
      'ca.pem',
    ])
    expect(stdout.trim()).toBe('')
  })
})

describe('plan and apply', () => {
  it('have nothing to do after up', async () => {
    const plan = await platform.akko('plan', '--json')
    expect(JSON.parse(plan.stdout)).toMatchObject({ changes: [], failed: [] })
    expect(plan.code).toBe(0)
  })

  it('twice at once, apply changes nothing', async () => {
    const [a, b] = await Promise.all([platform.akko('apply', '--json'), platform.akko('apply', '--json')])
    for (const result of [a, b]) {
      expect(result.code).toBe(0)
      expect(JSON.parse(result.stdout)).toMatchObject({ created: 0, updated: 0 })
    }
  })

  it('bring back a dropped extension, table, bucket and client, and leave other data untouched', async () => {
    const { AKKO_PG_OWNER_URL } = await platform.adminEnv()
    const superuser = new URL(AKKO_PG_OWNER_URL as string)
    superuser.username = 'postgres'
    superuser.password = platform.secret('postgresql-data.superuser')
    const at = (database: string) => {
      const url = new URL(superuser)
      url.pathname = `/${database}`
      return url.toString()
    }
    await withClient(at('rag'), async (c) => {
      await c.query('CREATE TABLE public.keep (n int); INSERT INTO public.keep SELECT generate_series(1, 1000)')
      await c.query('DROP TABLE rag.embeddings')
    })
    await withClient(at('geospatial'), (c) => c.query('DROP EXTENSION postgis CASCADE'))
    await dropBucket(platform, 'akko-mlflow')
    await dropClient(platform, 'perses')
    const plan = await platform.akko('plan', '--json')
    expect(plan.code).toBe(2)
    const changes = (JSON.parse(plan.stdout) as { changes: { resource: string; action: string }[] }).changes
    expect(changes.map((c) => c.resource).sort()).toEqual(
      [
        'bucket akko-mlflow',
        'client akko/perses',
        'extension postgresql-data/geospatial/postgis',
        'table postgresql-data/rag/rag.embeddings',
      ].sort(),
    )
    const applied = await platform.akko('apply', '--json')
    expect(applied.code).toBe(0)
    expect((await platform.akko('plan')).code).toBe(0)
    await withClient(at('rag'), async (c) => {
      expect((await c.query('SELECT count(*)::int AS n FROM public.keep')).rows).toEqual([{ n: 1000 }])
      expect((await c.query("SELECT '[1,2]'::vector <=> '[1,2]'::vector AS d")).rows).toEqual([{ d: 0 }])
    })
  })
})

describe('the two servers', () => {
  it('do not open with each other’s credentials', async () => {
    const env = await platform.adminEnv()
    const data = new URL(env.AKKO_PG_OWNER_URL as string)
    const infra = new URL(env.AKKO_PG_INFRA_URL as string)
    const crossed = new URL(infra)
    crossed.port = data.port
    await expect(withClient(crossed.toString(), (c) => c.query('SELECT 1'))).rejects.toThrow(/password authentication failed/)
    const other = new URL(data)
    other.port = infra.port
    await expect(withClient(other.toString(), (c) => c.query('SELECT 1'))).rejects.toThrow(/password authentication failed/)
  })

  it('do not let a business role read another’s database', async () => {
    const data = new URL((await platform.adminEnv()).AKKO_PG_OWNER_URL as string)
    data.pathname = '/healthcare'
    await expect(withClient(data.toString(), (c) => c.query('SELECT 1'))).rejects.toThrow(/permission denied for database/)
  })

  it('run as an unprivileged user, with checksums and SCRAM', async () => {
    const pid = await platform.pid('postgresql')
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    expect(uid).not.toBe(0)
    const env = await platform.adminEnv()
    await withClient(env.AKKO_PG_INFRA_URL as string, async (c) => {
      expect((await c.query('SHOW data_checksums')).rows).toEqual([{ data_checksums: 'on' }])
      expect(
        (await c.query("SELECT count(*)::int AS n FROM pg_authid WHERE rolpassword IS NOT NULL AND rolpassword NOT LIKE 'SCRAM%'")).rows,
      ).toEqual([{ n: 0 }])
    })
  })
})

describe('refusals', () => {
  it('a taken port is named with its holder before anything starts', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((r) => holder.once('listening', r))
    const { port } = holder.address() as { port: number }
    const home = mkdtempSync(join(tmpdir(), 'akko-taken-'))
    const result = await akko(home, ['up', '--port-offset', String(port - 8443)])
    holder.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(new RegExp(`port ${port} .*gateway.* is taken by .*pid ${process.pid}`))
    expect(existsSync(join(locateHome(home).paths.records, 'plan.json'))).toBe(false)
    expect(existsSync(join(home, 'config.yaml'))).toBe(false)
    removeHome(home)
  })

  it('a port of another home is said to be that home’s, with an offset that is free', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-second-'))
    const result = await akko(home, ['up', '--port-offset', String(platform.portOffset)])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(new RegExp(`is taken by the platform in ${platform.home}: [\\s\\S]*: --port-offset \\d+ is free`))
    removeHome(home)
  })

  it('an offset that leads to a port which browsers refuse', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-blocked-'))
    const result = await akko(home, ['up', '--port-offset', String(10_080 - 8180)])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/port 10080 \(identity\) is one that browsers and fetch refuse[\s\S]*--port-offset \d+ is free/)
    removeHome(home)
  })

  it('flags that are no numbers', async () => {
    for (const flags of [
      ['logs', '-n', 'abc'],
      ['up', '--port-offset', '1e3'],
      ['up', '--scale', 'big'],
    ]) {
      const result = await akko(platform.home, flags)
      expect(result.code).toBe(1)
      expect(result.stderr).toContain('is invalid. It is a')
    }
  })

  it('an unwritable home', async () => {
    const result = await akko('/proc/akko-home', ['up'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/the home .* cannot be used[\s\S]*--home/)
  })

  it('a home that others may enter', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-open-'))
    chmodSync(home, 0o755)
    const result = await akko(home, ['up'])
    expect(result.stderr).toContain('chmod 700')
    removeHome(home)
  })

  it('a folder of sockets that another user could have laid in its place', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-link-'))
    const { sockets } = locateHome(home).paths
    const elsewhere = mkdtempSync(join(tmpdir(), 'akko-elsewhere-'))
    mkdirSync(dirname(sockets), { recursive: true, mode: 0o711 })
    symlinkSync(elsewhere, sockets)
    const result = await akko(home, ['up', '--port-offset', String(platform.portOffset + 350)])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/is not a folder[\s\S]*move it away/)
    expect(readdirSync(elsewhere)).toEqual([])
    rmSync(sockets)
    rmSync(elsewhere, { recursive: true })
    removeHome(home)
  })

  it('a home without a name', async () => {
    expect(await akko('', ['status'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^akko: the home '' cannot be used: its name is empty\n/),
    })
  })

  it('a home with glob characters', async () => {
    const result = await akko(join(tmpdir(), 'akko-[x]'), ['status'])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('glob')
  })

  it('a corrupt config file, with its line', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-corrupt-'))
    writeFileSync(join(home, 'config.yaml'), 'sql:\n  memoryMb: [1, 2\n')
    const result = await akko(home, ['up'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/config\.yaml is not valid YAML.*line \d/s)
    removeHome(home)
  })

  it('unknown keys, all at once, each with the nearest valid one', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-unknown-'))
    writeFileSync(join(home, 'config.yaml'), 'sql:\n  memoryMB: 512\nportOfset: 3\n')
    const result = await akko(home, ['config'])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('sql.memoryMb')
    expect(result.stderr).toContain('portOffset')
    removeHome(home)
  })

  it('an old Node, in two lines', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-oldnode-'))
    const script = join(dir, 'old.cjs')
    const launcher = JSON.stringify(join(ROOT, 'launcher/launch.cjs'))
    writeFileSync(
      script,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.0' } }); require(${launcher})`,
    )
    const result = await run(process.execPath, [script])
    expect(result.code).toBe(1)
    expect(result.stderr.trim().split('\n')).toHaveLength(2)
    expect(result.stderr).toContain('Node 16.20.0 is too old')
    rmSync(dir, { recursive: true, force: true })
  })
})

describe('an alert', () => {
  const PATIENT = { timeout: 60_000, interval: 500 }
  it('of a process that ends again and again is told by status, doctor and Home', async () => {
    const before = JSON.parse((await platform.akko('status', '--json')).stdout) as { alerts: { name: string }[] }
    expect(before.alerts.map(({ name }) => name)).not.toContain('ProcessRestartsAgain')
    for (let times = 0; times < 3; times++) {
      const pid = await platform.pid('engine')
      process.kill(pid, 'SIGKILL')
      const back = async () => (await platform.pid('engine').catch(() => pid)) !== pid && (await platform.akko('status')).code === 0
      await expect.poll(back, PATIENT).toBe(true)
    }
    const named = async () => (JSON.parse((await platform.akko('status', '--json')).stdout) as { alerts: { name: string }[] }).alerts
    await expect
      .poll(named, PATIENT)
      .toContainEqual(expect.objectContaining({ name: 'ProcessRestartsAgain', part: 'engine', severity: 'bad' }))
    const says = 'The process engine ended by itself 3 times within 10 minutes'
    const { code, stderr } = await platform.akko('status')
    expect(code).toBe(0)
    expect(stderr).toContain(`${says}\n  ./akko logs engine`)
    const doctor = await platform.akko('doctor')
    expect(doctor.code).toBe(1)
    expect(doctor.stderr).toContain(`alert ProcessRestartsAgain: ${says}\n  ./akko logs engine`)
    const { AKKO_TOKEN } = await platform.env()
    const cockpit = machineServices().find(({ name }) => name === 'cockpit')?.machine.ports.main as number
    const home = async () => {
      const answer = await fetch(`http://127.0.0.1:${cockpit + platform.portOffset}/api/status`, {
        headers: { authorization: `Bearer ${AKKO_TOKEN}` },
      })
      return ((await answer.json()) as { attention: object[] }).attention
    }
    const item = { level: 'bad', part: 'engine', text: says, action: './akko logs engine' }
    await expect.poll(home, PATIENT).toContainEqual(item)
  })
})

describe('down', () => {
  it('leaves nothing running; Ctrl-C during up leaves nothing behind', async () => {
    const pids = [...new Set((await status()).parts.flatMap((p) => p.pid ?? []))]
    const down = await platform.akko('down')
    expect(down.code).toBe(0)
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
    expect((await platform.akko('status')).code).toBe(1)

    const child = spawn(join(ROOT, 'akko'), ['--home', platform.home, 'up'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    await new Promise<void>((resolve) => child.stderr.on('data', (d: Buffer) => String(d).includes('postgres-init') && resolve()))
    process.kill(-(child.pid as number), 'SIGINT')
    const code = await new Promise((resolve) => child.once('exit', resolve))
    expect(code).not.toBe(0)
    expect((await platform.akko('status', '--json')).stdout).toContain('"running": false')
  })

  it('Ctrl-C while PostgreSQL’s folders are made leaves no process, and says so', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-early-'))
    const args = ['--home', home, 'up', '--port-offset', String(platform.portOffset + 350)]
    const child = spawn(join(ROOT, 'akko'), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (d: Buffer) => {
      said += String(d)
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const isInitdb = (pid: number) => /initdb/.test(commandLine(pid).join(' '))
    let tree: number[] = []
    while (!tree.some(isInitdb)) {
      expect(child.exitCode, said).toBe(null)
      tree = processTree(child.pid as number)
      await new Promise((r) => setTimeout(r, 20))
    }
    process.kill(tree.find((pid) => commandLine(pid).some((word) => word.endsWith('cli/main.ts'))) as number, 'SIGINT')
    expect(await ended, said).toBe(130)
    expect(said).toContain('interrupted: stopping what was started')
    expect(said).not.toContain('ended by')
    expect(tree.filter(isAlive)).toEqual([])
    removeHome(home)
  })

  it('comes up again with everything it had; of two at once, one is told about the other', async () => {
    const held = tryLockFile(locateHome(platform.home).paths.lock)
    const told = await platform.akko('up')
    held?.release()
    expect([told.code, told.stderr]).toEqual([1, expect.stringContaining(`is being started already (pid ${process.pid})`)])
    // One that comes when the supervisor answers already waits for the same start.
    const both = await Promise.all([platform.akko('up'), platform.akko('up')])
    const refused = both.filter((r) => r.code !== 0)
    expect(refused.length, both.map((r) => r.stderr).join('\n')).toBeLessThan(2)
    expect(refused.map((r) => r.stderr).filter((text) => !/is being started already|is taken by/.test(text))).toEqual([])
    expect((await platform.akko('status')).code).toBe(0)
    expect((await platform.akko('plan')).code).toBe(0)
  })
})

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await body(client)
  } finally {
    await client.end()
  }
}

async function dropBucket(target: Platform, bucket: string): Promise<void> {
  const { judgeTool } = await import('#test/support/judges')
  const env = await target.env()
  const [id, secret] = target.secret('storage.root').split(':')
  const result = await run(judgeTool('aws'), ['s3', 'rb', `s3://${bucket}`], {
    env: { ...process.env, ...env, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
  })
  expect(result.code, result.stderr).toBe(0)
}

async function dropClient(target: Platform, clientId: string): Promise<void> {
  const base = `http://127.0.0.1:${8180 + target.portOffset}`
  const token = (await (
    await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: target.secret('identity.admin'),
      }),
    })
  ).json()) as { access_token: string }
  const headers = { authorization: `Bearer ${token.access_token}` }
  const found = (await (await fetch(`${base}/admin/realms/akko/clients?clientId=${clientId}`, { headers })).json()) as { id: string }[]
  const deleted = await fetch(`${base}/admin/realms/akko/clients/${found[0]?.id}`, { method: 'DELETE', headers })
  expect(deleted.status).toBe(204)
}
