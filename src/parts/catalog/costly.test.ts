// Requests that cost much more than their length: one thread answers all of SQL and the catalogue. Each is answered, or refused by what is too much.
// The ceiling only catches what multiplies again: before, the first of them held everybody up for a minute.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, makeWarehouse, PREFIX, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { MANY, MOST_PROPERTIES } from '#wire/iceberg/budget'

const CEILING_MS = 60_000

let catalog: Harness
let token: string

beforeAll(async () => {
  catalog = await startHarness(
    createRolePolicy({ roleGrants: { admin: { all: true } }, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS),
  )
  token = await makeWarehouse(catalog)
  expect((await post('/namespaces', { namespace: ['ns'] })).status).toBe(200)
  for (const name of ['schemas', 'orders', 'specs', 'snapshots', 'mixed', 'wide']) await create(name)
})
afterAll(() => catalog?.close())

const post = (path: string, body: unknown) => catalog.call('POST', PREFIX + path, { token, body })
const fields = (count: number, name = 'c') =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, name: `${name}${i}`, required: false, type: 'string' }))
const schema = (count: number, name?: string) => ({ type: 'struct', 'schema-id': -1, fields: fields(count, name) })
const many = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i))
const texts = (count: number) => Object.fromEntries(many(count, (i) => [`k${i}`, 'v']))
const create = async (name: string) => {
  const made = await post('/namespaces/ns/tables', { name, schema: schema(3) })
  expect(made.status).toBe(200)
  return made.body.metadata
}
const commit = (name: string, updates: readonly unknown[]) => post(`/namespaces/ns/tables/${name}`, { requirements: [], updates })
const transform = (i: number) => ({ 'source-id': 1 + (i % 3), transform: `bucket[${i + 1}]` })

async function soon<T>(asked: Promise<T>): Promise<T> {
  const began = performance.now()
  const answer = await asked
  expect(performance.now() - began).toBeLessThan(CEILING_MS)
  return answer
}

describe('a commit costs what its length says', () => {
  it('of schemas, which are compared with all that there are', async () => {
    const add = (name: string) => many(80, (i) => ({ action: 'add-schema', schema: schema(300, `${name}${i}_`) }))
    const first = await soon(commit('schemas', add('a')))
    expect(first.status).toBe(200)
    expect(first.body.metadata.schemas).toHaveLength(81)
    // Those that are there already are found, not added.
    const again = await soon(commit('schemas', [...add('a').slice(10), ...add('b').slice(0, 10)]))
    expect(again.body.metadata.schemas).toHaveLength(91)
    expect(again.body.metadata['last-column-id']).toBe(300)
  })

  it('of specs and sort orders', async () => {
    const specs = many(3000, (i) => ({ action: 'add-spec', spec: { 'spec-id': i + 1, fields: [{ ...transform(i), name: `b${i}` }] } }))
    const specced = await soon(commit('specs', [...specs, ...specs]))
    expect(specced.status).toBe(200)
    expect(specced.body.metadata['partition-specs']).toHaveLength(3001)
    const orders = many(3000, (i) => ({
      action: 'add-sort-order',
      'sort-order': { 'order-id': i + 1, fields: [{ ...transform(i), direction: 'asc', 'null-order': 'nulls-first' }] },
    }))
    const ordered = await soon(commit('orders', [...orders, ...orders]))
    expect(ordered.body.metadata['sort-orders']).toHaveLength(3001)
    const ids = (list: readonly Record<string, number>[], name: string) => new Set(list.map((item) => item[name])).size
    expect(ids(specced.body.metadata['partition-specs'], 'spec-id')).toBe(3001)
    expect(ids(ordered.body.metadata['sort-orders'], 'order-id')).toBe(3001)
  })

  it('of snapshots and references, added, and removed one by one', async () => {
    const { location } = (await catalog.call('GET', `${PREFIX}/namespaces/ns/tables/snapshots`, { token })).body.metadata
    const added = many(3000, (i) => ({
      action: 'add-snapshot',
      snapshot: {
        'snapshot-id': i + 1,
        'sequence-number': i + 1,
        'timestamp-ms': Date.now(),
        'manifest-list': `${location}/metadata/snap-${i}.avro`,
        summary: { operation: 'append' },
      },
    }))
    const tags = many(3000, (i) => ({ action: 'set-snapshot-ref', 'ref-name': `t${i}`, type: 'tag', 'snapshot-id': i + 1 }))
    const made = await soon(commit('snapshots', [...added, ...tags]))
    expect(made.status).toBe(200)
    expect([made.body.metadata.snapshots.length, Object.keys(made.body.metadata.refs).length]).toEqual([3000, 3000])
    const twice = await soon(commit('snapshots', added.slice(0, 1)))
    expect(twice.body.error.message).toContain('snapshot 1 exists already')
    const one = (i: number) => ({ action: 'remove-snapshots', 'snapshot-ids': [i + 1] })
    const gone = await soon(commit('snapshots', many(2999, one)))
    expect(gone.body.metadata.snapshots.map((s: Record<string, number>) => s['snapshot-id'])).toEqual([3000])
    expect(Object.keys(gone.body.metadata.refs)).toEqual(['t2999'])
  })

  it('of properties, set and removed in turn', async () => {
    const turns = many(2000, (i) => [
      { action: 'set-properties', updates: { [`k${i}`]: 'a', [`gone${i}`]: 'b' } },
      { action: 'remove-properties', removals: [`gone${i}`] },
    ]).flat()
    const { status, body } = await soon(commit('mixed', turns))
    expect(status).toBe(200)
    expect(Object.keys(body.metadata.properties)).toHaveLength(2000)
  })
})

describe('references and statistics', () => {
  it('are removed one by one, also in turn, for what their number says, or refused', async () => {
    const { location } = await create('refs')
    const first = {
      'snapshot-id': 1,
      'sequence-number': 1,
      'timestamp-ms': Date.now(),
      'manifest-list': `${location}/metadata/snap.avro`,
      summary: { operation: 'append' },
    }
    const tag = (i: number) => ({ action: 'set-snapshot-ref', 'ref-name': `t${i}`, type: 'tag', 'snapshot-id': 1 })
    const tags = await soon(commit('refs', [{ action: 'add-snapshot', snapshot: first }, ...many(MANY - 1, tag)]))
    expect(tags.status).toBe(200)
    const removed = await soon(
      commit(
        'refs',
        many(5000, (i) => ({ action: 'remove-snapshot-ref', 'ref-name': `t${i}` })),
      ),
    )
    expect(Object.keys(removed.body.metadata.refs)).toHaveLength(MANY - 1 - 5000)
    const turns = many(500, (i) => [
      { action: 'remove-snapshots', 'snapshot-ids': [i + 5] },
      { action: 'remove-statistics', 'snapshot-id': i + 5 },
    ]).flat()
    const tired = await soon(commit('refs', turns))
    expect([tired.status, tired.body.error.message]).toEqual([400, expect.stringContaining('over the lists of the table too often')])
    expect((await soon(commit('refs', turns.slice(0, 20)))).status).toBe(200)
    const more = await soon(
      commit(
        'refs',
        many(6000, (i) => tag(i + 20_000)),
      ),
    )
    expect(more.body.error.message).toContain('references, and 10000 is the most')
  })

  it('partition fields find the ids that they have had in all specs before', async () => {
    const fieldsOf = (from: number) => many(500, (i) => ({ 'source-id': 1, transform: `bucket[${from + i}]`, name: `b${from}_${i}` }))
    const add = (from: number) => ({ action: 'add-spec', spec: { 'spec-id': 1, fields: fieldsOf(from) } })
    const made = await soon(
      commit(
        'specs',
        many(20, (i) => add(100_000 + 500 * i)),
      ),
    )
    expect(made.status).toBe(200)
    const again = await soon(commit('specs', [{ action: 'add-spec', spec: { 'spec-id': 1, fields: [...fieldsOf(100_000)].reverse() } }]))
    expect(again.body.metadata['last-partition-id']).toBe(made.body.metadata['last-partition-id'])
  })
})

describe('what is too much is refused, and says what', () => {
  const refused = async (asked: Promise<{ readonly status: number; readonly body: { error?: { message: string } } }>, message: RegExp) => {
    const { status, body } = await soon(asked)
    expect([status, body.error?.message]).toEqual([400, expect.stringMatching(message)])
  }

  it('properties of a table, a namespace and a view', async () => {
    const properties = texts(MOST_PROPERTIES + 1)
    const most = new RegExp(`would have ${MOST_PROPERTIES + 1} properties, and ${MOST_PROPERTIES} is the most`)
    await refused(post('/namespaces/ns/tables', { name: 'many', schema: schema(1), properties }), most)
    await refused(post('/namespaces', { namespace: ['ns', 'many'], properties }), most)
    await refused(post('/namespaces/ns/properties', { updates: properties }), most)
    await refused(commit('wide', [{ action: 'set-properties', updates: properties }]), most)
    const view = {
      name: 'v',
      schema: { ...schema(1), 'schema-id': 0 },
      'view-version': {
        'version-id': 1,
        'timestamp-ms': Date.now(),
        'schema-id': 0,
        summary: {},
        representations: [{ type: 'sql', sql: 'SELECT 1 c0', dialect: 'trino' }],
        'default-namespace': ['ns'],
      },
    }
    await refused(post('/namespaces/ns/views', { ...view, properties }), most)
    expect((await post('/namespaces/ns/tables', { name: 'enough', schema: schema(1), properties: texts(MOST_PROPERTIES) })).status).toBe(
      200,
    )
    expect((await post('/namespaces/ns/properties', { updates: texts(MOST_PROPERTIES) })).status).toBe(200)
    await refused(post('/namespaces/ns/properties', { updates: { more: '1' } }), most)
    expect((await post('/namespaces/ns/properties', { removals: ['k0'], updates: { more: '1' } })).status).toBe(200)
  })

  it('fields of all schemas together, schemas, updates, tables of a transaction, members of a body', async () => {
    const wide = many(6, (i) => ({ action: 'add-schema', schema: schema(18_000, `w${i}_`) }))
    await refused(commit('wide', wide.slice(0, 1).concat(wide.slice(1))), /more than 150000 members; send it in parts/)
    for (const update of wide.slice(0, 5)) expect((await soon(commit('wide', [update]))).status).toBe(200)
    await refused(commit('wide', wide.slice(5)), /its schemas would have 108003 fields together, and 100000 is the most/)
    const less = await soon(commit('wide', [{ action: 'remove-schemas', 'schema-ids': [1, 2] }]))
    expect(less.body.metadata.schemas).toHaveLength(4)
    expect((await soon(commit('wide', wide.slice(5)))).status).toBe(200)
    await refused(
      commit(
        'wide',
        many(MANY + 1, () => ({ action: 'set-properties', updates: {} })),
      ),
      /updates: Too big/,
    )
    const change = { identifier: { namespace: ['ns'], name: 'wide' }, requirements: [], updates: [] }
    await refused(post('/transactions/commit', { 'table-changes': many(1001, () => change) }), /table-changes: Too big/)
    await refused(post('/namespaces/ns/tables', { name: 'x', schema: schema(1), properties: texts(400_000) }), /more than 150000 members/)
    const text = (name: string) => post('/namespaces/ns/tables', `{"name":${name}}`)
    await refused(text('9'.repeat(7_000_000)), /the body is not JSON/)
    await refused(text('['.repeat(3_900_000) + ']'.repeat(3_900_000)), /nested deeper than 400 levels/)
    await refused(post('/namespaces/ns/tables', { name: 'x'.repeat(9 * 1024 * 1024), schema: schema(1) }), /larger than 8388608 bytes/)
  })
})
