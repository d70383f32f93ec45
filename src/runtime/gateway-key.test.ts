// Every part behind the gateway takes its word for where a request came from, and nobody else's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { type AuditEvent, auditedAuthoriser } from '#kit/audit'
import { GATEWAY_KEY_HEADER, gatewayKey } from '#kit/forwarded'
import { Secret } from '#kit/secret'
import { startDocs } from '#parts/docs/test-docs'
import { send, startTestStorage } from '#parts/storage/fixture'
import { machineServices } from '#platform/registry'
import { createPolicy } from '#runtime/policy'

const FAR = '203.0.113.7'

it('every part that the gateway leads to is given its key there', () => {
  const behind = machineServices().filter(
    ({ machine, hosts = [], paths = [] }) => !machine.front && machine.ports.main !== undefined && hosts.length + paths.length > 0,
  )
  expect(behind.map(({ name }) => name)).toEqual(expect.arrayContaining(['docs', 'storage', 'sql']))
  for (const { name, machine } of behind) {
    const text = readFileSync(join(import.meta.dirname, 'cells', machine.cell, `${name}.ts`), 'utf8')
    expect(text, name).toContain(`gatewayKeyAt(secrets, '${name}')`)
  }
})

it.each(['docs', 'storage'])('the audit of %s has from where somebody came, by the gateway’s word and nobody else’s', async (part) => {
  const secret = new Secret('of the edge')
  const key = gatewayKey(secret, part)
  const events: AuditEvent[] = []
  const audit = { record: async (event: AuditEvent) => void events.push(event), note: (event: AuditEvent) => void events.push(event) }
  const nobody: Authoriser = { decide: async () => ({ allow: false, reason: 'tested' }) }
  const isDocs = part === 'docs'
  const authoriser = auditedAuthoriser(isDocs ? createPolicy().authoriser : nobody, { part, audit })
  const server = isDocs ? await startDocs({ authoriser, gatewayKey: key }) : await startTestStorage(authoriser, { gatewayKey: key })
  const seen = async (shown: Secret) => {
    const headers = { 'content-type': 'text/html', 'x-forwarded-for': FAR, [GATEWAY_KEY_HEADER]: shown.reveal() }
    events.splice(0)
    if ('call' in server) await server.call('PUT', '/api/reports/far', { as: 'ada:akko-analyst', body: '<p>far</p>', headers })
    else await send(server.endpoint, { method: 'PUT', path: '/far', tamper: (signed) => void Object.assign(signed, headers) })
    return [...new Set(events.map(({ address }) => address))]
  }
  try {
    expect(await seen(key)).toEqual([FAR])
    expect(await seen(gatewayKey(secret, 'other'))).toEqual(['127.0.0.1'])
  } finally {
    await ('close' in server ? server.close() : server.stop())
  }
})
