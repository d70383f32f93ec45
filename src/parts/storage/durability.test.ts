// What was acknowledged survives kill -9; a full disk refuses cleanly and harms nothing that was stored.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { ROOT, send, testDeps } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { judgePython } from '#test/support/judges'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const children: ChildProcess[] = []
const homes: string[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

/** A writer that knows nothing of us: boto3, with a synced log of what was acknowledged. */
const WRITER = `
import boto3, hashlib, os, sys, threading
endpoint, log_path, access, secret = sys.argv[1:5]
log = open(log_path, 'a')
lock = threading.Lock()
def note(line):
    with lock:
        log.write(line + '\\n')
        log.flush()
        os.fsync(log.fileno())
def write(worker):
    s3 = boto3.session.Session().client('s3', endpoint_url=endpoint, aws_access_key_id=access, aws_secret_access_key=secret,
                                        region_name='test-region', config=boto3.session.Config(retries={'max_attempts': 0}))
    n = 0
    try:
        while True:
            body = os.urandom(1 + (n * 37) % 5000)
            made = s3.put_object(Bucket='lake', Key=f'{worker}/{n}', Body=body)
            note(f'{worker}/{n} {hashlib.md5(body).hexdigest()} {made.get("VersionId", "")}')
            if n % 3 == 2:
                note(f'{worker}/{n - 1} unsure')
                s3.delete_object(Bucket='lake', Key=f'{worker}/{n - 1}')
                note(f'{worker}/{n - 1} gone')
            n += 1
    except Exception:
        pass
threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
`

async function startServer(home: string, prefix: readonly string[] = []): Promise<{ child: ChildProcess; endpoint: string }> {
  const { port, metricsPort } = await testDeps(home, policy)
  const main = join(import.meta.dirname, 'test-server.ts')
  const command = [...prefix, process.execPath, main, home, String(port), String(metricsPort)]
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AKKO_LOG_LEVEL: 'fatal' },
  })
  children.push(child)
  let words = ''
  child.stderr?.on('data', (text: Buffer) => {
    words = `${words}${text}`.slice(-2000)
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${words}`)))
  })
  return { child, endpoint: `http://127.0.0.1:${port}` }
}

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'akko-s3-'))
  homes.push(home)
  return home
}

const ended = (child: ChildProcess) =>
  new Promise((resolve) => ((child.exitCode ?? child.signalCode) ? resolve(0) : child.once('exit', resolve)))

describe('kill -9 while foreign writers run', () => {
  it.each(['never', 'Enabled'])('loses nothing that was acknowledged (versions: %s)', async (versions) => {
    const home = newHome()
    const log = join(home, 'acknowledged')
    let server = await startServer(home)
    await send(server.endpoint, { method: 'PUT', path: '/lake' })
    const body = `<VersioningConfiguration><Status>${versions}</Status></VersioningConfiguration>`
    if (versions !== 'never') await send(server.endpoint, { method: 'PUT', path: '/lake?versioning=', body })
    const acknowledged = () => readFileSync(log, 'utf8').split('\n').slice(0, -1)
    writeFileSync(log, '')
    const writer = spawn(judgePython(), ['-c', WRITER, server.endpoint, log, ROOT.accessKeyId, ROOT.secretAccessKey], { stdio: 'inherit' })
    children.push(writer)
    await expect.poll(() => acknowledged().length, { timeout: 30_000 }).toBeGreaterThan(150)
    server.child.kill('SIGKILL')
    await Promise.all([ended(server.child), ended(writer)])

    server = await startServer(home)
    const told = new Map(acknowledged().map((line) => line.split(' ') as [string, string]))
    const known = [...told].filter(([, md5]) => md5 !== 'unsure')
    expect(known.length).toBeGreaterThan(75)
    expect(known.filter(([, md5]) => md5 === 'gone').length).toBeGreaterThan(20)
    for (const [key, md5] of known) {
      const head = await send(server.endpoint, { path: `/lake/${key}` })
      if (md5 === 'gone') expect(head.status, key).toBe(404)
      else expect(head.headers.etag, key).toBe(`"${md5}"`)
    }
    const kept = acknowledged()
      .map((line) => line.split(' '))
      .filter(([, , version]) => version)
    expect(kept.length > 75).toBe(versions !== 'never')
    for (const [key, md5, version] of kept)
      expect((await send(server.endpoint, { path: `/lake/${key}?versionId=${version}` })).headers.etag, key).toBe(`"${md5}"`)
    expect((await send(server.endpoint, { method: 'PUT', path: '/lake/after', body: 'x' })).status).toBe(200)
  })
})

describe('a full disk', () => {
  it('refuses with 507, keeps what is stored, takes deletions, and goes on when there is room', async () => {
    const home = newHome()
    const mounted = ['unshare', '-Urm', 'sh', '-c', `mount -t tmpfs -o size=24m,mode=0700 tmpfs "$2" && exec "$0" "$@"`]
    const server = await startServer(home, mounted)
    const { endpoint } = server
    await send(endpoint, { method: 'PUT', path: '/lake' })
    const body = Buffer.alloc(1024 * 1024, 'x')
    const statuses: number[] = []
    for (let i = 0; i < 40; i++) statuses.push((await send(endpoint, { method: 'PUT', path: `/lake/${i}`, body })).status)
    const stored = statuses.filter((s) => s === 200).length
    expect(stored).toBeGreaterThan(3)
    expect(new Set(statuses.slice(stored))).toEqual(new Set([507]))
    const refused = await send(endpoint, { method: 'PUT', path: '/lake/refused', body })
    expect(refused).toMatchObject({ status: 507, code: 'InsufficientStorage' })
    expect((await send(endpoint, { path: '/lake/refused' })).status).toBe(404)
    for (let i = 0; i < stored; i++) expect((await send(endpoint, { path: `/lake/${i}` })).body.equals(body)).toBe(true)
    expect((await fetch(`${endpoint}/-/health`)).status).toBe(200)
    for (let i = 0; i < 3; i++) expect((await send(endpoint, { method: 'DELETE', path: `/lake/${i}` })).status).toBe(204)
    await expect.poll(async () => (await send(endpoint, { method: 'PUT', path: '/lake/refused', body })).status).toBe(200)
  })

  it('filled by others to the last byte: the index refuses too, and recovers', async () => {
    const home = newHome()
    const mounted = ['unshare', '-Urm', 'sh', '-c', `mount -t tmpfs -o size=24m,mode=0700 tmpfs "$2" && exec "$0" "$@"`]
    const { child, endpoint } = await startServer(home, mounted)
    await send(endpoint, { method: 'PUT', path: '/lake' })
    await send(endpoint, { method: 'PUT', path: '/lake/kept', body: 'kept' })
    const inside = (command: string) =>
      execFileSync('nsenter', ['-t', String(child.pid), '-U', '-m', '--preserve-credentials', 'sh', '-c', command], { stdio: 'ignore' })
    inside(`cat /dev/zero > ${home}/filler 2>/dev/null || true`)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => send(endpoint, { method: 'POST', path: `/lake/${i}?uploads=` })),
    )
    expect(answers.map((a) => a.status)).toContain(507)
    expect(answers.filter((a) => a.status !== 200 && a.status !== 507)).toEqual([])
    expect((await send(endpoint, { path: '/lake/kept' })).text).toBe('kept')
    inside(`rm ${home}/filler`)
    expect((await send(endpoint, { method: 'PUT', path: '/lake/after', body: 'after' })).status).toBe(200)
    expect((await send(endpoint, { path: '/lake/after' })).text).toBe('after')
  })
})
