// Makes this process trust the home's certificate authority, as its clients do.
import { existsSync, readFileSync } from 'node:fs'
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
