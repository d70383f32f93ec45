// Tables that were dropped: had back as they were, or gone with their files when their time is over.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createCatalog } from '#parts/catalog/index'
import { appendOf, type Harness, makeWarehouse, PREFIX, SIMPLE_SCHEMA, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

let catalog: Harness
let token: string
const ADDED = `/api/catalog/akko/v1/${WAREHOUSE}`
const ada: Caller = { sub: 'ada', roles: ['engineer'], via: 'bearer', requestId: 'r' }

beforeAll(async () => {
  catalog = await startHarness(
    createRolePolicy(
      {
        roleGrants: {
          engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
          reader: { read: ['iceberg.*'], clear: true },
        },
        masks: {},
        classified: [],
        rowFilters: [],
      },
      RESOURCE_KINDS,
    ),
    { droppedDays: 7 },
  )
  token = await makeWarehouse(catalog)
  expect((await send('POST', '/namespaces', { namespace: ['ns'] })).status).toBe(200)
})
afterAll(() => catalog?.close())

const send = (method: string, path: string, body?: unknown) => catalog.call(method, PREFIX + path, { token, body })
/** A table with a file of rows. */
const create = async (name: string, more = {}) => {
  const made = await send('POST', '/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA, ...more })
  expect(made.status).toBe(200)
  const folder = fileURLToPath(made.body.metadata.location)
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, 'data', 'rows.parquet'), 'rows')
  return { ...made.body, folder, file: join(folder, 'data', 'rows.parquet') }
}
const drop = (name: string) => catalog.lake.dropTable(ada, { namespace: ['ns'], name }, { purge: 'later' })
const dropped = async (as = token) => (await catalog.call('GET', `${ADDED}/dropped`, { token: as })).body.tables
const undrop = (name: string, as = token) => catalog.call('POST', `${ADDED}/namespaces/ns/tables/${name}/undrop`, { token: as })
const age = (days: number) =>
  catalog.deps.pool.query(`update akko_catalog.dropped_tables set until = until - make_interval(days => $1)`, [days])
const restart = async () => {
  const second = createCatalog(catalog.deps)
  await second.part.start()
  return second.part.stop()
}

describe('a dropped table', () => {
  it('is told of, by whom and until when, and had back with its rows, properties and history', async () => {
    const { metadata, file } = await create('back', { properties: { a: 'b' } })
    await send('POST', '/namespaces/ns/tables/back', { requirements: [], updates: appendOf(metadata.location, 1, undefined, 1) })
    const before = (await send('GET', '/namespaces/ns/tables/back')).body
    await drop('back')
    expect((await send('GET', '/namespaces/ns/tables/back')).status).toBe(404)
    const [told] = await dropped()
    expect(told).toMatchObject({ identifier: { namespace: ['ns'], name: 'back' }, 'dropped-by': 'ada' })
    expect(Math.round((told['until-ms'] - told['dropped-at-ms']) / 86_400_000)).toBe(7)
    expect((await undrop('back')).status).toBe(204)
    expect((await send('GET', '/namespaces/ns/tables/back')).body).toEqual(before)
    expect(existsSync(file)).toBe(true)
    expect(await dropped()).toEqual([])
    expect((await undrop('back')).body.error.type).toBe('AlreadyExistsException')
  })

  it('is had back by whoever may drop it, and told to no other', async () => {
    await create('kept')
    await drop('kept')
    expect(await dropped('realm:rita:reader')).toEqual([])
    expect((await undrop('kept', 'realm:rita:reader')).status).toBe(403)
    expect((await dropped('realm:eve:engineer')).map((t: { identifier: { name: string } }) => t.identifier.name)).toEqual(['kept'])
    expect((await undrop('kept', 'realm:eve:engineer')).status).toBe(204)
  })

  it('leaves its name to another, and is had back once that is free', async () => {
    const first = await create('twice')
    await drop('twice')
    const second = await create('twice')
    expect((await undrop('twice')).body.error.type).toBe('AlreadyExistsException')
    await drop('twice')
    expect((await undrop('twice')).status).toBe(204)
    expect((await send('GET', '/namespaces/ns/tables/twice')).body.metadata['table-uuid']).toBe(second.metadata['table-uuid'])
    await send('POST', '/tables/rename', {
      source: { namespace: ['ns'], name: 'twice' },
      destination: { namespace: ['ns'], name: 'second' },
    })
    expect((await undrop('twice')).status).toBe(204)
    expect((await send('GET', '/namespaces/ns/tables/twice')).body.metadata['table-uuid']).toBe(first.metadata['table-uuid'])
    expect((await undrop('never')).body.error).toMatchObject({ type: 'NoSuchTableException', code: 404 })
  })

  it('keeps its folder for itself', async () => {
    const { metadata, 'metadata-location': file } = await create('own')
    await drop('own')
    const taken = await send('POST', '/namespaces/ns/tables', { name: 'thief', schema: SIMPLE_SCHEMA, location: metadata.location })
    expect(taken.body.error.message).toContain('belongs to another table')
    const register = await send('POST', '/namespaces/ns/register', { name: 'thief', 'metadata-location': file })
    expect(register.body.error.message).toContain('belongs to another table')
    expect((await undrop('own')).status).toBe(204)
  })

  it('keeps its folder also where its files are to stay, until somebody makes a table of its last state', async () => {
    const { metadata, 'metadata-location': older } = await create('loose')
    const table = '/namespaces/ns/tables/loose'
    const updates = appendOf(metadata.location, 1, undefined, 1)
    const { 'metadata-location': last } = (await send('POST', table, { requirements: [], updates })).body
    expect((await send('DELETE', table)).status).toBe(204)
    const takes = (location: string) => send('POST', '/namespaces/ns/tables', { name: 'thief', schema: SIMPLE_SCHEMA, location })
    const register = (file: string) => send('POST', '/namespaces/ns/register', { name: 'found', 'metadata-location': file })
    for (const taken of [await takes(metadata.location), await takes(`${metadata.location}/data`), await register(older)])
      expect([taken.status, taken.body.error?.message]).toEqual([400, expect.stringContaining('belongs to another table')])
    expect((await register(last)).status).toBe(200)
    expect((await undrop('loose')).status).toBe(404)
    await drop('found')
    expect((await undrop('found')).status).toBe(204)
    expect((await send('GET', '/namespaces/ns/tables/found')).body.metadata.snapshots).toHaveLength(1)
  })

  it('goes with its files when its time is over, not before, and only with them where that was asked', async () => {
    const [lasting, passing, left] = [await create('lasting'), await create('passing'), await create('left')]
    await drop('passing')
    expect((await send('DELETE', '/namespaces/ns/tables/left')).status).toBe(204)
    await age(6)
    await drop('lasting')
    await restart()
    expect([lasting, passing, left].map(({ file }) => existsSync(file))).toEqual([true, true, true])
    await age(2)
    expect((await undrop('passing')).body.error.type).toBe('NoSuchTableException')
    await restart()
    await expect.poll(() => existsSync(passing.folder), { timeout: 20_000 }).toBe(false)
    expect([lasting, left].map(({ file }) => existsSync(file))).toEqual([true, true])
    expect((await undrop('lasting')).status).toBe(204)
  })

  it('that is purged is gone at once', async () => {
    const { folder } = await create('purged')
    expect((await send('DELETE', '/namespaces/ns/tables/purged?purgeRequested=true')).status).toBe(204)
    expect(existsSync(folder)).toBe(false)
    expect((await undrop('purged')).status).toBe(404)
  })

  it('is not kept where no days are declared', async () => {
    const none = createCatalog({ ...catalog.deps, droppedDays: 0 })
    const { folder } = await create('none')
    await none.lake.dropTable(ada, { namespace: ['ns'], name: 'none' }, { purge: 'later' })
    expect(existsSync(folder)).toBe(false)
    expect((await undrop('none')).status).toBe(404)
  })
})

describe('a commit that holds on one state alone', () => {
  it('is a conflict on any other', async () => {
    const made = await create('planned')
    const ident = { namespace: ['ns'], name: 'planned' }
    const change = { requirements: [], updates: [{ action: 'set-properties', updates: { a: 'b' } }] } as const
    const done = await catalog.lake.commitTable(ada, ident, { ...change, plannedOn: made['metadata-location'] })
    await expect(catalog.lake.commitTable(ada, ident, { ...change, plannedOn: made['metadata-location'] })).rejects.toMatchObject({
      code: 'catalog.commit_conflict',
    })
    await catalog.lake.commitTable(ada, ident, { ...change, plannedOn: done['metadata-location'] })
  })
})
