// Which settings open the gateway to other machines, and which are refused beside it, by the line of the file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadMachine } from '#runtime/home'
import { clientUrl, gatewayAddresses, localUrl, sharedUrl } from '#runtime/machine'
import { issuerUrl } from '#runtime/tokens'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'akko-shared-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const load = (text: string) => {
  writeFileSync(join(home, 'config.yaml'), text)
  return loadMachine(home)
}

it('is reached on loopback, as localhost, unless it is told otherwise', () => {
  const machine = load('domain: akko.example.org\n')
  expect(gatewayAddresses(machine.config)).toEqual(['127.0.0.1'])
  expect(clientUrl(machine, '/v1')).toBe('https://localhost:8443/v1')
  expect(issuerUrl(machine)).toBe('https://localhost:8443/realms/akko')
  expect(sharedUrl(machine, 'storage')).toBeUndefined()
})

it('is told to other machines by the domain’s hosts, and stays at localhost for this one’s commands', () => {
  const machine = load('domain: akko.example.org\nportOffset: 10\ngateway: { bind: 192.0.2.7 }\n')
  expect(gatewayAddresses(machine.config)).toEqual(['127.0.0.1', '192.0.2.7'])
  expect(clientUrl(machine, '/v1')).toBe('https://clients.akko.example.org:8453/v1')
  expect(issuerUrl(machine)).toBe('https://identity.akko.example.org:8453/realms/akko')
  expect(sharedUrl(machine, 'storage')).toBe('https://storage.akko.example.org:8453')
  expect(localUrl(machine)).toBe('https://localhost:8453')
  for (const all of ['0.0.0.0', '::'])
    expect(gatewayAddresses(load(`domain: akko.example.org\ngateway: { bind: '${all}' }\n`).config)).toEqual([all])
})

it('is refused with what everybody could walk in by', () => {
  const shared = 'gateway: { bind: 0.0.0.0 }\n'
  expect(() => load(shared)).toThrow('domain: other machines need a domain that leads here')
  expect(() => load(`domain: a.example.org\ndemo: true\n${shared}`)).toThrow('a home with the demo stays on loopback (line 3)')
  for (const part of ['sql', 'catalog'])
    expect(() => load(`domain: a.example.org\n${part}: { authentication: none }\n${shared}`)).toThrow(
      `${part}.authentication: without it only this machine may reach the gateway: gateway.bind is to be a loopback address (line 2)`,
    )
  expect(() => load('gateway: { bind: 1.2.3 }\n')).toThrow('gateway.bind: it is an IP address')
  expect(() => load('gateway: { certificate: /a.pem }\n')).toThrow('gateway.key: a certificate and its key are set together')
})
