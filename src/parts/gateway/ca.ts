// The local certificate authority of one home: made once, limited to this machine's names, and the gateway's certificate.
import { createPrivateKey, createPublicKey, KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Owner } from '#kit/private-folder'
import { nameConstraints } from '#parts/gateway/der'
import { CaDoesNotCover } from '#parts/gateway/errors'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 24 * 3600 * 1000
const CA_DAYS = 3650
const LEAF_DAYS = 397
const RENEW_BEFORE_DAYS = 30
const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const

export interface Leaf {
  /** PKCS #8, PEM. */
  readonly key: string
  /** The certificate and its authority, PEM. */
  readonly cert: string
  readonly notAfter: Date
}

export interface LocalCa {
  /** `ca.pem`: what clients are told to trust. */
  readonly file: string
  readonly pem: string
  /** A certificate for these DNS names and addresses; the one on disk while it fits and lasts. `server` has it; default: the gateway. */
  leaf(names: readonly string[], server?: string): Promise<Leaf>
  /** @throws CaDoesNotCover */
  assertCovers(names: readonly string[]): void
}

export interface CaOptions {
  /** Domains beside `localhost` that a new authority may sign for. */
  readonly domains?: readonly string[]
  readonly now?: () => Date
  /** How long its certificates last. */
  readonly leafDays?: number
  /** To whom root gives what is made here; default: the caller. */
  readonly owner?: Owner | undefined
}

/** Opens the authority in `dir`, or makes it: ECDSA P-256, key 0600. Safe to call from two processes at once. */
export async function createLocalCa(
  dir: string,
  { domains = [], now = () => new Date(), leafDays = LEAF_DAYS, owner }: CaOptions = {},
): Promise<LocalCa> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, 'ca.pem')
  const keyFile = join(dir, 'ca-key.pem')
  if (!existsSync(keyFile)) createOnce(keyFile, await newKey(), 0o600, owner)
  const caKey = createPrivateKey(readFileSync(keyFile, 'utf8'))
  if (!existsSync(file)) createOnce(file, await selfSign(caKey, permittedDomains(domains), now()), 0o644, owner)
  const pem = readFileSync(file, 'utf8')
  const ca = new X509Certificate(pem)
  if (!ca.checkPrivateKey(caKey)) throw new Error(`${keyFile} is not the key of ${file}: restore the pair, or move both away`)
  const authority = { dir, ca, pem, caKey, now, leafDays, owner }
  return {
    file,
    pem,
    leaf: (names, server = 'gateway') => ensureLeaf(authority, names, server),
    assertCovers: (names) => assertCovered(authority, names),
  }
}

interface Authority {
  readonly dir: string
  readonly ca: X509Certificate
  readonly pem: string
  readonly caKey: KeyObject
  readonly now: () => Date
  readonly leafDays: number
  readonly owner: Owner | undefined
}

async function ensureLeaf(authority: Authority, names: readonly string[], server: string): Promise<Leaf> {
  const file = join(authority.dir, `${server}.pem`)
  const kept = readLeaf(authority, file, names)
  if (kept) return kept
  const key = await newKey()
  const cert = await signLeaf(authority, key, names, server)
  if (!new X509Certificate(cert).verify(authority.ca.publicKey)) throw new Error('the new certificate does not verify')
  assertCovered(authority, names)
  replaceFile(file, key + cert + authority.pem, authority.owner)
  return toLeaf(key + cert + authority.pem)
}

/** What is on disk, if it is ours, for exactly these names, and lasts. */
function readLeaf({ ca, now }: Authority, file: string, names: readonly string[]): Leaf | undefined {
  if (!existsSync(file)) return undefined
  try {
    const leaf = toLeaf(readFileSync(file, 'utf8'))
    const cert = new X509Certificate(leaf.cert)
    const lasts = leaf.notAfter.getTime() - now().getTime() > RENEW_BEFORE_DAYS * DAY
    const fits =
      sameNames(cert.subjectAltName ?? '', names) && cert.verify(ca.publicKey) && cert.checkPrivateKey(createPrivateKey(leaf.key))
    return lasts && fits ? leaf : undefined
  } catch {
    return undefined
  }
}

/** A file of the key and its certificates, in that order. */
export function toLeaf(text: string): Leaf {
  const [key, ...certs] = text.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? []
  const cert = certs.join('')
  return { key: key ?? '', cert, notAfter: new Date(new X509Certificate(cert).validTo) }
}

function sameNames(subjectAltName: string, names: readonly string[]): boolean {
  const found = subjectAltName.split(', ').map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
  const wanted = names.map((name) => (name === '::1' ? '0:0:0:0:0:0:0:1' : name))
  return found.length === wanted.length && wanted.every((name) => found.includes(name))
}

/** The authority's own limit, read back from the certificate, must allow every name. */
function assertCovered({ dir, ca }: Authority, names: readonly string[]): void {
  const permitted = (/permits (.+)$/.exec(ca.subject.split('\n').find((l) => l.startsWith('OU=')) ?? '')?.[1] ?? 'localhost').split(' ')
  for (const name of names) {
    const bare = name.replace(/^\*\./, '')
    if (isIP(bare) === 0 && !permitted.some((p) => bare === p || bare.endsWith(`.${p}`)))
      throw CaDoesNotCover({ dir, name, permitted: permitted.join(', ') })
  }
}

function permittedDomains(domains: readonly string[]): string[] {
  return ['localhost', ...domains.filter((d) => d !== 'localhost' && !d.endsWith('.localhost'))]
}

async function selfSign(key: KeyObject, domains: readonly string[], now: Date): Promise<string> {
  const x509 = await loadX509()
  const keys = await cryptoKeys(key)
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(15).toString('hex'),
    name: `CN=AKKO local authority, OU=permits ${domains.join(' ')}, O=AKKO`,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + CA_DAYS * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension('2.5.29.30', true, nameConstraints(domains, LOOPBACK)),
    ],
  })
  return `${cert.toString('pem')}\n`
}

async function signLeaf({ ca, caKey, now, leafDays }: Authority, key: string, names: readonly string[], server: string): Promise<string> {
  const x509 = await loadX509()
  const { publicKey } = await cryptoKeys(createPrivateKey(key))
  const signer = await cryptoKeys(caKey)
  const issuer = new x509.X509Certificate(ca.raw)
  const notAfter = Math.min(now().getTime() + leafDays * DAY, issuer.notAfter.getTime())
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(15).toString('hex'),
    subject: `CN=AKKO ${server}, O=AKKO`,
    issuer: issuer.subjectName,
    notBefore: new Date(now().getTime() - DAY),
    notAfter: new Date(notAfter),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }))),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  })
  return `${cert.toString('pem')}\n`
}

/** Loaded only when something is signed: it costs a start 40 ms. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

async function newKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }) as string
}

async function cryptoKeys(key: KeyObject) {
  return {
    privateKey: key.toCryptoKey(ALGORITHM, true, ['sign']),
    publicKey: createPublicKey(key).toCryptoKey(ALGORITHM, true, ['verify']),
  }
}

/** Writes a file whole or not at all; the first of two writers wins. */
function createOnce(file: string, text: string, mode: number, owner?: Owner): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  writeAs(temporary, text, mode, owner)
  try {
    linkSync(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(temporary)
  }
}

/** A file of 0600 that is replaced whole; given to `owner`. */
export function replaceFile(file: string, text: string, owner?: Owner): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  writeAs(temporary, text, 0o600, owner)
  renameSync(temporary, file)
}

/** A new file; given away by what was opened, since the folder may be its owner's. */
function writeAs(path: string, text: string, mode: number, owner: Owner | undefined): void {
  const fd = openSync(path, 'wx', mode)
  try {
    if (owner) fchownSync(fd, owner.uid, owner.gid)
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
