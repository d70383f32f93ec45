// The catalogue's own principals: rights by grants, secrets that turn, and who everybody is without authentication.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCatalog } from '#parts/catalog/index'
import {
  callsTo,
  forbidden,
  type Harness,
  MANAGEMENT,
  makeWarehouse,
  PREFIX,
  SIMPLE_SCHEMA,
  startHarness,
  unauthorised,
  WAREHOUSE,
} from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { rawRequest } from '#test/support/raw-request'

let catalog: Harness
let root: string

beforeAll(async () => {
  catalog = await startHarness(createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS))
  root = await makeWarehouse(catalog)
  for (const [namespace, name] of [
    ['open', 'plain'],
    ['open', 'people'],
    ['closed', 'secret'],
  ]) {
    await post(root, '/namespaces', { namespace: [namespace] })
    expect((await post(root, `/namespaces/${namespace}/tables`, { name, schema: SIMPLE_SCHEMA })).status).toBe(200)
  }
})
afterAll(() => catalog?.close())

const { get, post, manage } = callsTo(() => catalog)

describe('principals', () => {
  const makePrincipal = async (name: string, more = {}) => {
    const { status, body } = await manage(root, 'POST', '/principals', { principal: { name }, ...more })
    expect(status).toBe(201)
    return body.credentials as { clientId: string; clientSecret: string }
  }
  const login = (c: { clientId: string; clientSecret: string }) => catalog.login(c.clientId, c.clientSecret)

  it('get rights by grants only, at once, and lose them at once', async () => {
    const token = await login(await makePrincipal('reader'))
    expect(await get(token, '/namespaces')).toMatchObject(forbidden)
    await manage(root, 'POST', '/principal-roles', { principalRole: { name: 'readers' } })
    await manage(root, 'PUT', '/principals/reader/principal-roles', { principalRole: { name: 'readers' } })
    await manage(root, 'POST', `/catalogs/${WAREHOUSE}/catalog-roles`, { catalogRole: { name: 'some' } })
    await manage(root, 'PUT', `/principal-roles/readers/catalog-roles/${WAREHOUSE}`, { catalogRole: { name: 'some' } })
    const grants = `/catalogs/${WAREHOUSE}/catalog-roles/some/grants`
    const grant = { grant: { type: 'table', privilege: 'TABLE_READ_DATA', namespace: ['open'], tableName: 'plain' } }
    expect((await manage(root, 'PUT', grants, grant)).status).toBe(201)
    expect((await manage(root, 'PUT', grants, grant)).status).toBe(201)
    expect((await manage(root, 'GET', grants)).body.grants).toEqual([grant.grant])
    expect((await get(token, '/namespaces/open/tables/plain', { 'x-iceberg-access-delegation': 'vended-credentials' })).status).toBe(200)
    expect(await get(token, '/namespaces/open/tables/people')).toMatchObject(forbidden)
    expect(await post(token, '/namespaces/open/tables/plain', { requirements: [], updates: [] })).toMatchObject(forbidden)
    expect(await manage(token, 'GET', grants)).toMatchObject(forbidden)
    expect(await manage(token, 'PUT', '/principals/reader/principal-roles', { principalRole: { name: 'service_admin' } })).toMatchObject(
      forbidden,
    )
    expect((await manage(root, 'POST', grants, grant)).status).toBe(204)
    expect(await get(token, '/namespaces/open/tables/plain')).toMatchObject(forbidden)
    const odd = (g: object) => manage(root, 'PUT', grants, { grant: g })
    expect((await odd({ type: 'catalog', privilege: 'FLY' })).status).toBe(400)
    expect((await odd({ type: 'namespace', privilege: 'TABLE_READ_DATA', namespace: ['none'] })).body.error.type).toBe(
      'NoSuchNamespaceException',
    )
  })

  it('with rights on a namespace have them on what is nested, and only there', async () => {
    const token = await login(await makePrincipal('nester'))
    await manage(root, 'PUT', '/principals/nester/principal-roles', { principalRole: { name: 'readers' } })
    const grants = `/catalogs/${WAREHOUSE}/catalog-roles/some/grants`
    await manage(root, 'PUT', grants, { grant: { type: 'namespace', privilege: 'CATALOG_MANAGE_CONTENT', namespace: ['open'] } })
    expect((await post(token, '/namespaces', { namespace: ['open', 'inner'] })).status).toBe(200)
    expect((await post(token, '/namespaces/open%1Finner/tables', { name: 't', schema: SIMPLE_SCHEMA })).status).toBe(200)
    expect(await post(token, '/namespaces', { namespace: ['outside'] })).toMatchObject(forbidden)
    expect(await get(token, '/namespaces/closed/tables/secret')).toMatchObject(forbidden)
    expect((await get(token, '/namespaces')).body.namespaces).toEqual([['open']])
  })

  it('end with their old secret when it is rotated, and rotate their own', async () => {
    const old = await makePrincipal('turner')
    const token = await login(old)
    const { body } = await manage(token, 'POST', '/principals/turner/rotate')
    expect(await manage(token, 'POST', '/principals/turner/rotate')).toMatchObject(unauthorised)
    expect(await login(old)).toBeUndefined()
    const fresh = await login(body.credentials)
    expect(await manage(fresh, 'POST', '/principals/reader/rotate')).toMatchObject(forbidden)
    expect(await manage(fresh, 'POST', '/principals/turner/reset', {})).toMatchObject(forbidden)
    const chosen = { clientId: 'turner-client', clientSecret: 'a-secret-that-was-chosen' }
    expect((await manage(root, 'POST', '/principals/turner/reset', chosen)).body.credentials).toEqual(chosen)
    expect(await login(chosen)).toBeDefined()
    const kept = await catalog.deps.pool.query('select secret_hash from akko_catalog.principals where client_id = $1', [chosen.clientId])
    expect(kept.rows[0].secret_hash).toMatch(/^\$argon2id\$/)
    expect(JSON.stringify((await manage(root, 'GET', '/principals')).body)).not.toContain('ecret')
    expect((await manage(root, 'DELETE', '/principals/turner')).status).toBe(204)
    expect(await get(fresh, '/namespaces')).toMatchObject(unauthorised)
  })

  it('whose first secret must be rotated can do nothing else before', async () => {
    const first = await makePrincipal('careful', { credentialRotationRequired: true })
    await manage(root, 'PUT', '/principals/careful/principal-roles', { principalRole: { name: 'service_admin' } })
    expect(await manage(await login(first), 'POST', '/principals', { principal: { name: 'x' } })).toMatchObject(forbidden)
    const { body } = await manage(await login(first), 'POST', '/principals/careful/rotate')
    expect((await manage(await login(body.credentials), 'POST', '/principals', { principal: { name: 'x' } })).status).toBe(201)
    // A service administrator manages catalogues and metadata; the rows are not its own.
    expect(await get(await login(body.credentials), '/namespaces/open/tables/plain/credentials')).toMatchObject(forbidden)
  })

  it('are updated on the version that was read', async () => {
    await makePrincipal('versioned')
    const update = (currentEntityVersion: number, a: string) =>
      manage(root, 'PUT', '/principals/versioned', { currentEntityVersion, properties: { a } })
    expect((await update(1, 'b')).body).toMatchObject({ entityVersion: 2, properties: { a: 'b' } })
    expect((await update(1, 'c')).body.error).toMatchObject({
      code: 409,
      type: 'CommitFailedException',
      message: expect.stringContaining('at version 2'),
    })
    expect((await manage(root, 'POST', '/principals', { principal: { name: 'versioned' } })).body.error.type).toBe('AlreadyExistsException')
    expect((await manage(root, 'POST', '/principals', { principal: { name: 'root' } })).status).toBe(409)
    expect((await manage(root, 'GET', '/principals/nobody')).body.error.type).toBe('NotFoundException')
    expect((await manage(root, 'DELETE', '/principal-roles/service_admin')).status).toBe(400)
  })
})

describe('without authentication', () => {
  it('everyone is the one principal, with its rights and no more', async () => {
    const open = createCatalog({ ...catalog.deps, authentication: { mode: 'none', principal: 'nester' } })
    await open.part.start()
    try {
      const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${open.port()}${path}`, init)
      expect((await at(`${PREFIX}/namespaces/open/tables`)).status).toBe(200)
      expect((await at(`${PREFIX}/namespaces/closed/tables/secret`, { headers: { authorization: 'Bearer None' } })).status).toBe(403)
      expect((await at(`${MANAGEMENT}/principal-roles`)).status).toBe(403)
      const local = `127.0.0.1:${open.port()}`
      const foreign: Record<string, string>[] = [
        { host: `rebound.example:${open.port()}` },
        { host: local, origin: 'https://page.example' },
        { host: local, 'sec-fetch-site': 'cross-site' },
      ]
      for (const headers of foreign) {
        const { status, text } = await rawRequest(`http://${local}${PREFIX}/namespaces/open/tables`, { headers })
        expect(JSON.parse(text)).toMatchObject({ error: { code: 403, type: 'ForbiddenException' } })
        expect(status).toBe(403)
      }
      expect((await at(`${MANAGEMENT}/principal-roles`, { headers: { authorization: `Bearer ${root}` } })).status).toBe(200)
    } finally {
      await open.part.stop()
    }
  })
})
