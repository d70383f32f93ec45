// For the tests of views: the real catalogue, store and engine, some people, and a table that not all of them may read.
import { expect } from 'vitest'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { makeWarehouse, PREFIX, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import { type Answer, ask, startSql } from '#parts/sql/testing'
import { createFilesClient } from '#parts/storage/files-client'
import { REGION, ROOT, send, startTestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempEngine } from '#test/support/engine'

const policy = createRolePolicy(
  {
    roleGrants: {
      engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
      user: { read: ['iceberg.*'] },
      viewer: { read: ['iceberg.open'], filtered: true },
      // Tables of `part`: some columns of these, all of those.
      clerk: {
        read: [
          ...['t', 't2', 'tv'].map((name) => ({ table: `iceberg.part.${name}`, columns: ['id', 'Segment'] })),
          ...['u', 'vi', 'vd'].map((name) => ({ table: `iceberg.part.${name}` })),
        ],
        write: [{ table: 'iceberg.part.w' }, { table: 'iceberg.part.mine' }],
      },
      marked: { read: [{ table: 'iceberg.part.marked', columns: ['id'] }], filtered: true },
    },
    masks: { name: `substr({column}, 1, 1) || '***'` },
    classified: [{ schemas: ['iceberg.*'], column: 'full_name', as: 'name' }],
    rowFilters: [{ schemas: ['iceberg.open', 'iceberg.part'], column: 'confidential', filter: 'NOT {column}' }],
  },
  RESOURCE_KINDS,
)
/** People and their roles of now. */
export const people = new Map([
  ['ada', ['engineer']],
  ['bob', ['engineer']],
  ['uma', ['user']],
  ['vic', ['viewer']],
  ['eve', ['clerk']],
  ['filt', ['marked']],
])

export type ViewBench = Awaited<ReturnType<typeof startViewBench>>

export async function startViewBench() {
  const storage = await startTestStorage(policy)
  expect((await send(storage.endpoint, { method: 'PUT', path: '/lake' })).status).toBe(200)
  const key = { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  const [catalog, engine] = await Promise.all([
    startHarness(policy, {
      files: createS3MetadataFiles({ endpoint: storage.endpoint, region: REGION, ...key }),
      vend: () => async () => ({}),
    }),
    startTempEngine({ spoolRoot: storage.deps.spoolDir }),
  ])
  await makeWarehouse({ ...catalog, baseLocation: 's3://lake' })
  const files = createFilesClient(storage.deps.socket)
  const iceberg = createIcebergConnector({ catalog: 'iceberg', lake: catalog.lake, files, engine: engine.client, authoriser: policy })
  for (const schema of ['open', 'secret', 'own', 'part'])
    await iceberg.writes.createSchema({ sub: 'x', roles: [], via: 'internal', requestId: 'r' }, schema)
  const sql = await startSql(
    { engine: engine.client, files, root: engine.root, close: async () => {} },
    {
      authoriser: policy,
      personNow: async (user) => ({ roles: people.get(user) ?? [] }),
      ownerRoles: async (owner) => people.get(owner),
      connectors: { iceberg },
    },
  )
  const as = (user: string, statement: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(sql.url, statement, { 'x-trino-user': user, 'x-trino-catalog': 'iceberg', 'x-trino-schema': 'open', ...headers })
  const rows = async (user: string, statement: string, headers: Record<string, string> = {}) => {
    const answer = await as(user, statement, headers)
    expect(answer.error, `${user}: ${statement}`).toBeUndefined()
    return answer.rows
  }
  await rows(
    'ada',
    `CREATE TABLE secret.people AS SELECT * FROM (VALUES (1, 'Anna', false, 'FR', '1'), (2, 'Bert', true, 'DE', 'secret(%2'),
     (3, 'Cleo', false, 'FR', '3'), (4, 'Dora', true, 'DE', 'secret(%4')) AS t(id, full_name, confidential, country, s)`,
  )
  const onCatalog = async (method: string, path: string, body?: object) =>
    catalog.call(method, PREFIX + path, { token: await catalog.login(), ...(body ? { body } : {}) })
  return {
    as,
    rows,
    onCatalog,
    /** The error's name and text; undefined where there is none. */
    refusal: async (user: string, statement: string) => {
      const { error } = await as(user, statement)
      return error && `${error.errorName}: ${error.message}`
    },
    /** The metadata as a client of the catalogue sees it. */
    stored: async (name: string) => (await onCatalog('GET', `/namespaces/open/views/${name}`)).body.metadata,
    close: async () => {
      await sql.stop()
      await engine.stop()
      await catalog.close()
      await storage.stop()
    },
  }
}
