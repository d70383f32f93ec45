// The local authority, judged by OpenSSL: made once, limited to its names, its certificate renewed when it must be.
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLocalCa } from '#parts/gateway/ca'

const NAMES = ['akko.localhost', '*.akko.localhost', 'localhost', '127.0.0.1', '::1']
const DAY = 24 * 3600 * 1000
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-ca-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const verify = (leaf: string, args: string[]) => {
  writeFileSync(join(dir, 'leaf.pem'), leaf)
  return spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', join(dir, 'ca.pem'), ...args, join(dir, 'leaf.pem')], {
    encoding: 'utf8',
  })
}

it('signs for its names, as OpenSSL sees it', async () => {
  const ca = await createLocalCa(dir)
  const { cert, key } = await ca.leaf(NAMES)
  expect(key).toContain('BEGIN PRIVATE KEY')
  for (const args of [
    ['-verify_hostname', 'trino.akko.localhost'],
    ['-verify_hostname', 'localhost'],
    ['-verify_ip', '127.0.0.1'],
    ['-verify_ip', '::1'],
  ])
    expect(verify(cert, args)).toMatchObject({ status: 0 })
  expect(verify(cert, ['-verify_hostname', 'evil.example']).status).not.toBe(0)
  const text = execFileSync('openssl', ['x509', '-in', ca.file, '-noout', '-text'], { encoding: 'utf8' })
  expect(text).toMatch(
    /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+IP:127\.0\.0\.0\/255\.0\.0\.0\s+IP:0:0:0:0:0:0:0:1\/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/,
  )
  expect(text).toContain('CA:TRUE, pathlen:0')
})

it('a stolen authority cannot speak for the rest of the internet', async () => {
  const ca = await createLocalCa(dir)
  await expect(ca.leaf(['bank.example'])).rejects.toMatchObject({ code: 'gateway.ca_does_not_cover' })
  await ca.leaf(NAMES)
  const make = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  make(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'evil-key.pem',
    '-subj',
    '/CN=bank.example',
    '-out',
    'evil.csr',
  )
  writeFileSync(join(dir, 'evil.ext'), 'subjectAltName=DNS:bank.example\n')
  make(
    'x509',
    '-req',
    '-in',
    'evil.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca-key.pem',
    '-CAcreateserial',
    '-extfile',
    'evil.ext',
    '-out',
    'evil.pem',
  )
  const judged = spawnSync('openssl', ['verify', '-CAfile', 'ca.pem', '-verify_hostname', 'bank.example', 'evil.pem'], {
    cwd: dir,
    encoding: 'utf8',
  })
  expect(judged.stderr).toContain('permitted subtree violation')
})

it('the authority is kept, its key is private, and the certificate is used again', async () => {
  const [first, second] = await Promise.all([createLocalCa(dir), createLocalCa(dir)])
  expect(first.pem).toBe(second.pem)
  const leaf = await first.leaf(NAMES)
  expect((await (await createLocalCa(dir)).leaf(NAMES)).cert).toBe(leaf.cert)
  for (const file of ['ca-key.pem', 'gateway.pem']) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600)
  expect(readdirSync(dir).sort()).toEqual(['ca-key.pem', 'ca.pem', 'gateway.pem'])
})

it('a new certificate comes when names change, when it ends soon, and when it is damaged; the authority stays', async () => {
  let now = new Date()
  const ca = await createLocalCa(dir, { now: () => now, domains: ['data.example'] })
  const first = await ca.leaf(NAMES)
  const other = await ca.leaf([...NAMES, 'lake.data.example'])
  expect(other.cert).not.toBe(first.cert)
  expect(verify(other.cert, ['-verify_hostname', 'lake.data.example']).status).toBe(0)
  now = new Date(Date.now() + 370 * DAY)
  const renewed = await ca.leaf([...NAMES, 'lake.data.example'])
  expect(renewed.notAfter.getTime()).toBeGreaterThan(other.notAfter.getTime() + 300 * DAY)
  writeFileSync(join(dir, 'gateway.pem'), 'damaged')
  const again = await ca.leaf(NAMES)
  expect(new X509Certificate(again.cert).checkIssued(new X509Certificate(ca.pem))).toBe(true)
  expect((await createLocalCa(dir)).pem).toBe(ca.pem)
})
