// The certificate of all hosts where nobody else gives one: signed by an authority whose key is thrown away at once.
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What clients accept at most for a certificate that they were told to trust. */
const DAYS = 825
const SOON_DAYS = 60

/** The three texts of a kubernetes.io/tls Secret; `ca.crt` is what clients are told to trust, limited to these names. */
export async function certificateFor(names: readonly string[]): Promise<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>> {
  const { createLocalCa } = await import('#parts/gateway/ca')
  const dir = mkdtempSync(join(tmpdir(), 'akko-ca-'))
  try {
    const ca = await createLocalCa(dir, { domains: names.filter((n) => !n.startsWith('*.')), leafDays: DAYS })
    const { key, cert } = await ca.leaf(names)
    return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.pem }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

export function expiresSoon(pem: string): boolean {
  try {
    return new Date(new X509Certificate(pem).validTo).getTime() - Date.now() < SOON_DAYS * 24 * 3600 * 1000
  } catch {
    return false
  }
}
