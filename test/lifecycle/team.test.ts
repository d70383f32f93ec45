// A team on one machine: a platform that is bound on an address, with its own domain and certificate, as another machine finds it, which has a trust store of its own and nothing of the home.
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { portsAt } from '#cli/ports'
import { judgePython } from '#test/support/judges'
import { type OtherMachine, startOtherMachine } from '#test/support/other-machine'
import { akko as inHome, type Platform, ROOT, startPlatform } from '#test/support/platform'

const DOMAIN = 'akko.example.org'
const PERSON = { name: 'kim', password: 'a password of kim' }
const CERTIFICATE = ['certificate.pem', 'key.pem'] as const
let other: OtherMachine
let platform: Platform
let folder: string
let server: string

const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

function issue(name: string): void {
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  if (!existsSync(join(folder, 'ca.pem')))
    openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=company authority', '-days', '9')
  writeFileSync(join(folder, 'extensions'), `subjectAltName=DNS:${DOMAIN},DNS:*.${DOMAIN}\nextendedKeyUsage=serverAuth\n`)
  openssl('req', '-new', ...ec, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions', '-days', '9']
  openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`)
}

const install = (...parts: [string, string][]) => {
  for (const [from, to] of parts) copyFileSync(join(folder, from), join(folder, to))
}

beforeAll(async () => {
  other = await startOtherMachine()
  const home = mkdtempSync(join(tmpdir(), 'akko-team-home-'))
  folder = mkdtempSync(join(tmpdir(), 'akko-team-pair-'))
  for (const name of ['first', 'second']) issue(name)
  install(['first.pem', CERTIFICATE[0]], ['first.key', CERTIFICATE[1]])
  const [certificate, key, authority] = [...CERTIFICATE, 'ca.pem'].map((name) => join(folder, name))
  writeFileSync(
    join(home, 'config.yaml'),
    `domain: ${DOMAIN}\ngateway: { bind: ${other.here}, certificate: ${certificate}, key: ${key}, authority: ${authority} }\n`,
  )
  platform = await startPlatform([], home)
  server = `https://${DOMAIN}:${8443 + platform.portOffset}`
  other.resolve([DOMAIN, ...['identity', 'clients', 'storage'].map((label) => `${label}.${DOMAIN}`)])
  const made = await run('user', 'create', PERSON.name, '--role', 'akko-engineer', '--password-stdin')
  expect(made.code, made.stderr).toBe(0)
}, 300_000)
afterAll(async () => {
  await platform?.down()
  await other?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** In the home, on the platform's own machine. */
const run = (...args: string[]) => inHome(platform.home, args, { input: `${PERSON.password}\n` })
/** On the other machine, without a home. */
const akko = (...args: string[]) => other.run(join(ROOT, 'akko'), args)
const curl = (...args: string[]) => other.run('curl', ['-sS', ...args])
const ca = () => ['--cacert', join(folder, 'ca.pem')]

it('is found by its name, by who trusts its authority: the login page, and where programs find what', async () => {
  const untrusted = await curl(server)
  expect(untrusted.code).toBe(60)
  const page = await curl(...ca(), '-L', '-c', join(other.home, 'jar'), '-H', 'accept: text/html', server)
  expect(page.stdout, page.stderr).toContain('name="password"')
  const told = await curl(...ca(), `${server}/.well-known/akko`)
  expect(JSON.parse(told.stdout)).toEqual({
    issuer: `${server.replace(DOMAIN, `identity.${DOMAIN}`)}/realms/akko`,
    clients: server.replace(DOMAIN, `clients.${DOMAIN}`),
    storage: server.replace(DOMAIN, `storage.${DOMAIN}`),
  })
})

it('is the gateway alone: every other port refuses', async () => {
  const ports = portsAt(platform.portOffset)
  const script = `import json, socket, sys
def ask(port):
    with socket.socket() as s:
        s.settimeout(5)
        return s.connect_ex((sys.argv[1], port))
print(json.dumps({p: ask(int(p)) for p in sys.argv[2:]}))`
  const asked = await other.run('python3', ['-c', script, other.here, ...ports.map(({ port }) => String(port))])
  const answers = JSON.parse(asked.stdout) as Record<string, number>
  const open = ports.filter(({ port }) => answers[port] !== 111)
  expect(ports.length).toBeGreaterThan(8)
  expect(open).toEqual([{ part: 'gateway', port: 8443 + platform.portOffset }])
  expect(answers[8443 + platform.portOffset]).toBe(0)
})

it('is not administered from there by the realm master, whoever has its password', async () => {
  const password = platform.secret('identity.admin')
  const form = ['grant_type=password', 'client_id=admin-cli', 'username=admin', `password=${password}`].flatMap((one) => [
    '--data-urlencode',
    one,
  ])
  const token = `${server.replace(DOMAIN, `identity.${DOMAIN}`)}/realms/master/protocol/openid-connect/token`
  const refused = await curl(...ca(), ...form, token)
  expect(JSON.parse(refused.stdout || refused.stderr)).toMatchObject({ error: expect.stringContaining('master') })
})

it('is logged in at from there by a code, and then SQL and storage work without a home; what needs one says so', async () => {
  const before = await akko('sql', 'SELECT 1')
  expect(before.code).not.toBe(0)
  const [program, ...words] = other.words as [string, ...string[]]
  const login = ['login', '--device', '--server', server, '--ca', join(folder, 'ca.pem')]
  const child = spawn(program, [...words, join(ROOT, 'akko'), ...login], {
    env: { ...process.env, HOME: other.home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((done) => child.once('exit', done))
  let text = ''
  child.stderr.on('data', (data: Buffer) => {
    text += String(data)
  })
  await expect.poll(() => text, { timeout: 60_000 }).toMatch(/open https:\S+[\s\S]*confirm the code/)
  const browser = resolve(import.meta.dirname, 'team_browser.ts')
  const page = /open (https:\S+)/.exec(text)?.[1] as string
  const trusting = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }
  const confirmed = await other.run(process.execPath, [browser, page, PERSON.name, PERSON.password], trusting)
  expect(confirmed.stdout, confirmed.stderr).toBe('Device connected\n')
  expect(await ended, text).toBe(0)
  const fingerprint = execFileSync('openssl', ['x509', '-in', 'ca.pem', '-noout', '-fingerprint', '-sha256'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(text).toContain(fingerprint.trim().split('=')[1])
  expect(text).toContain(`logged in at ${server} as kim`)
  for (const file of ['login.json', 'server.json']) expect(statSync(join(other.home, '.config/akko', file)).mode & 0o777).toBe(0o600)

  const rows = await akko('sql', '-o', 'csv', '-e', 'SELECT current_user AS me')
  expect(rows.stdout, rows.stderr).toBe('me\nkim\n')
  const note = join(other.home, 'note.txt')
  writeFileSync(note, 'from another machine')
  for (const [args, printed] of [
    [['cp', note, 's3://akko-shared/team/note.txt'], ''],
    [['cp', 's3://akko-shared/team/note.txt', '-'], 'from another machine'],
    [['ls', 's3://akko-shared/team/'], 'note.txt'],
  ] as const) {
    const done = await akko('storage', ...args)
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout).toContain(printed)
  }
  const url = (await akko('storage', 'presign', 's3://akko-shared/team/note.txt')).stdout.trim()
  expect((await curl(...ca(), url)).stdout).toBe('from another machine')
  for (const args of [
    ['storage', 'key', 'list'],
    ['env', '--admin'],
    ['sql', '--user', 'admin', 'SELECT 1'],
    ['logout', '--all'],
  ]) {
    const refused = await akko(...args)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/works in the home of a platform, on its own machine/)
  }
  for (const args of [['user', 'list'], ['audit'], ['status'], ['trust']]) {
    const refused = await akko(...args)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(`${args[0]} works in the home of a platform, on its own machine; here you are logged in at ${server}`)
  }
})

it('serves the clients of strangers there by what `akko env` tells: Trino’s, and boto3', async () => {
  const printed = await akko('env', '--format', 'json')
  expect(printed.code, printed.stderr).toBe(0)
  const env = JSON.parse(printed.stdout) as Record<string, string>
  const script = (name: string, ...args: string[]) =>
    other.run(judgePython(), [resolve(import.meta.dirname, '../strangers', name), ...args], env)
  const sql = await script('sql.py', 'SELECT count(*) FROM tpch.tiny.nation')
  expect(JSON.parse(sql.stdout || sql.stderr)).toMatchObject({ rows: [[25]] })
  const s3 = await script('s3.py', 'roundtrip', 'akko-shared')
  expect(JSON.parse(s3.stdout || s3.stderr)).toMatchObject({ bytes: true, multipart: true, deleted: true })
  const config = await curl(
    ...ca(),
    '-H',
    `authorization: Bearer ${env.AKKO_TOKEN}`,
    `${env.AKKO_CATALOG_URI}/v1/config?warehouse=akko-warehouse`,
  )
  expect(JSON.parse(config.stdout)).toMatchObject({ defaults: { 's3.endpoint': env.AWS_ENDPOINT_URL } })
})

it('takes another certificate without a drop, and goes on with the one before where that cannot be served, which status tells', async () => {
  const served = async () => {
    const { stdout } = await other.run('sh', [
      '-c',
      'openssl s_client -connect "$0" -servername "$1" </dev/null',
      `${other.here}:${8443 + platform.portOffset}`,
      DOMAIN,
    ])
    return /subject=CN = (\w+)/.exec(stdout)?.[1]
  }
  const alerts = async () => (await platform.akko('status')).stderr
  const POLL = { interval: 500, timeout: 60_000 }
  expect(await served()).toBe('first')
  install(['second.key', CERTIFICATE[1]])
  await expect.poll(alerts, POLL).toContain('The certificate and key that lie there now cannot be served')
  const check = await platform.akko('certificate', 'check')
  expect(check).toMatchObject({ code: 1 })
  expect(check.stderr).toContain('the key is that of another certificate')
  expect(await served()).toBe('first')
  install(['second.pem', CERTIFICATE[0]])
  await expect.poll(served, POLL).toBe('second')
  await expect.poll(alerts, POLL).not.toContain('cannot be served')
  expect((await akko('sql', '-o', 'csv', '-e', 'SELECT 1 AS a')).stdout).toBe('a\n1\n')
}, 180_000)

it('is left by `akko logout`: nothing is kept, and the token is worth nothing', async () => {
  const { accessToken } = JSON.parse(readFileSync(join(other.home, '.config/akko/login.json'), 'utf8')) as { accessToken: string }
  const left = await akko('logout')
  expect(left.stderr).toContain(`kim is logged out of ${server}`)
  expect(readdirSync(join(other.home, '.config/akko'))).toEqual(['login.lock'])
  const nobody = await akko('sql', 'SELECT 1')
  expect(nobody.stderr).toMatch(/akko up[\s\S]*akko login --server/)
  const status = async () =>
    (
      await curl(
        ...ca(),
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-H',
        `authorization: Bearer ${accessToken}`,
        '-H',
        'x-trino-user: kim',
        '-d',
        'SELECT 1',
        `${server.replace(DOMAIN, `clients.${DOMAIN}`)}/v1/statement`,
      )
    ).stdout
  await expect.poll(status, { timeout: 50_000 }).toBe('401')
})
