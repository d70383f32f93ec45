// Names of any form through every address that holds one, page by page; and where the keys of such a table are renewed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { callsTo, type Harness, MANAGEMENT, makeWarehouse, SIMPLE_SCHEMA, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy({ roleGrants: { admin: { all: true } }, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const ODD = ['a.b', 'a/b', 'a b', 'a+b', '%2F', 'é', 'Z', '\u{1F680}', '\uFFFD', 'x?y=1#z', "it's", 'a"b', '...', '-']
const REFUSED = ['', ' ', '.', '..', 'a\\b', 'a\u001Fb', 'a\nb', 'a\0b', 'x'.repeat(256)]

let catalog: Harness
let root: string
const { get, post } = callsTo(() => catalog)
const at = (name: string) => `/namespaces/ns/tables/${encodeURIComponent(name)}`

beforeAll(async () => {
  catalog = await startHarness(policy)
  root = await makeWarehouse(catalog)
  expect((await post(root, '/namespaces', { namespace: ['ns'] })).status).toBe(200)
})
afterAll(() => catalog?.close())

describe('names', () => {
  it('of any form are made, listed by pages, changed, renamed and dropped', async () => {
    for (const name of ODD) expect((await post(root, '/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA })).status, name).toBe(200)
    const listed: string[] = []
    for (let next = ''; ; ) {
      const { body } = await get(root, `/namespaces/ns/tables?pageSize=3&pageToken=${next}`)
      listed.push(...body.identifiers.map((t: { name: string }) => t.name))
      next = body['next-page-token']
      if (!next) break
    }
    expect(listed).toEqual([...ODD].sort())
    for (const name of ODD) {
      expect((await get(root, at(name))).body.metadata.location, name).toMatch(/\/ns\/[A-Za-z0-9_~-]+$/)
      const identifier = { namespace: ['ns'], name }
      const change = { identifier, requirements: [], updates: [{ action: 'set-properties', updates: { name } }] }
      expect((await post(root, '/transactions/commit', { 'table-changes': [change] })).status, name).toBe(204)
      expect((await get(root, at(name))).body.metadata.properties, name).toEqual({ name })
      const destination = { namespace: ['ns'], name: `${name}.2` }
      expect((await post(root, '/tables/rename', { source: identifier, destination })).status, name).toBe(204)
      expect((await catalog.call('DELETE', `/api/catalog/v1/${WAREHOUSE}${at(`${name}.2`)}`, { token: root })).status, name).toBe(204)
    }
    expect((await get(root, '/namespaces/ns/tables')).body.identifiers).toEqual([])
  })
  it('are refused where somebody would read another thing', async () => {
    for (const name of REFUSED)
      expect((await post(root, '/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA })).status, JSON.stringify(name)).toBe(400)
    for (const level of ['a.b', 'a/b', ...REFUSED])
      expect((await post(root, '/namespaces', { namespace: ['ns', level] })).status, JSON.stringify(level)).toBe(400)
  })
})

it('keys say where the next ones are, but those of a table that is not there yet', async () => {
  const files = { scheme: 's3' as const, read: async () => '', write: async () => {}, remove: async () => {}, removeBelow: async () => {} }
  let asked: string[] = []
  const watched: Authoriser = {
    decide: (caller, action, resource) => {
      asked.push(`${action} ${resource.kind}`)
      return policy.decide(caller, action, resource)
    },
  }
  const vend = () => {
    asked = []
    return async () => ({ 's3.access-key-id': 'k' })
  }
  const other = await startHarness(watched, { files, vend })
  try {
    const token = await other.login()
    const properties = { 'default-base-location': 's3://lake' }
    const made = { type: 'INTERNAL', name: WAREHOUSE, properties, storageConfigInfo: { storageType: 'S3' } }
    await other.call('POST', `${MANAGEMENT}/catalogs`, { token, body: { catalog: made } })
    const base = `/api/catalog/v1/${WAREHOUSE}/namespaces`
    for (const namespace of [['a b'], ['a b', 'c']]) await other.call('POST', base, { token, body: { namespace } })
    const keys = { 'x-iceberg-access-delegation': 'vended-credentials' }
    const tables = `${base}/a%20b%1Fc/tables`
    const created = await other.call('POST', tables, { token, headers: keys, body: { name: 'x/y', schema: SIMPLE_SCHEMA } })
    const endpoint = `v1/${WAREHOUSE}/namespaces/a%20b%1Fc/tables/x%2Fy/credentials`
    expect(created.body.config).toEqual({ 's3.access-key-id': 'k', 'client.refresh-credentials-endpoint': endpoint })
    const next = await other.call('GET', `/api/catalog/${endpoint}`, { token })
    expect(next.body['storage-credentials']).toEqual(created.body['storage-credentials'])
    // What they are bound to was taken before it was asked whether they may be lent.
    expect(asked).toEqual(['read table', 'read files', 'write files'])
    expect((await other.call('GET', `${tables}/x%2Fy`, { token })).body.config).toEqual({})
    const staged = { name: 'staged', schema: SIMPLE_SCHEMA, 'stage-create': true }
    const nowhere = await other.call('POST', tables, { token, headers: keys, body: staged })
    expect(nowhere.body.config).toEqual({ 's3.access-key-id': 'k' })
  } finally {
    await other.close()
  }
})
