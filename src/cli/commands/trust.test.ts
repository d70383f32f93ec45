// Which authority akko trust leads with: the one behind what the gateway shows, the home's own after it.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { trust } from '#cli/commands/trust'
import { loadMachine } from '#runtime/home'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'akko-trust-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

function certificate(file: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${file}.key`]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', file, '-subj', '/CN=test', '-days', '9'], { stdio: 'pipe' })
  return new X509Certificate(readFileSync(file)).fingerprint256
}

async function printed(settings: string): Promise<string> {
  writeFileSync(join(home, 'config.yaml'), settings)
  const machine = loadMachine(home)
  const write = process.stdout.write
  let text = ''
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }
  try {
    await trust({ ...machine, paths: { ...machine.paths, ca: join(home, 'ca') } }, {})
  } finally {
    process.stdout.write = write
  }
  return text
}

const fingerprints = (text: string) => [...text.matchAll(/SHA-256 +(\S+)/g)].map((found) => found[1])

it('is the one that vouches for the gateway', async () => {
  mkdirSync(join(home, 'ca'))
  const own = certificate(join(home, 'ca/ca.pem'))
  const [company, leaf] = ['company.pem', 'leaf.pem'].map((name) => certificate(join(home, name)))
  const pair = `certificate: ${join(home, 'leaf.pem')}, key: ${join(home, 'leaf.pem.key')}`
  const site = 'domain: akko.example.org\n'

  const plain = await printed('{}')
  expect(fingerprints(plain)).toEqual([own])
  expect(plain).toContain(`-n akko -i ${join(home, 'ca/ca.pem')}`)

  const named = await printed(`${site}gateway: { bind: 192.0.2.1, ${pair}, authority: ${join(home, 'company.pem')} }\n`)
  expect(fingerprints(named)).toEqual([company, own, company])
  expect([...named.matchAll(/-file (\S+)/g)].map((found) => found[1])).toEqual([join(home, 'company.pem')])
  expect(named).toContain('for localhost, and PostgreSQL')

  const unnamed = await printed(`${site}gateway: { bind: 192.0.2.1, ${pair} }\n`)
  expect(fingerprints(unnamed)).toEqual([leaf, own])
  expect(unnamed).not.toContain('-importcert')
})
