// Every operation of the catalogue as its routes have it: refused to who has no right, with nothing changed; done for who has all.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '#kit/log'
import { BASE, createRoutes } from '#parts/catalog/routes'
import { createStores } from '#parts/catalog/store/stores'
import { appendOf, type Harness, makeWarehouse, PREFIX, SIMPLE_SCHEMA, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy({ roleGrants: { admin: { all: true } }, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const ADMIN = 'realm:ada:admin'

interface Row {
  readonly body?: unknown
  /** In place of those of `NAMES`. */
  readonly names?: Readonly<Record<string, string>>
  /** A listing, which shows to everybody what he may see: to who may see nothing, this. */
  readonly shows?: object
}

const NAMES: Readonly<Record<string, string>> = {
  prefix: WAREHOUSE,
  namespace: 'closed',
  table: 'secret',
  view: 'hidden',
  catalog: WAREHOUSE,
  principal: 'somebody',
  role: 'readers',
  catalogRole: 'keepers',
}

const version = (number: number) => ({
  'version-id': number,
  'timestamp-ms': 1_700_000_000_000,
  'schema-id': 0,
  summary: { engine: 'test' },
  representations: [{ type: 'sql', sql: `SELECT ${number} AS id`, dialect: 'trino' }],
  'default-namespace': ['closed'],
})
const viewNamed = (name: string) => ({ name, schema: SIMPLE_SCHEMA, 'view-version': version(1), properties: {} })
const tableNamed = (name: string) => ({ name, schema: SIMPLE_SCHEMA })
const rename = (from: string, to: string) => ({
  source: { namespace: ['closed'], name: from },
  destination: { namespace: ['closed'], name: to },
})
const catalogNamed = (name: string, base: string) => ({
  catalog: {
    type: 'INTERNAL',
    name,
    properties: { 'default-base-location': `${base}/${name}` },
    storageConfigInfo: { storageType: 'FILE' },
  },
})
const properties = (currentEntityVersion: number) => ({ currentEntityVersion, properties: { a: 'b' } })
const grant = { grant: { type: 'catalog', privilege: 'CATALOG_MANAGE_CONTENT' } }

/** In an order in which who may do all can do each. */
function rowsOf(at: { base: string; table: string; view: string; location: string }): Readonly<Record<string, Row>> {
  const [catalog, polaris, akko, management] = [
    `${BASE.catalog}/:prefix`,
    `${BASE.polaris}/:prefix`,
    `${BASE.akko}/:prefix`,
    BASE.management,
  ]
  const namespace = `${catalog}/namespaces/:namespace`
  const snapshot = (n: number, parent?: number) => ({ requirements: [], updates: appendOf(at.location, n, parent, n) })
  const role = `${management}/catalogs/:catalog/catalog-roles/:catalogRole`
  return {
    [`GET ${BASE.catalog}/config`]: {},
    [`GET ${catalog}/namespaces`]: {},
    [`POST ${catalog}/namespaces`]: { body: { namespace: ['made'] } },
    [`GET ${namespace}`]: {},
    [`POST ${namespace}/properties`]: { body: { updates: { a: 'b' } } },
    [`GET ${namespace}/tables`]: {},
    [`POST ${namespace}/tables`]: { body: tableNamed('made') },
    [`GET ${namespace}/tables/:table`]: {},
    [`GET ${namespace}/tables/:table/credentials`]: {},
    [`POST ${namespace}/tables/:table`]: { body: snapshot(1) },
    [`POST ${namespace}/tables/:table/metrics`]: { body: {} },
    [`POST ${catalog}/transactions/commit`]: {
      body: { 'table-changes': [{ identifier: { namespace: ['closed'], name: 'secret' }, ...snapshot(2, 1) }] },
    },
    [`POST ${catalog}/tables/rename`]: { body: rename('another', 'renamed') },
    [`POST ${namespace}/register`]: { body: { name: 'registered', 'metadata-location': at.table } },
    [`GET ${namespace}/views`]: {},
    [`POST ${namespace}/views`]: { body: viewNamed('made_view') },
    [`GET ${namespace}/views/:view`]: {},
    [`POST ${namespace}/views/:view`]: {
      body: {
        requirements: [],
        updates: [
          { action: 'add-view-version', 'view-version': version(2) },
          { action: 'set-current-view-version', 'view-version-id': -1 },
        ],
      },
    },
    [`POST ${catalog}/views/rename`]: { body: rename('another_view', 'renamed_view') },
    [`POST ${namespace}/register-view`]: { body: { name: 'registered_view', 'metadata-location': at.view } },
    [`GET ${polaris}/applicable-policies`]: {},
    [`GET ${polaris}/namespaces/:namespace/policies`]: {},
    [`GET ${polaris}/namespaces/:namespace/generic-tables`]: {},
    [`DELETE ${namespace}/tables/:table`]: {},
    [`GET ${akko}/dropped`]: {},
    [`POST ${akko}/namespaces/:namespace/tables/:table/undrop`]: {},
    [`DELETE ${namespace}/views/:view`]: {},
    [`DELETE ${namespace}`]: { names: { namespace: 'empty' } },

    [`GET ${management}/catalogs`]: { shows: { catalogs: [] } },
    [`POST ${management}/catalogs`]: { body: catalogNamed('made', at.base) },
    [`GET ${management}/catalogs/:catalog`]: {},
    [`PUT ${management}/catalogs/:catalog`]: { names: { catalog: 'other' }, body: properties(1) },
    [`GET ${management}/catalogs/:catalog/catalog-roles`]: {},
    [`POST ${management}/catalogs/:catalog/catalog-roles`]: { body: { catalogRole: { name: 'made' } } },
    [`GET ${role}`]: {},
    [`PUT ${role}`]: { body: properties(1) },
    [`GET ${role}/principal-roles`]: {},
    [`GET ${role}/grants`]: {},
    [`PUT ${role}/grants`]: { body: grant },
    [`POST ${role}/grants`]: { body: grant },
    [`GET ${management}/principals`]: {},
    [`POST ${management}/principals`]: { body: { principal: { name: 'made' } } },
    [`GET ${management}/principals/:principal`]: {},
    [`PUT ${management}/principals/:principal`]: { body: properties(1) },
    [`POST ${management}/principals/:principal/rotate`]: {},
    [`POST ${management}/principals/:principal/reset`]: { body: {} },
    [`GET ${management}/principals/:principal/principal-roles`]: {},
    [`PUT ${management}/principals/:principal/principal-roles`]: { body: { principalRole: { name: 'readers' } } },
    [`GET ${management}/principal-roles`]: {},
    [`POST ${management}/principal-roles`]: { body: { principalRole: { name: 'made' } } },
    [`GET ${management}/principal-roles/:role`]: {},
    [`PUT ${management}/principal-roles/:role`]: { body: properties(1) },
    [`GET ${management}/principal-roles/:role/principals`]: {},
    [`GET ${management}/principal-roles/:role/catalog-roles/:catalog`]: {},
    [`PUT ${management}/principal-roles/:role/catalog-roles/:catalog`]: { body: { catalogRole: { name: 'keepers' } } },
    [`DELETE ${management}/principal-roles/:role/catalog-roles/:catalog/:catalogRole`]: {},
    [`DELETE ${management}/principals/:principal/principal-roles/:role`]: {},
    [`DELETE ${management}/principals/:principal`]: {},
    [`DELETE ${management}/principal-roles/:role`]: {},
    [`DELETE ${role}`]: {},
    [`DELETE ${management}/catalogs/:catalog`]: { names: { catalog: 'other' } },
  }
}

let catalog: Harness
let rows: Readonly<Record<string, Row>>
let stranger = ''

beforeAll(async () => {
  catalog = await startHarness(policy, { accountOf: async () => 'account-1', droppedDays: 7 })
  const root = await makeWarehouse(catalog)
  const make = async (path: string, body: unknown, token = ADMIN) => {
    const made = await catalog.call('POST', path, { token, body })
    expect(made, path).toMatchObject({ status: expect.toSatisfy((status: number) => status < 300) })
    return made.body
  }
  for (const name of ['closed', 'empty']) await make(`${PREFIX}/namespaces`, { namespace: [name] })
  for (const name of ['secret', 'another', 'gone']) await make(`${PREFIX}/namespaces/closed/tables`, tableNamed(name))
  for (const name of ['hidden', 'another_view', 'gone_view']) await make(`${PREFIX}/namespaces/closed/views`, viewNamed(name))
  const load = async (kind: string, name: string) =>
    (await catalog.call('GET', `${PREFIX}/namespaces/closed/${kind}/${name}`, { token: ADMIN })).body
  const [table, view, { metadata }] = [await load('tables', 'gone'), await load('views', 'gone_view'), await load('tables', 'secret')]
  // To be registered. A view's file goes with it.
  const file = fileURLToPath(view['metadata-location'])
  const text = readFileSync(file)
  for (const path of ['tables/gone', 'views/gone_view'])
    expect((await catalog.call('DELETE', `${PREFIX}/namespaces/closed/${path}`, { token: ADMIN })).status).toBe(204)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  await make(`${BASE.management}/catalogs`, catalogNamed('other', `${catalog.baseLocation}-more`))
  await make(`${BASE.management}/principals`, { principal: { name: 'somebody' } })
  await make(`${BASE.management}/principal-roles`, { principalRole: { name: 'readers' } })
  await make(`${BASE.management}/catalogs/${WAREHOUSE}/catalog-roles`, { catalogRole: { name: 'keepers' } })
  const { credentials } = await make(`${BASE.management}/principals`, { principal: { name: 'stranger' } }, root)
  stranger = await catalog.login(credentials.clientId, credentials.clientSecret)
  rows = rowsOf({
    base: `${catalog.baseLocation}-more`,
    table: table['metadata-location'],
    view: view['metadata-location'],
    location: metadata.location,
  })
})
afterAll(() => catalog?.close())

async function send(operation: string, { body, names }: Row, token: string) {
  const [method = '', path = ''] = operation.split(' ')
  return catalog.call(
    method,
    path.replace(/:(\w+)/g, (_, name: string) => ({ ...NAMES, ...names })[name] ?? name),
    { token, ...(body === undefined ? {} : { body }) },
  )
}

/** All that the catalogue keeps: every row of its tables, and its files by name. */
async function kept(): Promise<object> {
  const { pool } = catalog.deps
  const { rows: tables } = await pool.query("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'akko_catalog'")
  expect(tables.length).toBeGreaterThan(5)
  const content = tables.map(async ({ name }) => [
    name,
    (await pool.query(`SELECT r::text AS row FROM akko_catalog.${pg.escapeIdentifier(name)} r ORDER BY 1`)).rows,
  ])
  return [await Promise.all(content), readdirSync(catalog.folder, { recursive: true }).sort()]
}

describe('every operation', () => {
  it('stands here, as the routes have it', () => {
    const { routes } = createRoutes({ ...catalog.deps, log: createLog('catalog') }, createStores(catalog.deps.pool), async () => ({
      healthy: true,
    }))
    const open = ['GET /-/health', `POST ${BASE.catalog}/oauth/tokens`]
    const served = routes.flatMap(({ method, path }) => (method === 'ALL' ? [] : [`${method} ${path}`]))
    expect(new Set(served)).toEqual(new Set([...open, ...Object.keys(rows)]))
  })

  it.each([
    ['a person without a role', () => 'realm:nora:none'],
    ['a principal without a role', () => stranger],
  ])('is refused to %s, and changes nothing', async (_who, token) => {
    const before = await kept()
    for (const [operation, row] of Object.entries(rows)) {
      const answer = await send(operation, row, token())
      if (row.shows) expect([answer.status, answer.body], operation).toEqual([200, row.shows])
      else expect([answer.status, answer.body?.error?.type], operation).toEqual([403, 'ForbiddenException'])
      if (operation.startsWith('GET ')) {
        const head = await send(operation.replace('GET', 'HEAD'), row, token())
        expect([head.status, head.body], `HEAD of ${operation}`).toEqual([row.shows ? 200 : 403, undefined])
      }
    }
    expect(await kept()).toEqual(before)
  })

  it('is done, as it was asked for, for who may do all', async () => {
    for (const [operation, row] of Object.entries(rows)) {
      const { status, body } = await send(operation, row, ADMIN)
      expect(status, `${operation}: ${JSON.stringify(body)}`).toBeLessThan(300)
    }
  })
})
