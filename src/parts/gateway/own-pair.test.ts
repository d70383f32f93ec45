// The operator's own pair: what is refused of those that OpenSSL makes, and another one served without a drop while a connection goes on.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '#kit/limits'
import type { Log } from '#kit/log'
import { createListener } from '#parts/gateway/listener'
import { checkPair } from '#parts/gateway/own-pair'

const DOMAIN = 'akko.example.org'
const HOSTS = [DOMAIN, `clients.${DOMAIN}`]
const DAY = 24 * 3600 * 1000
let dir: string

const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
const at = (name: string) => readFileSync(join(dir, name), 'utf8')
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function issue(name: string, names: readonly string[], { by = 'ca', use = 'serverAuth' } = {}): void {
  writeFileSync(join(dir, 'extensions'), `subjectAltName=${names.map((n) => `DNS:${n}`).join(',')}\nextendedKeyUsage=${use}\n`)
  openssl('req', '-new', ...EC, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  const signed = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', 'extensions', '-days', '20']
  openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`)
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-pair-'))
  for (const ca of ['ca', 'other'])
    openssl('req', '-x509', ...EC, '-keyout', `${ca}.key`, '-out', `${ca}.pem`, '-subj', `/CN=${ca}`, '-days', '30')
  issue('good', [DOMAIN, `*.${DOMAIN}`])
  issue('next', HOSTS)
  issue('narrow', [DOMAIN])
  issue('client', HOSTS, { use: 'clientAuth' })
  openssl('pkcs8', '-topk8', '-in', 'good.key', '-out', 'locked.key', '-passout', 'pass:secret')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const check = (cert: string, key: string, now?: Date) => checkPair({ cert, key }, HOSTS, now)

describe('a pair', () => {
  it('is taken with a wildcard, with each host by name, and with those that vouch for it', () => {
    const good = check(at('good.pem') + at('ca.pem'), at('good.key'))
    expect(good.fingerprint).toBe(new X509Certificate(at('good.pem')).fingerprint256)
    expect(good.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(check(at('next.pem'), at('next.key')).notAfter.getTime()).toBeGreaterThan(Date.now() + 19 * DAY)
  })

  it('is refused with what is wrong', () => {
    const later = new Date(Date.now() + 25 * DAY)
    const cases: [string, () => unknown][] = [
      ['the key is that of another certificate', () => check(at('good.pem'), at('next.key'))],
      [`it is not for clients.${DOMAIN}`, () => check(at('narrow.pem'), at('narrow.key'))],
      ['certificate 1 has ended on', () => check(at('good.pem'), at('good.key'), later)],
      ['certificate 1 is not valid before', () => check(at('good.pem'), at('good.key'), new Date(Date.now() - DAY))],
      ['certificate 2 does not vouch for certificate 1', () => check(at('good.pem') + at('other.pem'), at('good.key'))],
      ['the certificate is not for servers', () => check(at('client.pem'), at('client.key'))],
      ['is an authority’s', () => check(at('ca.pem'), at('ca.key'))],
      ['locked by a passphrase', () => check(at('good.pem'), at('locked.key'))],
      ['there is no key', () => check(at('good.pem'), at('good.pem'))],
      ['there is no certificate', () => check(at('good.key'), at('good.key'))],
    ]
    for (const [reason, refused] of cases) expect(refused, reason).toThrow(reason)
  })
})

it('is served for its domain, another after it without a drop, and the one before where a file is broken', async () => {
  const ownPair = join(dir, 'own.pem')
  const put = (text: string) => {
    writeFileSync(`${ownPair}.new`, text)
    renameSync(`${ownPair}.new`, ownPair)
  }
  put(check(at('good.pem'), at('good.key')).pem)
  const caDir = join(dir, 'home-ca')
  const told: string[] = []
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => told.push(text) }
  const listener = await createListener({ caDir, domain: DOMAIN, ownPair, log }, LIMITS)
  const server = listener.create()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.on('request', (_req, res) => res.end('here'))
  const { port } = server.address() as AddressInfo
  const connect = (servername: string, ca: string) =>
    new Promise<tls.TLSSocket>((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, servername, ca }, () => resolve(socket)).once('error', reject)
    })
  const served = async (host = `clients.${DOMAIN}`) => {
    const socket = await connect(host, at('ca.pem'))
    const subject = socket.getPeerX509Certificate()?.subject
    socket.destroy()
    return subject
  }
  try {
    const open = await connect(DOMAIN, at('ca.pem'))
    expect(open.getPeerX509Certificate()?.subject).toBe('CN=good')
    const local = await connect('localhost', readFileSync(join(caDir, 'ca.pem'), 'utf8'))
    local.destroy()
    put(check(at('next.pem'), at('next.key')).pem)
    await expect.poll(() => served(), { timeout: 30_000 }).toBe('CN=next')
    put('neither key nor certificate')
    await expect.poll(() => told, { timeout: 30_000 }).toContain('the certificate could not be read: the one before goes on')
    expect(await served()).toBe('CN=next')
    const answer = new Promise<string>((resolve) => open.once('data', (data) => resolve(String(data))))
    open.write(`GET / HTTP/1.1\r\nhost: ${DOMAIN}\r\n\r\n`)
    expect(await answer).toContain('here')
    open.destroy()
  } finally {
    listener.close()
    server.close()
    server.closeAllConnections()
  }
}, 60_000)
