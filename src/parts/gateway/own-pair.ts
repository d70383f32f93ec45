// A certificate and key of the operator's own: whether they can be served for these hosts.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

export interface OwnPair {
  /** The key and then the certificates, as a file of ours holds both. */
  readonly pem: string
  readonly notAfter: Date
  /** SHA-256, of the first certificate. */
  readonly fingerprint: string
}

/** What is wrong, in words that follow "cannot be served: ". */
export class PairProblem extends Error {}

/** `cert`: PEM, the server's certificate first, then those that vouch for it; `key`: PEM, without a passphrase. @throws PairProblem */
export function checkPair({ cert, key }: { cert: string; key: string }, hosts: readonly string[], now = new Date()): OwnPair {
  const chain = (cert.match(CERTIFICATES) ?? []).map((pem) => readCertificate(pem))
  const [own] = chain
  if (!own) throw new PairProblem('there is no certificate in the first (PEM)')
  if (!own.checkPrivateKey(readKey(key))) throw new PairProblem('the key is that of another certificate')
  for (const [at, one] of chain.entries()) {
    if (now < new Date(one.validFrom)) throw new PairProblem(`certificate ${at + 1} is not valid before ${moment(one.validFrom)}`)
    if (now > new Date(one.validTo)) throw new PairProblem(`certificate ${at + 1} has ended on ${moment(one.validTo)}`)
    const above = chain[at + 1]
    if (above && !one.checkIssued(above)) throw new PairProblem(`certificate ${at + 2} does not vouch for certificate ${at + 1}`)
  }
  if (own.ca) throw new PairProblem('the first certificate is an authority’s')
  if (own.keyUsage && !own.keyUsage.includes(SERVER_AUTH)) throw new PairProblem('the certificate is not for servers')
  const missing = hosts.filter((host) => own.checkHost(host, { subject: 'never' }) === undefined)
  if (missing.length > 0) throw new PairProblem(`it is not for ${missing.join(', ')}`)
  const pem = `${readKey(key).export({ type: 'pkcs8', format: 'pem' })}${chain.map(String).join('')}`
  try {
    createSecureContext({ key, cert })
  } catch (error) {
    throw new PairProblem((error as Error).message)
  }
  return { pem, notAfter: new Date(own.validTo), fingerprint: own.fingerprint256 }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new PairProblem('what should be a certificate is none')
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new PairProblem(/ENCRYPTED/.test(pem) ? 'the key is locked by a passphrase' : 'there is no key in the second (PEM)')
  }
}

const moment = (text: string) => new Date(text).toISOString().replace(/\.\d+Z$/, 'Z')
