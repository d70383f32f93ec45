// Makes this process trust the home's certificate authority, as its clients do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gatewaySettings } from '#platform/services/gateway'
import type { Machine } from '#runtime/machine'

export function caFile(machine: Machine): string {
  return join(machine.paths.ca, 'ca.pem')
}

/** The home's own, and the one that vouches for the operator's certificate, where that is named. */
export function authorityFiles(machine: Machine): string[] {
  const { authority } = gatewaySettings.of(machine.config)
  return [caFile(machine), ...(authority === undefined ? [] : [authority])].filter((file) => existsSync(file))
}

/** What clients are told to trust, in one file; returns its path. */
export function clientCaFile(machine: Machine): string {
  const files = authorityFiles(machine)
  if (files.length < 2) return caFile(machine)
  const file = join(machine.paths.records, 'authorities.pem')
  writeFileSync(file, files.map((one) => `${readFileSync(one, 'utf8').trim()}\n`).join(''), { mode: 0o600 })
  return file
}

export function trustLocalCa(machine: Machine): void {
  const own = authorityFiles(machine).map((file) => readFileSync(file, 'utf8'))
  setDefaultCACertificates([...getCACertificates('default'), ...own])
}

/**
 * A bundle for tools that take one file of authorities (requests, OpenSSL, curl): ours, and all that this shell trusted before.
 * Returns its path.
 */
export function writeCaBundle(machine: Machine): string {
  return writeBundle(join(machine.paths.records, 'ca-bundle.pem'), authorityFiles(machine))
}

/** The same of files of authorities, anywhere. */
export function writeBundle(file: string, authorities: readonly string[]): string {
  const own = authorities.flatMap((one) => readFileSync(one, 'utf8').match(PEM) ?? [])
  const before = [process.env.REQUESTS_CA_BUNDLE, process.env.SSL_CERT_FILE].flatMap((f) =>
    f && f !== file && existsSync(f) ? [readFileSync(f, 'utf8').trim()] : [],
  )
  const system = getCACertificates('system')
  const rest = [...before, ...(system.length > 0 ? system : getCACertificates('bundled'))].flatMap((text) => text.match(PEM) ?? [])
  writeFileSync(file, `${[...new Set([...own, ...rest])].join('\n')}\n`, { mode: 0o600 })
  return file
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
