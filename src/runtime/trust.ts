// Makes this process trust the home's certificate authority, as its clients do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Machine } from '#runtime/machine'

export function caFile(machine: Machine): string {
  return join(machine.paths.ca, 'ca.pem')
}

export function trustLocalCa(machine: Machine): void {
  const file = caFile(machine)
  if (existsSync(file)) setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')])
}

/**
 * A bundle for tools that take one file of authorities (requests, OpenSSL, curl): ours, and all that this shell trusted before.
 * Returns its path.
 */
export function writeCaBundle(machine: Machine): string {
  const file = join(machine.paths.records, 'ca-bundle.pem')
  const own = readFileSync(caFile(machine), 'utf8').trim()
  const before = [process.env.REQUESTS_CA_BUNDLE, process.env.SSL_CERT_FILE].flatMap((f) =>
    f && f !== file && existsSync(f) ? [readFileSync(f, 'utf8').trim()] : [],
  )
  const system = getCACertificates('system')
  const rest = [...before, ...(system.length > 0 ? system : getCACertificates('bundled'))].flatMap((text) => text.match(PEM) ?? [])
  writeFileSync(file, `${[...new Set([own, ...rest])].join('\n')}\n`, { mode: 0o600 })
  return file
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
