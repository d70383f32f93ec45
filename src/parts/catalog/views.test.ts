// Views over the whole part: what clients of the REST protocol see, and whose rights a view is read with.
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { type Harness, MANAGEMENT, makeWarehouse, PREFIX, SIMPLE_SCHEMA, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy(
  {
    roleGrants: {
      admin: { all: true },
      engineer: { read: ['*.*'], write: ['iceberg.ns'], clear: true },
      user: { read: ['iceberg.ns'] },
    },
    ...{ masks: {}, classified: [], rowFilters: [] },
  },
  RESOURCE_KINDS,
)
const OWNER = 'trino.run-as-owner'
const ADA = 'realm:ada:engineer'
const EVE = 'realm:eve:engineer'
const UMA = 'realm:uma:user'
/** Who has which account now. */
const accounts = new Map([
  ['ada', 'account-1'],
  ['eve', 'account-2'],
])

let catalog: Harness
let root: string

beforeAll(async () => {
  catalog = await startHarness(policy, { accountOf: async (name) => accounts.get(name) as string })
  root = await makeWarehouse(catalog)
  for (const namespace of [['ns'], ['other'], ['ns', 'below']]) expect((await post(root, '/namespaces', { namespace })).status).toBe(200)
})
afterAll(() => catalog?.close())

const get = (token: string, path: string) => catalog.call('GET', PREFIX + path, { token })
const head = async (token: string, path: string) => (await catalog.call('HEAD', PREFIX + path, { token })).status
const post = (token: string, path: string, body: unknown) => catalog.call('POST', PREFIX + path, { token, body })
const drop = (token: string, path: string) => catalog.call('DELETE', PREFIX + path, { token })

const version = (sql: string, more: object = {}) => ({
  'version-id': 1,
  'timestamp-ms': 1_700_000_000_000,
  'schema-id': 0,
  summary: { engine: 'test' },
  representations: [{ type: 'sql', sql, dialect: 'trino' }],
  'default-catalog': 'iceberg',
  'default-namespace': ['ns'],
  ...more,
})
const create = (token: string, name: string, properties: object = {}, more: object = {}) =>
  post(token, '/namespaces/ns/views', { name, schema: SIMPLE_SCHEMA, 'view-version': version('SELECT 1 AS id'), properties, ...more })
const made = async (token: string, name: string, properties: object = {}, more: object = {}) => {
  const answer = await create(token, name, properties, more)
  expect(answer.body?.error).toBeUndefined()
  return answer.body
}
const commit = (token: string, name: string, updates: readonly object[], requirements: readonly object[] = []) =>
  post(token, `/namespaces/ns/views/${name}`, { requirements, updates })
const replaced = (sql: string, more: object = {}) => [
  { action: 'add-view-version', 'view-version': version(sql, more) },
  { action: 'set-current-view-version', 'view-version-id': -1 },
]
const ownerOf = async (name: string) => (await get(root, `/namespaces/ns/views/${name}`)).body.metadata.properties[OWNER]
const rename = (token: string, from: string, to: string, namespace = 'ns') =>
  post(token, '/views/rename', { source: { namespace: ['ns'], name: from }, destination: { namespace: [namespace], name: to } })

describe('views', () => {
  it('are told to clients', async () => {
    const { endpoints } = (await catalog.call('GET', '/api/catalog/v1/config', { token: root })).body
    for (const path of ['views', 'views/{view}']) expect(endpoints).toContain(`POST /v1/{prefix}/namespaces/{namespace}/${path}`)
    expect(endpoints).toContain('POST /v1/{prefix}/views/rename')
  })

  it('are created, found, listed by page and dropped; their files stay, and one can be registered again', async () => {
    const { metadata, 'metadata-location': file } = await made(ADA, 'first', { comment: 'one' })
    expect(metadata).toMatchObject({
      'format-version': 1,
      'current-version-id': 1,
      versions: [{ 'version-id': 1, 'schema-id': 0, representations: [{ dialect: 'trino', sql: 'SELECT 1 AS id' }] }],
      'version-log': [{ 'timestamp-ms': 1_700_000_000_000, 'version-id': 1 }],
      properties: { comment: 'one' },
    })
    expect((await get(UMA, '/namespaces/ns/views/first')).body).toMatchObject({ metadata, 'metadata-location': file })
    expect(await head(UMA, '/namespaces/ns/views/first')).toBe(204)
    await made(ADA, 'second')
    expect((await get(UMA, '/namespaces/ns/views?pageSize=1')).body).toMatchObject({ identifiers: [{ namespace: ['ns'], name: 'first' }] })
    expect((await drop(ADA, '/namespaces/ns')).status).toBe(403)
    expect((await drop(root, '/namespaces/ns')).body.error.type).toBe('NamespaceNotEmptyException')
    const folder = dirname(dirname(fileURLToPath(file)))
    expect(existsSync(folder)).toBe(true)
    for (const name of ['first', 'second']) expect((await drop(ADA, `/namespaces/ns/views/${name}`)).status).toBe(204)
    expect(existsSync(folder)).toBe(true)
    expect(await head(UMA, '/namespaces/ns/views/first')).toBe(404)
    expect((await get(UMA, '/namespaces/ns/views/first')).body.error).toEqual({
      message: 'View does not exist: ns.first',
      type: 'NoSuchViewException',
      code: 404,
    })
    expect((await drop(ADA, '/namespaces/ns/views/first')).body.error.type).toBe('NoSuchViewException')
    expect((await get(UMA, '/namespaces/none/views')).status).toBe(403)
    expect((await get(root, '/namespaces/none/views')).body.error.type).toBe('NoSuchNamespaceException')
  })

  it('share their names with tables', async () => {
    await made(ADA, 'taken')
    expect((await create(ADA, 'taken')).body.error).toMatchObject({
      code: 409,
      type: 'AlreadyExistsException',
      message: 'View already exists: ns.taken',
    })
    const table = (name: string) => post(ADA, '/namespaces/ns/tables', { name, schema: SIMPLE_SCHEMA })
    expect((await table('taken')).body.error).toMatchObject({ code: 409, message: 'View with same name already exists: ns.taken' })
    const staged = { requirements: [{ type: 'assert-create' }], updates: [{ action: 'add-schema', schema: SIMPLE_SCHEMA }] }
    expect((await post(ADA, '/namespaces/ns/tables/taken', staged)).status).toBeGreaterThanOrEqual(400)
    expect((await table('a_table')).status).toBe(200)
    expect((await create(ADA, 'a_table')).body.error).toMatchObject({
      code: 409,
      message: 'Table with same name already exists: ns.a_table',
    })
    expect((await rename(ADA, 'taken', 'a_table')).body.error.type).toBe('AlreadyExistsException')
    const renamed = { source: { namespace: ['ns'], name: 'a_table' }, destination: { namespace: ['ns'], name: 'taken' } }
    expect((await post(ADA, '/tables/rename', renamed)).body.error.type).toBe('AlreadyExistsException')
    expect((await get(ADA, '/namespaces/ns/tables/taken')).body.error.type).toBe('NoSuchTableException')
    expect((await drop(ADA, '/namespaces/ns/tables/taken')).body.error.type).toBe('NoSuchTableException')
    expect((await get(ADA, '/namespaces/ns/views/a_table')).body.error.type).toBe('NoSuchViewException')
    const tables = (await get(ADA, '/namespaces/ns/tables')).body.identifiers.map((t: { name: string }) => t.name)
    expect([tables.includes('a_table'), tables.includes('taken')]).toEqual([true, false])
    expect((await drop(ADA, '/namespaces/ns/views/taken')).status).toBe(204)
  })

  it('of two that are made at once under one name, one is made', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        i % 2 ? create(ADA, 'raced') : post(ADA, '/namespaces/ns/tables', { name: 'raced', schema: SIMPLE_SCHEMA }),
      ),
    )
    expect(answers.map((a) => a.status).sort()).toEqual([200, 409, 409, 409, 409, 409])
  })

  it('are replaced: a version is added, one that was there is taken again', async () => {
    const { metadata } = await made(ADA, 'changed')
    const next = await commit(ADA, 'changed', replaced('SELECT 2 AS id'), [{ type: 'assert-view-uuid', uuid: metadata['view-uuid'] }])
    expect(next.body.metadata).toMatchObject({ 'current-version-id': 2, 'view-uuid': metadata['view-uuid'] })
    expect(next.body['metadata-location']).toMatch(/\/00001-[^/]+\.metadata\.json$/)
    const back = await commit(ADA, 'changed', replaced('SELECT 1 AS id'))
    expect(back.body.metadata).toMatchObject({ 'current-version-id': 1 })
    expect(back.body.metadata['version-log'].map((e: { 'version-id': number }) => e['version-id'])).toEqual([1, 2, 1])
    expect(back.body.metadata.versions).toHaveLength(2)
    const other = await commit(ADA, 'changed', replaced('SELECT 3 AS id'), [
      { type: 'assert-view-uuid', uuid: '00000000-0000-4000-8000-000000000000' },
    ])
    expect(other.body.error).toMatchObject({ code: 409, type: 'CommitFailedException' })
    expect(other.body.error.message).toContain('Requirement failed: view UUID does not match')
    const wider = { type: 'struct', fields: [{ id: 1, name: 'a', type: 'string', required: false }] }
    const typed = await commit(ADA, 'changed', [
      { action: 'add-schema', schema: wider },
      ...replaced("SELECT 'x' AS a", { 'schema-id': -1 }),
    ])
    expect(typed.body.metadata).toMatchObject({
      'current-version-id': 3,
      schemas: [{ 'schema-id': 0 }, { 'schema-id': 1, fields: [{ name: 'a' }] }],
    })
  })

  it('keep as many versions as they are told to, the current one among them', async () => {
    await made(ADA, 'history', { 'version.history.num-entries': '2' })
    let last: { body: { metadata: { versions: { 'version-id': number }[]; 'version-log': object[] } } } | undefined
    for (const n of [2, 3, 4]) last = await commit(ADA, 'history', replaced(`SELECT ${n} AS id`))
    expect(last?.body.metadata.versions.map((v) => v['version-id'])).toEqual([3, 4])
    expect(last?.body.metadata['version-log']).toHaveLength(2)
    const bad = await commit(ADA, 'history', [{ action: 'set-properties', updates: { 'version.history.num-entries': '0' } }])
    expect(bad.body.error).toMatchObject({ code: 400, message: 'version.history.num-entries must be positive but was 0' })
  })

  it('change their properties and their place, and nothing else of what they are', async () => {
    const { metadata } = await made(ADA, 'moved', { a: '1', b: '2' })
    const set = await commit(ADA, 'moved', [
      { action: 'set-properties', updates: { c: '3' } },
      { action: 'remove-properties', removals: ['a'] },
      { action: 'upgrade-format-version', 'format-version': 1 },
      { action: 'assign-uuid', uuid: metadata['view-uuid'] },
    ])
    expect(set.body.metadata.properties).toEqual({ b: '2', c: '3' })
    const location = `${catalog.baseLocation}/ns/elsewhere`
    expect((await commit(ADA, 'moved', [{ action: 'set-location', location }])).body['metadata-location']).toContain(
      `${location}/metadata/`,
    )
    for (const updates of [
      [{ action: 'assign-uuid', uuid: '00000000-0000-4000-8000-000000000000' }],
      [{ action: 'upgrade-format-version', 'format-version': 2 }],
      [{ action: 'set-location', location: `${catalog.baseLocation}/other/x` }],
      [{ action: 'set-location', location: `${catalog.baseLocation}/ns/../x` }],
      [{ action: 'set-current-view-version', 'view-version-id': 7 }],
      [{ action: 'set-current-view-version', 'view-version-id': -1 }],
      replaced('SELECT 1', { 'schema-id': 9 }),
      replaced('SELECT 1', { representations: [] }),
      replaced('SELECT 1', { representations: [1, 2].map(() => ({ type: 'sql', sql: 'SELECT 1', dialect: 'trino' })) }),
      replaced('SELECT 1', { representations: [{ type: 'sql', sql: 'SELECT 1', dialect: 'spark' }] }),
      [{ action: 'remove-schemas', 'schema-ids': [0] }],
    ])
      expect((await commit(ADA, 'moved', updates)).status, JSON.stringify(updates)).toBe(400)
    const table = await post(ADA, '/namespaces/ns/tables', { name: 'squatter', schema: SIMPLE_SCHEMA, location })
    expect(table.body.error).toMatchObject({ code: 400, message: expect.stringContaining('belongs to another table') })
  })

  it('are renamed, across namespaces too, by who may drop here and create there', async () => {
    await made(ADA, 'old_name')
    expect((await rename(ADA, 'old_name', 'new_name', 'other')).status).toBe(403)
    expect((await rename(root, 'old_name', 'new_name', 'other')).status).toBe(204)
    expect(await head(root, '/namespaces/other/views/new_name')).toBe(204)
    expect(await head(root, '/namespaces/ns/views/old_name')).toBe(404)
    expect((await rename(root, 'old_name', 'x')).body.error.type).toBe('NoSuchViewException')
    await made(ADA, 'old_name')
    expect((await rename(root, 'old_name', 'x', 'none')).body.error.type).toBe('NoSuchNamespaceException')
  })

  it('are registered from a file below their own place', async () => {
    const { metadata, 'metadata-location': file } = await made(ADA, 'filed')
    const register = (body: object) => post(ADA, '/namespaces/ns/register-view', body)
    expect((await register({ name: 'again', 'metadata-location': file })).body.error).toMatchObject({
      code: 400,
      message: expect.stringContaining('belongs to another'),
    })
    await catalog.deps.pool.query("delete from akko_catalog.tables where name = 'filed'")
    expect((await register({ name: 'again', 'metadata-location': `${catalog.baseLocation}/other/x.metadata.json` })).status).toBe(400)
    expect((await register({ name: 'again', 'metadata-location': file })).body).toMatchObject({ metadata })
  })
})

describe('who may', () => {
  it('read and write views is the one policy’s to say', async () => {
    await made(ADA, 'asked')
    expect((await create(UMA, 'mine')).body.error.type).toBe('ForbiddenException')
    expect((await commit(UMA, 'asked', replaced('SELECT 2 AS id'))).status).toBe(403)
    expect((await drop(UMA, '/namespaces/ns/views/asked')).status).toBe(403)
    expect((await rename(UMA, 'asked', 'x')).status).toBe(403)
    expect((await post(UMA, '/namespaces/ns/register-view', { name: 'x', 'metadata-location': 'file:///x' })).status).toBe(403)
    expect((await get(UMA, '/namespaces/other/views')).status).toBe(403)
    expect((await get('', '/namespaces/ns/views')).status).toBe(401)
  })

  it.each([
    ['VIEW_CREATE', { create: 200, load: 403, commit: 403, drop: 403, list: 200, table: 403 }],
    ['VIEW_READ_PROPERTIES', { create: 403, load: 200, commit: 403, drop: 403, list: 403, table: 403 }],
    ['VIEW_FULL_METADATA', { create: 200, load: 200, commit: 200, drop: 204, list: 200, table: 403 }],
    ['TABLE_FULL_METADATA', { create: 403, load: 403, commit: 403, drop: 403, list: 200, table: 200 }],
    ['CATALOG_MANAGE_CONTENT', { create: 200, load: 200, commit: 200, drop: 204, list: 200, table: 200 }],
  ])('a principal with %s', async (privilege, expected) => {
    const manage = (method: string, path: string, body?: unknown) =>
      catalog.call(method, MANAGEMENT + path, { token: root, ...(body ? { body } : {}) })
    const name = privilege.toLowerCase()
    const { clientId, clientSecret } = (await manage('POST', '/principals', { principal: { name } })).body.credentials
    await manage('POST', '/principal-roles', { principalRole: { name } })
    await manage('PUT', `/principals/${name}/principal-roles`, { principalRole: { name } })
    await manage('POST', '/catalogs/lakehouse/catalog-roles', { catalogRole: { name } })
    await manage('PUT', `/principal-roles/${name}/catalog-roles/lakehouse`, { catalogRole: { name } })
    const grant = { grant: { type: 'namespace', namespace: ['ns'], privilege } }
    expect((await manage('PUT', `/catalogs/lakehouse/catalog-roles/${name}/grants`, grant)).status).toBe(201)
    const token = await catalog.login(clientId, clientSecret)
    await made(ADA, `of_${name}`)
    const path = `/namespaces/ns/views/of_${name}`
    expect({
      create: (await create(token, `by_${name}`)).status,
      load: (await get(token, path)).status,
      commit: (await commit(token, `of_${name}`, [{ action: 'set-properties', updates: { a: 'b' } }])).status,
      list: (await get(token, '/namespaces/ns/views')).status,
      table: (await post(token, '/namespaces/ns/tables', { name: `t_${name}`, schema: SIMPLE_SCHEMA })).status,
      drop: (await drop(token, path)).status,
    }).toEqual(expected)
  })
})

describe('the owner of a view, with whose rights it is read', () => {
  const refused = { code: 403, type: 'ForbiddenException' }

  it('is who sends the request, or nobody', async () => {
    await made(ADA, 'own', { [OWNER]: 'ada' })
    expect(await ownerOf('own')).toBe('ada')
    expect((await create(ADA, 'forged', { [OWNER]: 'root' })).body.error).toMatchObject(refused)
    expect((await create(ADA, 'forged', { [OWNER]: 'Ada' })).body.error).toMatchObject(refused)
    expect((await create(ADA, 'forged', { [OWNER]: '' })).body.error).toMatchObject(refused)
    expect(await head(root, '/namespaces/ns/views/forged')).toBe(404)
    await made(ADA, 'plain')
    for (const owner of ['eve', 'root'])
      expect((await commit(ADA, 'plain', [{ action: 'set-properties', updates: { [OWNER]: owner } }])).body.error).toMatchObject(refused)
    expect(await ownerOf('plain')).toBeUndefined()
    expect((await commit(ADA, 'plain', [{ action: 'set-properties', updates: { [OWNER]: 'ada' } }])).status).toBe(200)
    expect(await ownerOf('plain')).toBe('ada')
  })

  it('is no principal: its name may be that of a person', async () => {
    expect((await create(root, 'rooted', { [OWNER]: 'root' })).body.error).toMatchObject(refused)
    expect((await create(root, 'rooted', { [OWNER]: 'ada' })).body.error).toMatchObject(refused)
    expect((await create(root, 'rooted')).status).toBe(200)
  })

  it('is another when another says what it reads, however he says it', async () => {
    const ways: Record<string, () => Promise<{ status: number }>> = {
      replace: () => commit(EVE, 'w_replace', replaced('SELECT 2 AS id')),
      // What was read before may be what its owner took back.
      back: async () => {
        await commit(ADA, 'w_back', replaced('SELECT 2 AS id'))
        return commit(EVE, 'w_back', [{ action: 'set-current-view-version', 'view-version-id': 1 }])
      },
      'replace and forge': () =>
        commit(EVE, 'w_replace and forge', [...replaced('SELECT 2 AS id'), { action: 'set-properties', updates: { [OWNER]: 'ada' } }]),
      'remove, then replace': () =>
        commit(EVE, 'w_remove, then replace', [{ action: 'remove-properties', removals: [OWNER] }, ...replaced('SELECT 2 AS id')]),
    }
    const after: Record<string, [number, string | undefined]> = {}
    for (const [way, change] of Object.entries(ways)) {
      await made(ADA, `w_${way}`, { [OWNER]: 'ada' })
      after[way] = [(await change()).status, await ownerOf(`w_${way}`)]
    }
    expect(after).toEqual({
      replace: [200, 'eve'],
      back: [200, 'eve'],
      'replace and forge': [403, 'ada'],
      'remove, then replace': [200, undefined],
    })
  })

  it('is nobody any more when a principal says what it reads', async () => {
    await made(ADA, 'taken_over', { [OWNER]: 'ada' })
    expect((await commit(root, 'taken_over', replaced('SELECT 2 AS id'))).status).toBe(200)
    expect(await ownerOf('taken_over')).toBeUndefined()
  })

  it('stays when another changes what does not matter for it, its name too, and is who brings it before other readers', async () => {
    await made(ADA, 'commented', { [OWNER]: 'ada' })
    expect((await commit(EVE, 'commented', [{ action: 'set-properties', updates: { comment: 'x' } }])).status).toBe(200)
    expect(await ownerOf('commented')).toBe('ada')
    expect((await rename(EVE, 'commented', 'renamed')).status).toBe(204)
    expect(await ownerOf('renamed')).toBe('ada')
    expect((await rename(root, 'renamed', 'renamed_again')).status).toBe(204)
    expect(await ownerOf('renamed_again')).toBe('ada')
    const elsewhere = { source: { namespace: ['ns'], name: 'renamed_again' }, destination: { namespace: ['ns', 'below'], name: 'moved' } }
    expect((await post(EVE, '/views/rename', elsewhere)).status).toBe(204)
    expect((await get(root, '/namespaces/ns%1Fbelow/views/moved')).body.metadata.properties[OWNER]).toBe('eve')
    await made(ADA, 'kept', { [OWNER]: 'ada' })
    expect((await rename(ADA, 'kept', 'kept_too')).status).toBe(204)
    expect(await ownerOf('kept_too')).toBe('ada')
  })

  it('is not taken from a file that names another', async () => {
    const { metadata, 'metadata-location': file } = await made(ADA, 'lifted', { [OWNER]: 'ada' })
    expect(metadata.properties[OWNER]).toBe('ada')
    await catalog.deps.pool.query("delete from akko_catalog.tables where name = 'lifted'")
    const register = (token: string) => post(token, '/namespaces/ns/register-view', { name: 'lifted', 'metadata-location': file })
    expect((await register(EVE)).body.error).toMatchObject(refused)
    expect((await register(ADA)).status).toBe(200)
  })

  it('is an account: who gets the name later is another until he says himself what is read', async () => {
    const caller: Caller = { sub: 'eve', roles: ['engineer'], via: 'bearer', requestId: 'r' }
    const account = async () => (await catalog.lake.loadView(caller, { namespace: ['ns'], name: 'reborn' })).ownerAccount
    await made(ADA, 'reborn', { [OWNER]: 'ada' })
    expect(await account()).toBe('account-1')
    accounts.set('ada', 'account-9')
    await commit(ADA, 'reborn', [{ action: 'set-properties', updates: { comment: 'x' } }])
    expect(await account()).toBe('account-1')
    await commit(ADA, 'reborn', replaced('SELECT 2 AS id'))
    expect(await account()).toBe('account-9')
    await commit(EVE, 'reborn', [{ action: 'remove-properties', removals: [OWNER] }])
    expect(await account()).toBeUndefined()
  })
})
