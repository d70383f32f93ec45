// The REST protocol over the whole part: what clients see, and what races do.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createCatalog } from '#parts/catalog/index'
import {
  appendOf,
  type Harness,
  MANAGEMENT,
  makeWarehouse,
  PREFIX,
  SIMPLE_SCHEMA,
  startHarness,
  WAREHOUSE,
} from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { stagedUpdates } from '#wire/iceberg/metadata'

let catalog: Harness
let token: string

beforeAll(async () => {
  catalog = await startHarness(
    createRolePolicy({ roleGrants: { admin: { all: true } }, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS),
  )
  token = await makeWarehouse(catalog)
  expect((await post('/namespaces', { namespace: ['ns'], properties: { owner: 'me' } })).status).toBe(200)
})
afterAll(() => catalog?.close())

const get = (path: string, headers = {}) => catalog.call('GET', PREFIX + path, { token, headers })
const post = (path: string, body: unknown) => catalog.call('POST', PREFIX + path, { token, body })
const create = async (name: string, more = {}) => {
  const made = await post('/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA, ...more })
  expect(made.status).toBe(200)
  return made.body
}
const admin: Caller = { sub: 'ada', roles: ['admin'], via: 'bearer', requestId: 'r' }

describe('config and health', () => {
  it('name the prefix of the warehouse and what is served', async () => {
    const config = await catalog.call('GET', `/api/catalog/v1/config?warehouse=${WAREHOUSE}`, { token })
    expect(config.body.overrides).toEqual({ prefix: WAREHOUSE })
    expect(config.body.endpoints).toContain('POST /v1/{prefix}/transactions/commit')
    expect((await catalog.call('GET', '/api/catalog/v1/config?warehouse=none', { token })).body.error).toMatchObject({
      type: 'NotFoundException',
      code: 404,
    })
    expect((await catalog.call('GET', '/-/health')).body).toEqual({ healthy: true, version: 'test' })
    expect(await catalog.part.health()).toEqual({ healthy: true, version: 'test' })
  })
})

describe('namespaces', () => {
  it('nest, list by page, and change their properties', async () => {
    for (const namespace of [
      ['ns', 'a'],
      ['ns', 'b'],
      ['ns', 'c'],
    ])
      expect((await post('/namespaces', { namespace })).status).toBe(200)
    const first = await get('/namespaces?parent=ns&pageSize=2')
    expect(first.body.namespaces).toEqual([
      ['ns', 'a'],
      ['ns', 'b'],
    ])
    const rest = await get(`/namespaces?parent=ns&pageSize=2&pageToken=${first.body['next-page-token']}`)
    expect(rest.body).toEqual({ namespaces: [['ns', 'c']] })
    const changed = await post('/namespaces/ns%1Fa/properties', { removals: ['x'], updates: { k: 'v' } })
    expect(changed.body).toEqual({ removed: [], updated: ['k'], missing: ['x'] })
    expect((await get('/namespaces/ns%1Fa')).body).toEqual({
      namespace: ['ns', 'a'],
      properties: { k: 'v', location: `${catalog.baseLocation}/ns/a` },
    })
    expect((await catalog.call('DELETE', `${PREFIX}/namespaces/ns`, { token })).body.error.type).toBe('NamespaceNotEmptyException')
  })
  it('lie in their own folder and no other', async () => {
    const place = (location: string) => post('/namespaces', { namespace: ['placed'], properties: { location } })
    expect((await place(`${catalog.baseLocation}/ns`)).body.error.message).toContain(`is ${catalog.baseLocation}/placed`)
    expect((await place(`${catalog.baseLocation}/placed/`)).status).toBe(200)
  })
  it('refuse names that could be mistaken, and twins', async () => {
    for (const name of ['a.b', 'a/b', '..', '', 'a\u0000b']) {
      const answer = await post('/namespaces', { namespace: [name] })
      expect([name, answer.status, answer.body.error.type]).toEqual([name, 400, 'BadRequestException'])
    }
    expect((await post('/namespaces', { namespace: ['ns'] })).body.error).toMatchObject({ type: 'AlreadyExistsException', code: 409 })
    expect((await post('/namespaces', { namespace: ['none', 'x'] })).body.error.type).toBe('NoSuchNamespaceException')
    expect((await catalog.call('HEAD', `${PREFIX}/namespaces/none`, { token })).status).toBe(404)
    expect((await catalog.call('HEAD', `${PREFIX}/namespaces/ns`, { token })).status).toBe(204)
  })
})

describe('tables', () => {
  it('keep 64-bit snapshot ids through commit, file and load', async () => {
    const made = await create('big')
    const id = '7461623487612348761'
    const body = JSON.stringify({ requirements: [], updates: appendOf(made.metadata.location, 1, undefined, 1) }).replaceAll(
      '"snapshot-id":1',
      `"snapshot-id":${id}`,
    )
    expect((await post('/namespaces/ns/tables/big', body)).status).toBe(200)
    const raw = await fetch(`${catalog.url}${PREFIX}/namespaces/ns/tables/big`, { headers: { authorization: `Bearer ${token}` } })
    expect(await raw.text()).toContain(`"current-snapshot-id":${id}`)
  })

  it('answer with an ETag, and 304 to who has it', async () => {
    await create('tagged')
    const { headers } = await get('/namespaces/ns/tables/tagged')
    const etag = headers.get('etag') ?? ''
    expect((await get('/namespaces/ns/tables/tagged', { 'if-none-match': etag })).status).toBe(304)
    for (const held of [`"other", ${etag}`, etag.replace('W/', ''), '*'])
      expect((await get('/namespaces/ns/tables/tagged', { 'if-none-match': held })).status, held).toBe(304)
    expect((await get('/namespaces/ns/tables/tagged?snapshots=refs', { 'if-none-match': etag })).status).toBe(200)
    expect((await get('/namespaces/ns/tables/tagged?snapshots=some')).body.error.message).toContain('snapshots some is neither')
    const updates = [{ action: 'set-properties', updates: { a: 'b' } }]
    const committed = await post('/namespaces/ns/tables/tagged', { requirements: [], updates })
    expect((await get('/namespaces/ns/tables/tagged', { 'if-none-match': etag })).status).toBe(200)
    const next = committed.headers.get('etag') ?? ''
    expect((await get('/namespaces/ns/tables/tagged', { 'if-none-match': next })).status).toBe(304)
  })

  it('show only referenced snapshots on demand', async () => {
    const { metadata } = await create('many')
    for (const n of [1, 2])
      await post('/namespaces/ns/tables/many', { requirements: [], updates: appendOf(metadata.location, n, n === 1 ? undefined : 1, n) })
    expect((await get('/namespaces/ns/tables/many')).body.metadata.snapshots).toHaveLength(2)
    expect((await get('/namespaces/ns/tables/many?snapshots=refs')).body.metadata.snapshots).toHaveLength(1)
  })

  it('stage, and come into being with their first rows in one commit', async () => {
    const { body } = await post('/namespaces/ns/tables', { name: 'staged', schema: SIMPLE_SCHEMA, 'stage-create': true })
    expect(body['metadata-location']).toBeUndefined()
    expect((await get('/namespaces/ns/tables/staged')).status).toBe(404)
    const staged = await catalog.lake.createTable(admin, ['ns'], { name: 'lake', schema: SIMPLE_SCHEMA, 'stage-create': true })
    const done = await catalog.lake.commitTable(
      admin,
      { namespace: ['ns'], name: 'lake' },
      {
        requirements: [{ type: 'assert-create' }],
        updates: [...stagedUpdates(staged.metadata), ...(appendOf(staged.metadata.location, 5, undefined, 1) as never[])],
      },
    )
    expect(done.metadata).toMatchObject({
      'table-uuid': staged.metadata['table-uuid'],
      location: staged.metadata.location,
      'current-snapshot-id': 5,
    })
    const again = { requirements: [{ type: 'assert-create' as const }], updates: stagedUpdates(staged.metadata) }
    await expect(catalog.lake.commitTable(admin, { namespace: ['ns'], name: 'lake' }, again)).rejects.toThrow(
      'Requirement failed: table already exists',
    )
  })

  it('refuse malformed bodies with the place of the fault', async () => {
    await create('strict')
    const bad = async (updates: unknown) => (await post('/namespaces/ns/tables/strict', { requirements: [], updates })).body.error
    expect(await bad([{ action: 'add-snapshot' }])).toMatchObject({ code: 400, message: expect.stringContaining('updates.0.snapshot') })
    expect(await bad([{ action: 'fly' }])).toMatchObject({ code: 400 })
    expect(await bad('x')).toMatchObject({ code: 400 })
    expect((await post('/namespaces/ns/tables/strict', '{')).body.error.message).toBe('the body is not JSON')
    expect((await post('/namespaces/ns/tables', { name: 'x', schema: { type: 'struct', fields: [{}] } })).status).toBe(400)
    expect((await catalog.call('GET', '/api/catalog/v1/nope/namespaces', { token })).body.error.type).toBe('NotFoundException')
    expect((await catalog.call('GET', '/api/nothing', { token })).body.error.code).toBe(404)
  })

  it('keep their files in their own folder', async () => {
    const victim = await create('victim')
    const place = (location: string) => post('/namespaces/ns/tables', { name: 'thief', location, schema: SIMPLE_SCHEMA })
    expect((await place(victim.metadata.location)).body.error.message).toContain('belongs to another table')
    expect((await place(`${victim.metadata.location}/sub`)).body.error.message).toContain('belongs to another table')
    expect((await place(`${catalog.baseLocation}/ns`)).body.error.message).toContain('must lie below')
    expect((await place(`${catalog.baseLocation}/elsewhere/t`)).body.error.message).toContain('must lie below')
    expect((await place(`${catalog.baseLocation}/ns/../other/t`)).body.error.message).toContain('must lie below')
    // Names that somebody reads as another folder than they spell.
    for (const name of ['..?', '..#x', '#1', 'q?x', '?', 'a%2525', '%6bpi', '%', 'a b', 'a\\b', '..', '../ns', './x', 'x/..'])
      expect((await place(`${catalog.baseLocation}/ns/${name}`)).body.error, name).toMatchObject({
        code: 400,
        message: expect.stringContaining('must lie below'),
      })
    const thief = await create('thief')
    const change = async (...updates: unknown[]) =>
      (await post('/namespaces/ns/tables/thief', { requirements: [], updates })).body.error?.message
    expect(await change(...appendOf(victim.metadata.location, 1, undefined, 1))).toContain("does not lie below the table's location")
    expect(await change({ action: 'set-location', location: victim.metadata.location })).toContain('belongs to another table')
    expect(await change({ action: 'set-properties', updates: { 'write.data.path': victim.metadata.location } })).toContain(
      'write.data.path must lie below',
    )
    const register = await post('/namespaces/ns/register', { name: 'copy', 'metadata-location': victim['metadata-location'] })
    expect(register.body.error.message).toContain('belongs to another table')
    expect(await change({ action: 'set-properties', updates: { 'write.data.path': `${thief.metadata.location}/data` } })).toBeUndefined()
    expect(await change({ action: 'set-location', location: `${catalog.baseLocation}/elsewhere/thief` })).toContain('must lie below')
    const moved = `${catalog.baseLocation}/ns/moved`
    const paths = { action: 'remove-properties', removals: ['write.data.path'] }
    expect(await change({ action: 'set-location', location: moved }, paths, ...appendOf(moved, 1, undefined, 1))).toBeUndefined()
    expect(await change({ action: 'set-location', location: `${moved}-again` })).toContain('table with snapshots cannot be changed')
  })

  it('lie anywhere in the catalogue where its administrator allows that, and still not in the folder of another', async () => {
    const { body: before } = await catalog.call('GET', `${MANAGEMENT}/catalogs/${WAREHOUSE}`, { token })
    const allow = async (value: string) => {
      const { entityVersion, properties } = (await catalog.call('GET', `${MANAGEMENT}/catalogs/${WAREHOUSE}`, { token })).body
      const changed = { ...properties, 'polaris.config.allow.unstructured.table.location': value }
      const body = { currentEntityVersion: entityVersion, properties: changed }
      expect((await catalog.call('PUT', `${MANAGEMENT}/catalogs/${WAREHOUSE}`, { token, body })).status).toBe(200)
    }
    const place = (name: string, location: string) => post('/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA, location })
    const anywhere = `${before.properties['default-base-location']}/anywhere/t`
    expect((await place('anywhere', anywhere)).body.error.message).toContain('must lie below')
    await allow('true')
    expect((await place('anywhere', anywhere)).status).toBe(200)
    expect((await place('inside', `${anywhere}/data`)).body.error.message).toContain('belongs to another table')
    expect((await place('outside', 'file:///elsewhere/t')).body.error.message).toContain('must lie below')
    await allow('false')
    expect((await place('again', `${before.properties['default-base-location']}/anywhere/u`)).body.error.message).toContain(
      'must lie below',
    )
  })

  it('have their metadata where they want it, within their folder', async () => {
    const made = await create('kept_apart')
    const path = `${made.metadata.location}/states`
    const change = (value: string) =>
      post('/namespaces/ns/tables/kept_apart', {
        requirements: [],
        updates: [{ action: 'set-properties', updates: { 'write.metadata.path': value } }],
      })
    expect((await change(path)).body['metadata-location']).toMatch(new RegExp(`^${path}/00001-`))
    expect((await change(`${catalog.baseLocation}/ns`)).body.error.message).toContain('write.metadata.path must lie below')
  })

  it('are registered only from a file that is whole, in a folder of its own that holds all it names', async () => {
    const owner = await create('owner')
    const { metadata } = await create('source')
    const folder = metadata.location
    expect((await catalog.call('DELETE', `${PREFIX}/namespaces/ns/tables/source`, { token })).status).toBe(204)
    let n = 0
    const place = async (change: object, at = folder) => {
      const uri = `${at}/metadata/0000${++n}-x.metadata.json`
      await catalog.deps.files.write(uri, JSON.stringify({ ...metadata, ...change }))
      return uri
    }
    const register = async (uri: string, more = {}) =>
      (await post('/namespaces/ns/register', { name: 'registered', 'metadata-location': uri, ...more })).body
    const snapshot = (path: string) => ({
      ...{ 'current-snapshot-id': 1, 'last-sequence-number': 1, refs: { main: { 'snapshot-id': 1, type: 'branch' } } },
      snapshots: [{ 'snapshot-id': 1, 'sequence-number': 1, 'timestamp-ms': 1, 'manifest-list': path, summary: { operation: 'append' } }],
    })
    const invalid = { code: 422, type: 'UnprocessableEntityException' }
    const bad = { code: 400, type: 'BadRequestException' }
    expect(
      (
        await register(
          await place({ schemas: [{ type: 'struct', 'schema-id': 0, fields: [{ id: '1', name: 'id', type: 'long', required: false }] }] }),
        )
      ).error,
    ).toMatchObject({
      ...invalid,
      message: expect.stringContaining('schemas.0.fields.0.id'),
    })
    await catalog.deps.files.write(`${folder}/metadata/none.metadata.json`, '{')
    expect((await register(`${folder}/metadata/none.metadata.json`)).error).toMatchObject(invalid)
    expect((await register(`${folder}/metadata/there-is-none.metadata.json`)).error).toMatchObject(bad)
    const broken = new URL(`${folder}/metadata/broken.gz.metadata.json`)
    writeFileSync(broken, gzipSync(JSON.stringify(metadata)).subarray(0, -20))
    expect((await register(broken.href)).error).toMatchObject({ ...bad, message: expect.stringContaining('cannot be unpacked') })
    const elsewhere = [`${owner.metadata.location}/metadata/snap.avro`, `${folder}/../x.avro`, 's3://other/x.avro', `${folder}//x.avro`]
    for (const path of elsewhere) expect((await register(await place(snapshot(path)))).error).toMatchObject(bad)
    const statistics = [{ 'snapshot-id': 1, 'statistics-path': elsewhere[0], 'file-size-in-bytes': 1 }]
    expect((await register(await place({ 'partition-statistics': statistics }))).error).toMatchObject(bad)
    expect((await register(await place({ properties: { 'write.data.path': owner.metadata.location } }))).error).toMatchObject(bad)
    // A folder that holds those of other tables, also by an overwrite.
    const inside = await post('/namespaces/ns/tables', {
      name: 'inner',
      location: `${catalog.baseLocation}/ns/outer/inner`,
      schema: SIMPLE_SCHEMA,
    })
    expect(inside.status).toBe(200)
    const outer = await place({ location: `${catalog.baseLocation}/ns/outer` }, `${catalog.baseLocation}/ns/outer`)
    expect((await register(outer)).error).toMatchObject({ ...bad, message: expect.stringContaining('belongs to another table') })
    expect((await register(await place(snapshot(`${folder}/metadata/snap.avro`)))).error).toBeUndefined()
    expect((await register(outer, { overwrite: true })).error).toMatchObject({
      ...bad,
      message: expect.stringContaining('belongs to another table'),
    })
    expect((await get('/namespaces/ns/tables/registered')).body.metadata.location).toBe(folder)
  })

  it('are registered from metadata that is gzip, a legal form', async () => {
    const { metadata } = await create('zipped')
    expect((await catalog.call('DELETE', `${PREFIX}/namespaces/ns/tables/zipped`, { token })).status).toBe(204)
    const uri = new URL(`${metadata.location}/metadata/00007-x.gz.metadata.json`)
    writeFileSync(uri, gzipSync(JSON.stringify(metadata)))
    const registered = await post('/namespaces/ns/register', { name: 'unzipped', 'metadata-location': uri.href })
    expect(registered.body.metadata).toEqual(metadata)
    const change = { requirements: [], updates: [{ action: 'set-properties', updates: { a: 'b' } }] }
    expect((await post('/namespaces/ns/tables/unzipped', change)).body['metadata-location']).toMatch(/\/00008-[^/]+\.metadata\.json$/)
  })

  it('have names with spaces and signs, as Java and as others print them in paths', async () => {
    const name = 'a b+c%2Bd'
    expect((await post('/namespaces', { namespace: [name] })).status).toBe(200)
    const spellings = [encodeURIComponent(name), encodeURIComponent(name).replaceAll('%20', '+')]
    const create = await post(`/namespaces/${spellings[1]}/tables`, { name, schema: SIMPLE_SCHEMA })
    expect(create.status).toBe(200)
    for (const spelling of spellings) {
      expect((await get(`/namespaces/${spelling}`)).body.namespace).toEqual([name])
      expect((await get(`/namespaces/${spelling}/tables/${spelling}`)).body['metadata-location']).toBe(create.body['metadata-location'])
    }
  })

  it('that are not valid in the store are told so, and change nothing', async () => {
    const { metadata } = await create('rotten')
    await catalog.deps.pool.query('update akko_catalog.tables set metadata = $2 where location = $1', [
      metadata.location,
      JSON.stringify({ ...metadata, 'current-schema-id': 9 }),
    ])
    expect((await get('/namespaces/ns/tables/rotten')).body.error).toMatchObject({
      code: 422,
      message: expect.stringContaining('schema 9'),
    })
    const change = { requirements: [], updates: [{ action: 'set-properties', updates: { a: 'b' } }] }
    expect((await post('/namespaces/ns/tables/rotten', change)).body.error.code).toBe(422)
  })

  it('take names that every object has as names like others', async () => {
    const body = '{"name":"objects","schema":{"type":"struct","fields":[]},"properties":{"constructor":"a"}}'
    expect((await post('/namespaces/ns/tables', body)).body.metadata.properties).toEqual({ constructor: 'a' })
    expect((await post('/namespaces/ns/tables', body.replace('constructor', '__proto__'))).body.error).toMatchObject({ code: 400 })
    const removed = await post('/namespaces/ns/properties', { removals: ['constructor', 'toString'], updates: { a: 'b' } })
    expect(removed.body).toMatchObject({ removed: [], updated: ['a'], missing: ['constructor', 'toString'] })
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect((await get(`/namespaces/${name}`)).body.error.code).toBe(404)
      expect((await get(`/namespaces/ns/tables/${name}`)).body.error.code).toBe(404)
      const requirements = [{ type: 'assert-ref-snapshot-id', ref: name, 'snapshot-id': null }]
      expect((await post('/namespaces/ns/tables/objects', { requirements, updates: [] })).status).toBe(200)
    }
  })

  it('are not looked for by names that no row can hold', async () => {
    for (const path of ['/namespaces/%00', '/namespaces?parent=%00', '/namespaces/ns/tables/a%00', '/namespaces/%00/tables/a'])
      expect((await get(path)).body.error).toMatchObject({ type: 'BadRequestException', code: 400 })
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: '\0', client_secret: 'x', scope: 'PRINCIPAL_ROLE:ALL' })
    expect((await fetch(`${catalog.url}/api/catalog/v1/oauth/tokens`, { method: 'POST', body: form })).status).toBe(400)
  })

  it('move between namespaces with their files where they are', async () => {
    const { metadata } = await create('mover')
    await create('settled')
    expect((await post('/namespaces', { namespace: ['other place'] })).body.properties.location).toBe(
      `${catalog.baseLocation}/other~20~place`,
    )
    const rename = (namespace: string, name: string) =>
      post('/tables/rename', { source: { namespace: ['ns'], name: 'mover' }, destination: { namespace: [namespace], name } })
    expect((await rename('none', 'x')).body.error).toMatchObject({ code: 404, type: 'NoSuchNamespaceException' })
    expect((await rename('ns', 'settled')).body.error).toMatchObject({ code: 409, type: 'AlreadyExistsException' })
    expect((await rename('other place', 'moved')).status).toBe(204)
    expect((await get('/namespaces/other%20place/tables/moved')).body.metadata).toEqual(metadata)
    expect((await rename('other place', 'again')).body.error.type).toBe('NoSuchTableException')
  })

  it('change together or not at all', async () => {
    const [one, two] = [await create('one'), await create('two')]
    const change = (name: string, uuid: string) => ({
      identifier: { namespace: ['ns'], name },
      requirements: [{ type: 'assert-table-uuid', uuid }],
      updates: [{ action: 'set-properties', updates: { together: 'yes' } }],
    })
    const refused = await post('/transactions/commit', {
      'table-changes': [change('one', one.metadata['table-uuid']), change('two', one.metadata['table-uuid'])],
    })
    expect(refused.body.error).toMatchObject({
      code: 409,
      type: 'CommitFailedException',
      message: expect.stringMatching(/^Requirement failed: UUID does not match: .*another commit of ns\.two/),
    })
    expect((await get('/namespaces/ns/tables/one')).body.metadata.properties).toEqual({})
    const done = await post('/transactions/commit', {
      'table-changes': [change('one', one.metadata['table-uuid']), change('two', two.metadata['table-uuid'])],
    })
    expect(done.status).toBe(204)
    for (const name of ['one', 'two'])
      expect((await get(`/namespaces/ns/tables/${name}`)).body.metadata.properties).toEqual({ together: 'yes' })
  })

  it('stay as they were when the store takes no file, and the answer says so', async () => {
    const { metadata } = await create('unlucky')
    const folder = join(fileURLToPath(metadata.location), 'metadata')
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where a folder should be')
    const refused = await post('/namespaces/ns/tables/unlucky', {
      requirements: [],
      updates: [{ action: 'set-properties', updates: { a: 'b' } }],
    })
    expect(refused.body.error).toMatchObject({
      code: 503,
      type: 'ServiceUnavailableException',
      message: expect.stringContaining('nothing was changed'),
    })
    expect((await get('/namespaces/ns/tables/unlucky')).body.metadata.properties).toEqual({})
  })

  it('keep a bounded log of metadata files, and delete old ones where that is asked for', async () => {
    const { metadata } = await create('logged', {
      properties: { 'write.metadata.previous-versions-max': '2', 'write.metadata.delete-after-commit.enabled': 'true' },
    })
    for (let i = 0; i < 5; i++)
      await post('/namespaces/ns/tables/logged', { requirements: [], updates: [{ action: 'set-properties', updates: { i: String(i) } }] })
    expect((await get('/namespaces/ns/tables/logged')).body.metadata['metadata-log']).toHaveLength(2)
    expect(readdirSync(join(fileURLToPath(metadata.location), 'metadata'))).toHaveLength(3)
  })

  it('take their files with them when purged, also after a crash in between', async () => {
    const { metadata } = await create('doomed')
    await catalog.deps.pool.query('insert into akko_catalog.purges (location) values ($1)', [metadata.location])
    await catalog.deps.pool.query('delete from akko_catalog.tables where location = $1', [metadata.location])
    const second = createCatalog(catalog.deps)
    await second.part.start()
    try {
      await expect.poll(async () => (await catalog.deps.pool.query('select 1 from akko_catalog.purges')).rowCount).toBe(0)
    } finally {
      await second.part.stop()
    }
    expect(() => readdirSync(fileURLToPath(metadata.location))).toThrow('ENOENT')
  })
})

describe('races', () => {
  const RACERS = 8
  const ROUNDS = 6

  it('from one stale snapshot: one wins each round, none is lost, no file is left behind', async () => {
    const { metadata } = await create('raced')
    let parent: number | undefined
    for (let round = 1; round <= ROUNDS; round++) {
      const answers = await Promise.all(
        Array.from({ length: RACERS }, (_, i) =>
          post('/namespaces/ns/tables/raced', {
            requirements: [
              { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
              { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': parent ?? null },
            ],
            updates: appendOf(metadata.location, round * 100 + i, parent, round),
          }),
        ),
      )
      const won = answers.filter((a) => a.status === 200)
      expect(won).toHaveLength(1)
      const lost = answers.filter((a) => a.status !== 200)
      expect(lost.map((a) => [a.status, a.body.error.type])).toEqual(Array(RACERS - 1).fill([409, 'CommitFailedException']))
      expect(lost[0]?.body.error.message).toContain('Requirement failed: branch main ')
      parent = won[0]?.body.metadata['current-snapshot-id']
    }
    const now = (await get('/namespaces/ns/tables/raced')).body.metadata
    expect(now.snapshots).toHaveLength(ROUNDS)
    expect(now['last-sequence-number']).toBe(ROUNDS)
    expect(now.snapshots.map((s: Record<string, number>) => s['parent-snapshot-id'])).toEqual([
      undefined,
      ...now.snapshots.slice(0, -1).map((s: Record<string, number>) => s['snapshot-id']),
    ])
    const files = readdirSync(join(fileURLToPath(metadata.location), 'metadata'))
    expect(files.filter((f) => f.endsWith('.metadata.json'))).toHaveLength(ROUNDS + 1)
  })

  it('of changes that do not exclude each other all come through', async () => {
    await create('shared')
    const answers = await Promise.all(
      Array.from({ length: RACERS }, (_, i) =>
        post('/namespaces/ns/tables/shared', { requirements: [], updates: [{ action: 'set-properties', updates: { [`k${i}`]: 'v' } }] }),
      ),
    )
    expect(answers.map((a) => a.status)).toEqual(Array(RACERS).fill(200))
    expect(Object.keys((await get('/namespaces/ns/tables/shared')).body.metadata.properties)).toHaveLength(RACERS)
  })

  it('to create one table have one winner', async () => {
    const answers = await Promise.all(
      Array.from({ length: RACERS }, () => post('/namespaces/ns/tables', { name: 'first', schema: SIMPLE_SCHEMA })),
    )
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array(RACERS - 1).fill(409)])
  })

  it('of several catalogues that start on one empty database end well', async () => {
    const second = createCatalog(catalog.deps)
    const third = createCatalog(catalog.deps)
    await Promise.all([second.part.start(), third.part.start()])
    expect(await second.part.health()).toMatchObject({ healthy: true })
    await Promise.all([second.part.stop(), third.part.stop()])
    expect(await third.part.health()).toMatchObject({ healthy: false })
  })
})
