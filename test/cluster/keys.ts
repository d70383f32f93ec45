// Certificates and kubeconfigs of a test cluster: one authority, one certificate per server and client, all thrown away with it.
import 'reflect-metadata'
import { generateKeyPairSync, KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

const EC = { name: 'ECDSA', namedCurve: 'P-256' }
const DAY = 86_400_000

export interface Holder {
  readonly name: string
  readonly subject: string
  readonly alsoNamed?: readonly string[]
  /** Gets a kubeconfig of its own. */
  readonly client: boolean
}

/** Writes what is missing below `folder`/pki and `folder`/conf. */
export async function writeKeys(folder: string, server: string, holders: readonly Holder[]): Promise<void> {
  const pki = join(folder, 'pki')
  if (existsSync(join(pki, 'ca.crt'))) return
  for (const dir of [pki, join(folder, 'conf')]) mkdirSync(dir, { recursive: true, mode: 0o700 })
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 90 * DAY), signingAlgorithm: EC_SIGNATURE }
  const caKeys = await newKeys()
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serial(),
    name: 'CN=akko-test-cluster',
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  for (const { name, subject, alsoNamed = [], client } of holders) {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: serial(),
      subject,
      issuer: ca.subjectName,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([name, ...alsoNamed].map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }))),
      ],
    })
    writeFileSync(join(pki, `${name}.crt`), `${certificate.toString('pem')}\n`)
    writeFileSync(join(pki, `${name}.key`), pem(keys.privateKey), { mode: 0o600 })
    if (client) writeFileSync(join(folder, 'conf', `${name}.kubeconfig`), kubeconfig(pki, server, name), { mode: 0o600 })
  }
  writeFileSync(join(pki, 'ca.key'), pem(caKeys.privateKey), { mode: 0o600 })
  const tokens = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(pki, 'tokens.key'), tokens.privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  writeFileSync(join(pki, 'tokens.pub'), tokens.publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(pki, 'ca.crt'), `${ca.toString('pem')}\n`) // last: it says that all are there
}

const EC_SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }
const serial = () => `01${randomBytes(15).toString('hex')}`

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
}

function pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }) as string
}

function kubeconfig(pki: string, server: string, name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'akko', cluster: { server, 'certificate-authority': join(pki, 'ca.crt') } }],
    users: [{ name, user: { 'client-certificate': join(pki, `${name}.crt`), 'client-key': join(pki, `${name}.key`) } }],
    contexts: [{ name: 'akko', context: { cluster: 'akko', user: name } }],
    'current-context': 'akko',
  })
}
