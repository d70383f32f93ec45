// Who may: tokens, roles, and the ways around that are closed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { migrate } from '#parts/catalog/store/migrations'
import {
  appendOf,
  callsTo,
  forbidden,
  type Harness,
  MANAGEMENT,
  makeWarehouse,
  PREFIX,
  ROOT_CREDENTIALS,
  SIMPLE_SCHEMA,
  startHarness,
  unauthorised,
  WAREHOUSE,
} from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy(
  {
    roleGrants: {
      admin: { all: true },
      engineer: { read: ['*.*'], write: ['iceberg.open'], clear: true },
      clerk: { read: ['iceberg.open'], write: ['iceberg.open'] },
      user: { read: ['iceberg.open'] },
      teller: {
        read: [
          { table: 'iceberg.open.people', columns: ['id'] },
          { table: 'iceberg.open.shown', columns: ['id'] },
        ],
        write: [{ table: 'iceberg.open.letters' }],
      },
      viewer: { read: ['iceberg.open'], write: ['iceberg.open'], filtered: true },
    },
    masks: { name: "'***'" },
    classified: [{ schemas: ['iceberg.open'], column: 'full_name', as: 'name' }],
    rowFilters: [{ schemas: ['iceberg.open'], column: 'confidential', filter: 'NOT {column}' }],
  },
  RESOURCE_KINDS,
)

const viewOf = (sql: string) => ({
  ...{ 'version-id': 1, 'timestamp-ms': 1, 'schema-id': 0, summary: {}, 'default-namespace': ['open'] },
  representations: [{ type: 'sql', sql, dialect: 'trino' }],
})

let silent = false
/** The real policy; told to, it does not answer. */
const authoriser: Authoriser = {
  decide: (caller, action, resource) => (silent ? new Promise(() => undefined) : policy.decide(caller, action, resource)),
}

let catalog: Harness
let root: string
const engineer = 'realm:eve:engineer'
const user = 'realm:uma:user'

beforeAll(async () => {
  catalog = await startHarness(authoriser)
  root = await makeWarehouse(catalog)
  for (const namespace of ['open', 'closed']) expect((await post(root, '/namespaces', { namespace: [namespace] })).status).toBe(200)
  for (const [namespace, name] of [
    ['open', 'plain'],
    ['closed', 'secret'],
  ])
    expect((await post(root, `/namespaces/${namespace}/tables`, { name, schema: SIMPLE_SCHEMA })).status).toBe(200)
  const people = { type: 'struct', fields: [...SIMPLE_SCHEMA.fields, { id: 2, name: 'full_name', type: 'string', required: false }] }
  expect((await post(root, '/namespaces/open/tables', { name: 'people', schema: people })).status).toBe(200)
})
afterAll(() => catalog?.close())

const { get, post, manage } = callsTo(() => catalog)

describe('tokens', () => {
  it('are asked for, everywhere', async () => {
    const none = await get(undefined, '/namespaces')
    expect(none).toMatchObject(unauthorised)
    expect(none.headers.get('www-authenticate')).toContain('Bearer')
    expect(await catalog.call('GET', `${MANAGEMENT}/catalogs`)).toMatchObject(unauthorised)
    expect(await catalog.call('GET', '/api/catalog/v1/config')).toMatchObject(unauthorised)
    expect(await get('rubbish', '/namespaces')).toMatchObject(unauthorised)
    const [head, body] = root.split('.')
    expect(await get(`${head}.${body}.${'A'.repeat(43)}`, '/namespaces')).toMatchObject(unauthorised)
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
    expect(await get(unsigned, '/namespaces')).toMatchObject(unauthorised)
  })

  it('come from client credentials, in the form or in the header, and are renewed by exchange', async () => {
    const ask = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(`${catalog.url}/api/catalog/v1/oauth/tokens`, { method: 'POST', body: new URLSearchParams(form), headers })
    const wrong = await ask({ grant_type: 'client_credentials', client_id: ROOT_CREDENTIALS.clientId, client_secret: 'no' })
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: 'invalid_client' }])
    expect(await (await ask({ grant_type: 'password' })).json()).toMatchObject({ error: 'unsupported_grant_type' })
    // Nobody is known yet: not more is read of him than such a form needs.
    const large = await ask({ grant_type: 'password', padding: 'x'.repeat(65 * 1024) })
    expect([large.status, await large.json()]).toMatchObject([400, { error: { type: 'BadRequestException' } }])
    const basic = Buffer.from(`${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`).toString('base64')
    const first = (await (await ask({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` })).json()) as Record<
      string,
      string
    >
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
    const second = (await (await ask({ grant_type: exchange, subject_token: first.access_token ?? '' })).json()) as Record<string, string>
    expect((await get(second.access_token, '/namespaces')).status).toBe(200)
    expect(await (await ask({ grant_type: exchange, subject_token: 'realm:eve:engineer' })).json()).toEqual({
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^only tokens of the catalogue’s own .* one of the realm as it is/),
    })
    expect(await (await ask({ grant_type: exchange, subject_token: `${first.access_token}x` })).json()).toEqual({
      error: 'invalid_grant',
      error_description: 'the token was not signed here',
    })
  })

  it('of the realm make their user the caller', async () => {
    expect((await get(engineer, '/namespaces')).body.namespaces).toEqual([['closed'], ['open']])
    expect((await get(user, '/namespaces')).body.namespaces).toEqual([['open']])
  })
})

describe('roles', () => {
  it('decide on each kind of operation', async () => {
    const table = '/namespaces/closed/tables/secret'
    expect((await get(engineer, table)).status).toBe(200)
    expect(await get(user, table)).toMatchObject(forbidden)
    expect(await get(user, '/namespaces/closed/tables/there-is-none')).toMatchObject(forbidden)
    expect(await get(user, '/namespaces/closed')).toMatchObject(forbidden)
    expect(await get(user, '/namespaces/closed/tables')).toMatchObject(forbidden)
    expect((await catalog.call('HEAD', PREFIX + table, { token: user })).status).toBe(403)
    expect(await post(engineer, table, { requirements: [], updates: [{ action: 'set-properties', updates: {} }] })).toMatchObject(forbidden)
    expect(await catalog.call('DELETE', PREFIX + table, { token: engineer })).toMatchObject(forbidden)
    expect(await post(engineer, '/namespaces', { namespace: ['mine'] })).toMatchObject(forbidden)
    expect(await post(engineer, '/namespaces/closed/tables', { name: 'x', schema: SIMPLE_SCHEMA })).toMatchObject(forbidden)
    expect(await get(user, `${table}/credentials`)).toMatchObject(forbidden)
    for (const path of [
      '/catalogs/lakehouse/catalog-roles',
      '/principal-roles',
      '/principals',
      '/principals/x',
      '/catalogs/lakehouse/catalog-roles/catalog_admin/grants',
    ])
      expect(await manage(engineer, 'GET', path)).toMatchObject(forbidden)
    expect(await manage(engineer, 'POST', '/principals', { principal: { name: 'p' } })).toMatchObject(forbidden)
    expect(await manage(engineer, 'DELETE', `/catalogs/${WAREHOUSE}`)).toMatchObject(forbidden)
    for (const path of ['/principal-roles', '/principals']) expect((await manage('realm:ada:admin', 'GET', path)).status).toBe(200)
  })

  it('are not walked around by a transaction, a rename, a registration or a create that is none', async () => {
    const { body } = await get(root, '/namespaces/closed/tables/secret')
    const change = {
      identifier: { namespace: ['closed'], name: 'secret' },
      requirements: [],
      updates: appendOf(body.metadata.location, 1, undefined, 1),
    }
    expect(await post(engineer, '/transactions/commit', { 'table-changes': [change] })).toMatchObject(forbidden)
    const allowed = {
      identifier: { namespace: ['open'], name: 'plain' },
      requirements: [],
      updates: [{ action: 'set-properties', updates: { by: 'eve' } }],
    }
    for (const changes of [
      [allowed, change],
      [change, allowed],
    ])
      expect(await post(engineer, '/transactions/commit', { 'table-changes': changes })).toMatchObject(forbidden)
    expect((await get(root, '/namespaces/open/tables/plain')).body.metadata.properties).toEqual({})
    const sneaky = { requirements: [{ type: 'assert-create' }], updates: change.updates }
    expect(await post(engineer, '/namespaces/closed/tables/secret', sneaky)).toMatchObject(forbidden)
    const rename = (source: string[], destination: string[]) =>
      post(engineer, '/tables/rename', {
        source: { namespace: source.slice(0, 1), name: source[1] },
        destination: { namespace: destination.slice(0, 1), name: destination[1] },
      })
    expect(await rename(['closed', 'secret'], ['open', 'mine'])).toMatchObject(forbidden)
    expect(await rename(['open', 'plain'], ['closed', 'theirs'])).toMatchObject(forbidden)
    const registered = await post(engineer, '/namespaces/open/register', { name: 'stolen', 'metadata-location': body['metadata-location'] })
    expect(registered).toMatchObject({ status: 400, body: { error: { type: 'BadRequestException' } } })
    expect(await get(root, '/namespaces/open/tables/stolen')).toMatchObject({
      status: 404,
      body: { error: { type: 'NoSuchTableException' } },
    })
    expect((await get(root, '/namespaces/closed/tables/secret')).body.metadata.snapshots).toEqual([])
  })

  it('that hide columns give no keys, and no metadata', async () => {
    const keys = { 'x-iceberg-access-delegation': 'vended-credentials' }
    expect(await get(user, '/namespaces/open/tables/people')).toMatchObject(forbidden)
    const refused = await get(user, '/namespaces/open/tables/people', keys)
    expect(refused).toMatchObject(forbidden)
    expect(refused.body.error.message).toContain('read it through SQL')
    expect(await get(user, '/namespaces/open/tables/people/credentials')).toMatchObject(forbidden)
    expect((await get(user, '/namespaces/open/tables/plain', keys)).status).toBe(200)
    expect((await get(engineer, '/namespaces/open/tables/people', keys)).status).toBe(200)
    // Nested in the namespace, or spelled otherwise, it is the same data.
    const nested = '/namespaces/open%1Fnested'
    expect((await post(root, '/namespaces', { namespace: ['open', 'nested'] })).status).toBe(200)
    for (const [at, column] of [
      [nested, 'full_name'],
      [nested, 'Full_Name'],
      ['/namespaces/open', 'FULL_NAME'],
    ] as const) {
      const schema = { type: 'struct', fields: [...SIMPLE_SCHEMA.fields, { id: 2, name: column, type: 'string', required: false }] }
      expect((await post(root, `${at}/tables`, { name: `p_${column}`, schema })).status).toBe(200)
      expect(await get(user, `${at}/tables/p_${column}`)).toMatchObject(forbidden)
      expect(await get(user, `${at}/tables/p_${column}`, keys)).toMatchObject(forbidden)
      expect(await get(user, `${at}/tables/p_${column}/credentials`)).toMatchObject(forbidden)
      expect((await get(engineer, `${at}/tables/p_${column}`, keys)).status).toBe(200)
    }
  })

  const field = (id: number, name: string, type: unknown) => ({ id, name, type, required: false })
  const struct = (...fields: object[]) => ({ type: 'struct', fields })
  const refusesKeys = async (name: string, metadata: object = { status: 200 }) => {
    expect(await get(user, `/namespaces/open/tables/${name}`)).toMatchObject(metadata)
    const keys = { 'x-iceberg-access-delegation': 'vended-credentials' }
    expect(await get(user, `/namespaces/open/tables/${name}`, keys)).toMatchObject(forbidden)
    expect(await get(user, `/namespaces/open/tables/${name}/credentials`)).toMatchObject(forbidden)
    expect((await get(engineer, `/namespaces/open/tables/${name}`, keys)).status).toBe(200)
  }

  it.each([
    ['dropped', [field(1, 'id', 'long')]],
    ['renamed', [field(1, 'id', 'long'), field(2, 'label', 'string')]],
  ])('give no keys for files in which a hidden column that was %s still lies', async (name, fields) => {
    const schema = struct(field(1, 'id', 'long'), field(2, 'full_name', 'string'))
    expect((await post(root, '/namespaces/open/tables', { name, schema })).status).toBe(200)
    const commit = (...updates: object[]) => post(engineer, `/namespaces/open/tables/${name}`, { requirements: [], updates })
    const next = { action: 'add-schema', schema: { ...struct(...fields), 'schema-id': 1 }, 'last-column-id': 2 }
    expect((await commit(next, { action: 'set-current-schema', 'schema-id': -1 })).status).toBe(200)
    await refusesKeys(name)
  })

  it('give no keys when the schema was removed too, nor for a new table in the folder, until its files are removed', async () => {
    const at = '/namespaces/open/tables/removed'
    const schema = struct(field(1, 'id', 'long'), field(2, 'full_name', 'string'))
    const made = await post(root, '/namespaces/open/tables', { name: 'removed', schema })
    const updates = [
      { action: 'add-schema', schema: { ...struct(field(1, 'id', 'long')), 'schema-id': 1 }, 'last-column-id': 2 },
      { action: 'set-current-schema', 'schema-id': -1 },
      { action: 'remove-schemas', 'schema-ids': [0] },
    ]
    const done = await post(engineer, at, { requirements: [], updates })
    expect(done.body.metadata.schemas).toHaveLength(1)
    await refusesKeys('removed')
    const { location } = made.body.metadata
    const again = async () => {
      const body = { name: 'removed', location, schema: struct(field(1, 'id', 'long')) }
      expect((await post(root, '/namespaces/open/tables', body)).status).toBe(200)
    }
    expect((await catalog.call('DELETE', PREFIX + at, { token: root })).status).toBe(204)
    await again()
    await refusesKeys('removed')
    expect((await catalog.call('DELETE', `${PREFIX + at}?purgeRequested=true`, { token: root })).status).toBe(204)
    await again()
    expect((await get(user, `${at}/credentials`)).status).toBe(200)
  })

  it('refuse keys for a new table before it is there', async () => {
    const at = '/namespaces/open/tables'
    const asked = (name: string, column: string) =>
      catalog.call('POST', PREFIX + at, {
        token: 'realm:carl:clerk',
        headers: { 'x-iceberg-access-delegation': 'vended-credentials' },
        body: { name, schema: struct(field(1, 'id', 'long'), field(2, 'who', struct(field(3, column, 'string')))) },
      })
    expect(await asked('unmade', 'full_name')).toMatchObject(forbidden)
    expect((await get(root, `${at}/unmade`)).status).toBe(404)
    expect((await asked('made', 'label')).status).toBe(200)
  })

  it('stay in force: who is under them gives no other name to the column or to its table', async () => {
    const clerk = 'realm:carl:clerk'
    const schema = struct(field(1, 'id', 'long'), field(2, 'full_name', 'string'))
    for (const name of ['kept', 'free']) {
      const shape = name === 'kept' ? schema : struct(field(1, 'id', 'long'))
      expect((await post(root, '/namespaces/open/tables', { name, schema: shape })).status).toBe(200)
    }
    const rename = (token: string, name: string) =>
      post(token, '/tables/rename', {
        source: { namespace: ['open'], name },
        destination: { namespace: ['open'], name: `${name}_too` },
      })
    const commit = (token: string, ...updates: object[]) =>
      post(token, '/transactions/commit', {
        'table-changes': [{ identifier: { namespace: ['open'], name: 'kept' }, requirements: [], updates }],
      })
    const shaped = (...fields: object[]) => [
      { action: 'add-schema', schema: struct(...fields), 'last-column-id': 3 },
      { action: 'set-current-schema', 'schema-id': -1 },
    ]
    const [id, name] = [field(1, 'id', 'long'), field(2, 'full_name', 'string')]
    expect(await rename(clerk, 'kept')).toMatchObject(forbidden)
    expect(await commit(clerk, ...shaped(id, field(2, 'n', 'string')))).toMatchObject(forbidden)
    expect(await commit(clerk, ...shaped(id))).toMatchObject(forbidden)
    expect(await commit(clerk, { action: 'set-properties', updates: { 'schema.name-mapping.default': '[]' } })).toMatchObject(forbidden)
    expect((await commit(clerk, ...shaped(id, name, field(3, 'more', 'long')))).status).toBe(204)
    expect(await commit(clerk, { action: 'set-current-schema', 'schema-id': 0 })).toMatchObject(forbidden)
    expect((await commit(clerk, { action: 'set-properties', updates: { comment: 'x' } })).status).toBe(204)
    // What a dropped column left in the files must not come back under a name of the clerk's.
    expect((await commit(engineer, ...shaped(id, name))).status).toBe(204)
    expect(await commit(clerk, ...shaped(id, name, field(3, 'again', 'long')))).toMatchObject(forbidden)
    expect((await commit(clerk, ...shaped(id, name, field(4, 'again', 'long')))).status).toBe(204)
    expect((await rename(clerk, 'free')).status).toBe(204)
    expect((await rename(engineer, 'kept')).status).toBe(204)
  })

  it('stay in force for files of a table that is gone, and for an older file of its metadata', async () => {
    const clerk = 'realm:carl:clerk'
    const at = '/namespaces/open/tables'
    const [id, name, other] = [field(1, 'id', 'long'), field(2, 'full_name', 'string'), field(2, 'n', 'string')]
    const made = (await post(root, at, { name: 'left', schema: struct(id, other) })).body
    const updates = [{ action: 'add-schema', schema: struct(id, name), 'last-column-id': 2 }]
    const set = { action: 'set-current-schema', 'schema-id': -1 }
    const changed = { requirements: [], updates: [...updates, set, ...appendOf(made.metadata.location, 1, undefined, 1)] }
    expect((await post(engineer, `${at}/left`, changed)).status).toBe(200)
    const { location, 'table-uuid': uuid } = made.metadata
    const older = { 'metadata-location': made['metadata-location'] }
    expect(await post(clerk, '/namespaces/open/register', { name: 'left', ...older, overwrite: true })).toMatchObject(forbidden)

    expect((await catalog.call('DELETE', `${PREFIX}${at}/left`, { token: clerk })).status).toBe(204)
    const create = (...more: object[]) => ({
      requirements: [{ type: 'assert-create' }],
      updates: [
        ...[...more, { action: 'upgrade-format-version', 'format-version': 2 }],
        ...[{ action: 'add-schema', schema: struct(id, other) }, set],
        ...[
          { action: 'add-spec', spec: { fields: [] } },
          { action: 'set-default-spec', 'spec-id': -1 },
        ],
        ...[
          { action: 'add-sort-order', 'sort-order': { fields: [] } },
          { action: 'set-default-sort-order', 'sort-order-id': -1 },
        ],
        ...appendOf(location, 1, undefined, 1),
      ],
    })
    for (const token of [engineer, clerk]) {
      const expected = token === clerk ? forbidden : { status: 200 }
      const gone = async () => void (await catalog.call('DELETE', `${PREFIX}${at}/left`, { token: root }))
      expect(await post(token, '/namespaces/open/register', { name: 'left', ...older })).toMatchObject(expected)
      await gone()
      expect(await post(token, at, { name: 'left', location, schema: struct(id, other) })).toMatchObject(expected)
      await gone()
      expect(await post(token, `${at}/left`, create({ action: 'set-location', location }))).toMatchObject(expected)
      await gone()
      expect(await post(token, `${at}/left`, create({ action: 'assign-uuid', uuid }))).toMatchObject(expected)
      await gone()
    }
    expect((await post(clerk, at, { name: 'left', schema: struct(id, other) })).status).toBe(200)
  })

  it('stay in force for a table over which another is registered, as where it is replaced by SQL', async () => {
    const at = '/namespaces/open/tables'
    const hidden = { name: 'stays', schema: struct(field(1, 'id', 'long'), field(2, 'full_name', 'string')) }
    const { 'metadata-location': before } = (await post(root, at, hidden)).body
    for (const token of ['realm:carl:clerk', engineer]) {
      const own = (await post(token, at, { name: 'own', schema: SIMPLE_SCHEMA })).body['metadata-location']
      expect((await catalog.call('DELETE', `${PREFIX}${at}/own`, { token })).status).toBe(204)
      const over = { name: 'stays', 'metadata-location': own, overwrite: true }
      expect(await post(token, '/namespaces/open/register', over)).toMatchObject(token === engineer ? { status: 200 } : forbidden)
      expect((await get(engineer, `${at}/stays`)).body['metadata-location']).toBe(token === engineer ? own : before)
    }
  })

  it('know of files from before such names were kept on record', async () => {
    const schema = struct(field(1, 'id', 'long'), field(2, 'person', struct(field(3, 'full_name', 'string'))))
    expect((await post(root, '/namespaces/open/tables', { name: 'earlier', schema })).status).toBe(200)
    const commit = async (...updates: object[]) =>
      expect((await post(engineer, '/namespaces/open/tables/earlier', { requirements: [], updates })).status).toBe(200)
    const next = { action: 'add-schema', schema: { ...struct(field(1, 'id', 'long')), 'schema-id': 1 }, 'last-column-id': 3 }
    await commit(next, { action: 'set-current-schema', 'schema-id': -1 })
    const { pool } = catalog.deps
    await pool.query('drop table akko_catalog.folder_names')
    await pool.query('alter table akko_catalog.tables drop column kind, drop column owner_account')
    await pool.query('drop table akko_catalog.repeats, akko_catalog.dropped_tables')
    await pool.query('delete from akko_catalog.migrations where step >= 3')
    await migrate(pool)
    await commit({ action: 'remove-schemas', 'schema-ids': [0] })
    await refusesKeys('earlier')
  })

  it.each([
    ['a row', struct(field(3, 'full_name', 'string'))],
    ['a list', { type: 'list', 'element-id': 3, 'element-required': false, element: struct(field(4, 'Full_Name', 'string')) }],
    [
      'a map in a row',
      struct(
        field(3, 'by_id', {
          type: 'map',
          'key-id': 4,
          key: 'long',
          'value-id': 5,
          'value-required': false,
          value: struct(field(6, 'full_name', 'string')),
        }),
      ),
    ],
  ])('give no keys where a hidden field lies in %s', async (what, type) => {
    const name = `nested_in_${what.replaceAll(' ', '_')}`
    const schema = struct(field(1, 'id', 'long'), field(2, 'person', type))
    expect((await post(root, '/namespaces/open/tables', { name, schema })).status).toBe(200)
    await refusesKeys(name, forbidden)
  })

  it.each([
    ['rows', 'confidential', 'boolean', 'realm:vic:viewer'],
    ['columns', 'full_name', 'string', 'realm:carl:clerk'],
  ])('that hide %s tell nothing of how many there are, as SQL does not', async (what, column, type, token) => {
    const [name, at] = [`partly_${what}`, `/namespaces/open/tables/partly_${what}`]
    const { body } = await post(root, '/namespaces/open/tables', { name, schema: struct(field(1, 'id', 'long'), field(2, column, type)) })
    const { location } = body.metadata
    const [added, set] = appendOf(location, 7, undefined, 1)
    const counted = { ...added?.snapshot, summary: { operation: 'append', 'total-records': '4711' } }
    const statistics = { 'snapshot-id': 7, 'statistics-path': `${location}/metadata/s.stats`, 'file-size-in-bytes': 4711 }
    const updates = [{ ...added, snapshot: counted }, set, { action: 'set-partition-statistics', 'partition-statistics': statistics }]
    const made = await post(engineer, at, { requirements: [], updates })
    expect(made.body.metadata.snapshots[0].summary['total-records']).toBe('4711')
    const { etag } = Object.fromEntries((await get(engineer, at)).headers)
    const comment = { requirements: [], updates: [{ action: 'set-properties', updates: { comment: what } }] }
    const register = { name, 'metadata-location': made.body['metadata-location'], overwrite: true }
    for (const answer of [
      await get(token, at),
      await get(token, `${at}?snapshots=refs`),
      await get(token, at, { 'if-none-match': etag }),
      await post(token, at, comment),
      await post(token, '/namespaces/open/register', register),
    ]) {
      expect(answer).toMatchObject(forbidden)
      expect(JSON.stringify(answer.body)).not.toContain('4711')
    }
    expect((await get(token, at)).body.error.message).toMatch(/^no metadata of open\.partly_.*through SQL/)
    // It is there, and who may write it changes it.
    expect((await catalog.call('HEAD', PREFIX + at, { token })).status).toBe(204)
    const change = { ...comment, identifier: { namespace: ['open'], name } }
    expect((await post(token, '/transactions/commit', { 'table-changes': [change] })).status).toBe(204)
    expect((await get(engineer, at)).body.metadata).toMatchObject({ properties: { comment: what }, 'partition-statistics': [statistics] })
  })

  it('that read single tables show them alone, and some columns of one only through SQL', async () => {
    const teller = 'realm:tia:teller'
    const made = { name: 'shown', schema: SIMPLE_SCHEMA, 'view-version': viewOf('SELECT 1 AS id'), properties: {} }
    expect((await post(root, '/namespaces/open/views', made)).status).toBe(200)
    expect((await get(teller, '/namespaces')).body.namespaces).toEqual([['open']])
    expect((await get(teller, '/namespaces/open/tables')).body.identifiers.map((t: { name: string }) => t.name)).toEqual(['people'])
    expect((await get(teller, '/namespaces/open/views')).body.identifiers.map((t: { name: string }) => t.name)).toEqual(['shown'])
    for (const path of ['', '/tables/plain', '/tables/people', '/tables/people/credentials', '/views/shown'])
      expect(await get(teller, `/namespaces/open${path}`), path).toMatchObject(forbidden)
    expect((await get(teller, '/namespaces/open/tables/people')).body.error.message).toMatch(/^no metadata of open\.people.*through SQL/)
    const head = (path: string) => catalog.call('HEAD', `${PREFIX}/namespaces/open${path}`, { token: teller })
    expect((await head('/tables/people')).status).toBe(204)
    expect((await head('/tables/plain')).status).toBe(403)
    expect(await post(teller, '/namespaces/open/tables', { name: 'other', schema: SIMPLE_SCHEMA })).toMatchObject(forbidden)
    expect((await post(teller, '/namespaces/open/tables', { name: 'letters', schema: SIMPLE_SCHEMA })).status).toBe(200)
    expect((await get(teller, '/namespaces/open/tables/letters')).status).toBe(200)
    expect(
      await post(teller, '/tables/rename', {
        source: { namespace: ['open'], name: 'letters' },
        destination: { namespace: ['open'], name: 'other' },
      }),
    ).toMatchObject(forbidden)
    expect((await catalog.call('DELETE', `${PREFIX}/namespaces/open/tables/letters`, { token: teller })).status).toBe(204)
  })

  it('count for nothing when the authoriser does not answer', async () => {
    silent = true
    try {
      const [load, list] = await Promise.all([get(engineer, '/namespaces/open/tables/plain'), get(root, '/namespaces')])
      expect(load).toMatchObject(forbidden)
      expect(list).toMatchObject(forbidden)
    } finally {
      silent = false
    }
  })
})
