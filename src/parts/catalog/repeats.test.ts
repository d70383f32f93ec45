// Idempotency keys of the REST protocol: what comes twice is done once, and answered as it was.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCatalog } from '#parts/catalog/index'
import { appendOf, type Harness, makeWarehouse, PREFIX, SIMPLE_SCHEMA, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

let catalog: Harness
let token: string

beforeAll(async () => {
  catalog = await startHarness(
    createRolePolicy(
      { roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
      RESOURCE_KINDS,
    ),
  )
  token = await makeWarehouse(catalog)
  expect((await send('POST', '/namespaces', { namespace: ['ns'] })).status).toBe(200)
})
afterAll(() => catalog?.close())

/** A UUID of version 7. */
const newKey = () => {
  const hex = randomBytes(16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
const send = (method: string, path: string, body?: unknown, key?: string, as = token) =>
  catalog.call(method, PREFIX + path, { token: as, body, ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }) })
const table = async (name: string) => (await send('GET', `/namespaces/ns/tables/${name}`)).body
const create = (name: string, key?: string) => send('POST', '/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA }, key)
const records = async () => Number((await catalog.deps.pool.query('select count(*) from akko_catalog.repeats')).rows[0].count)

it('are told of, with how long a client may repeat', async () => {
  const { body } = await catalog.call('GET', '/api/catalog/v1/config', { token })
  expect(body['idempotency-key-lifetime']).toBe('PT60M')
})

describe('a request that comes twice', () => {
  it('makes a table once, and is answered with it', async () => {
    const key = newKey()
    const first = await create('made', key)
    const again = await create('made', key)
    expect([first.status, again.status]).toEqual([200, 200])
    expect(again.body['metadata-location']).toBe(first.body['metadata-location'])
    expect((await create('made', newKey())).status).toBe(409)
  })

  it('commits once; the answer is of the state of now', async () => {
    const { metadata } = (await create('rows')).body
    const key = newKey()
    const body = {
      requirements: [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }],
      updates: appendOf(metadata.location, 1, undefined, 1),
    }
    const first = await send('POST', '/namespaces/ns/tables/rows', body, key)
    expect(first.status).toBe(200)
    expect((await send('POST', '/namespaces/ns/tables/rows', body, key)).body).toEqual(first.body)
    await send('POST', '/namespaces/ns/tables/rows', { requirements: [], updates: appendOf(metadata.location, 2, 1, 2) })
    const later = await send('POST', '/namespaces/ns/tables/rows', body, key)
    expect([later.status, later.body.metadata.snapshots.length, later.headers.get('etag')]).toEqual([
      200,
      2,
      (await send('GET', '/namespaces/ns/tables/rows')).headers.get('etag'),
    ])
    expect((await send('POST', '/namespaces/ns/tables/rows', body, newKey())).status).toBe(409)
  })

  it('in a transaction, in names and properties of namespaces, in drops', async () => {
    const { metadata } = (await create('both')).body
    const changes = {
      'table-changes': [
        { identifier: { namespace: ['ns'], name: 'both' }, requirements: [], updates: appendOf(metadata.location, 7, undefined, 1) },
      ],
    }
    const asked: readonly (readonly [string, string, unknown])[] = [
      ['POST', '/transactions/commit', changes],
      ['POST', '/tables/rename', { source: { namespace: ['ns'], name: 'both' }, destination: { namespace: ['ns'], name: 'renamed' } }],
      ['DELETE', '/namespaces/ns/tables/renamed', undefined],
      ['POST', '/namespaces', { namespace: ['once'], properties: { a: 'b' } }],
      ['POST', '/namespaces/once/properties', { removals: ['a'], updates: { c: 'd' } }],
      ['DELETE', '/namespaces/once', undefined],
    ]
    const answers = []
    for (const [method, path, body] of asked) {
      const key = newKey()
      const first = await send(method, path, body, key)
      answers.push(first.status)
      // Made again, each of them would be refused, or change another answer.
      const second = await send(method, path, body, key)
      expect([path, second.status, second.body]).toEqual([path, first.status, first.body])
    }
    expect(answers).toEqual([204, 204, 204, 200, 200, 204])
  })

  it('makes, changes and renames a view once', async () => {
    const view = {
      name: 'v',
      schema: SIMPLE_SCHEMA,
      'view-version': {
        'version-id': 1,
        'timestamp-ms': Date.now(),
        'schema-id': 0,
        summary: {},
        representations: [{ type: 'sql', sql: 'select 1 as id', dialect: 'trino' }],
        'default-namespace': ['ns'],
      },
      properties: {},
    }
    const made = newKey()
    const first = await send('POST', '/namespaces/ns/views', view, made)
    expect(first.status).toBe(200)
    expect((await send('POST', '/namespaces/ns/views', view, made)).body).toEqual(first.body)
    const moved = newKey()
    const rename = { source: { namespace: ['ns'], name: 'v' }, destination: { namespace: ['ns'], name: 'w' } }
    expect((await send('POST', '/views/rename', rename, moved)).status).toBe(204)
    expect((await send('POST', '/views/rename', rename, moved)).status).toBe(204)
    const gone = newKey()
    for (let i = 0; i < 2; i++) expect((await send('DELETE', '/namespaces/ns/views/w', undefined, gone)).status).toBe(204)
  })

  it('at once with others is done once, and all are answered', async () => {
    const key = newKey()
    const all = await Promise.all(Array.from({ length: 12 }, () => create('crowd', key)))
    expect(all.map((a) => a.status)).toEqual(Array.from({ length: 12 }, () => 200))
    expect(new Set(all.map((a) => a.body['metadata-location'])).size).toBe(1)
    const { location } = (await table('crowd')).metadata
    const append = newKey()
    const body = { requirements: [], updates: appendOf(location, 5, undefined, 1) }
    const commits = await Promise.all(Array.from({ length: 12 }, () => send('POST', '/namespaces/ns/tables/crowd', body, append)))
    expect(commits.map((a) => a.status)).toEqual(Array.from({ length: 12 }, () => 200))
    expect((await table('crowd')).metadata['snapshot-log']).toHaveLength(1)
    expect((await table('crowd')).metadata['metadata-log']).toHaveLength(1)
  })

  it('is known after a restart', async () => {
    const key = newKey()
    const first = await create('lasting', key)
    const second = createCatalog(catalog.deps)
    await second.part.start()
    try {
      const answer = await fetch(`http://127.0.0.1:${second.port()}${PREFIX}/namespaces/ns/tables`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ name: 'lasting', schema: SIMPLE_SCHEMA }),
      })
      const body = (await answer.json()) as Record<string, unknown>
      expect([answer.status, body['metadata-location']]).toEqual([200, first.body['metadata-location']])
    } finally {
      await second.part.stop()
    }
  })
})

describe('a refusal', () => {
  it('stands, whatever has changed since', async () => {
    const key = newKey()
    const first = await send('DELETE', '/namespaces/ns/tables/late', undefined, key)
    expect(first.status).toBe(404)
    await create('late')
    const again = await send('DELETE', '/namespaces/ns/tables/late', undefined, key)
    expect([again.status, again.body]).toEqual([404, first.body])
    expect((await table('late')).metadata).toBeDefined()
  })

  it('of who may not is asked anew, and nothing is on record', async () => {
    const before = await records()
    const key = newKey()
    const rename = { source: { namespace: ['ns'], name: 'late' }, destination: { namespace: ['ns'], name: 'later' } }
    expect((await send('POST', '/tables/rename', rename, key, 'realm:eve:nobody')).status).toBe(403)
    expect(await records()).toBe(before)
  })
})

describe('a key', () => {
  it('is for one request of one person', async () => {
    const key = newKey()
    expect((await create('mine', key)).status).toBe(200)
    const other = { status: 422, body: { error: { type: 'UnprocessableEntityException', code: 422 } } }
    expect(await create('others', key)).toMatchObject(other)
    expect(await send('DELETE', '/namespaces/ns/tables/mine', undefined, key)).toMatchObject(other)
    const told = await send('POST', '/namespaces/ns/tables', { name: 'mine', schema: SIMPLE_SCHEMA }, key, 'realm:bob:engineer')
    expect(told).toMatchObject(other)
    expect(JSON.stringify(told.body)).not.toContain('metadata')
  })

  it('is a UUID of version 7', async () => {
    for (const key of ['x', '4f9d3c4e-0f1b-4a5c-9d3e-111111111111', `${newKey()}0`])
      expect((await create('odd', key)).body.error).toMatchObject({ type: 'BadRequestException', code: 400 })
  })

  it('is forgotten in time, and good for another request then', async () => {
    const key = newKey()
    expect((await create('old', key)).status).toBe(200)
    await catalog.deps.pool.query("update akko_catalog.repeats set at = now() - interval '91 minutes' where key = $1", [key])
    expect((await create('young', key)).status).toBe(200)
    await catalog.deps.pool.query("update akko_catalog.repeats set at = now() - interval '91 minutes'")
    const later = createCatalog(catalog.deps)
    await later.part.start()
    try {
      await fetch(`http://127.0.0.1:${later.port()}${PREFIX}/namespaces/ns/tables/young`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': newKey() },
      })
      await expect.poll(records).toBe(1)
    } finally {
      await later.part.stop()
    }
  })
})
