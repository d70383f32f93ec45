// For tests: the SQL front over the real storage, catalogue and engine, and pyiceberg as a judge of the tables.

import type { Authoriser, Caller } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { type Harness, makeWarehouse, ROOT_CREDENTIALS, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { createIcebergConnector, type IcebergConnectorDeps } from '#parts/sql/connectors/iceberg/index'
import type { SqlPartDeps } from '#parts/sql/index'
import type { Connector } from '#parts/sql/ports'
import { type Pyiceberg, startPyiceberg } from '#parts/sql/pyiceberg-testing'
import { type Answer, ask, startSql } from '#parts/sql/testing'
import { createFilesClient } from '#parts/storage/files-client'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempEngine, type TempEngine } from '#test/support/engine'
import type { Lake } from '#wire/iceberg/rest'

export interface TestLake {
  readonly storage: TestStorage
  readonly catalog: Harness
  readonly engine: TempEngine
  readonly policy: Authoriser
  readonly sql: Awaited<ReturnType<typeof startSql>>
  /** Stands between the SQL front and the catalogue. */
  commit: (send: () => ReturnType<Lake['commitTable']>) => ReturnType<Lake['commitTable']>
  createSchema(name: string): Promise<void>
  /** `session` as a client sends it: `iceberg.a=b`. */
  ask(sql: string, user?: string, session?: string): Promise<Answer>
  /** The rows; an error is one of the test. */
  rows(sql: string, user?: string): Promise<readonly (readonly unknown[])[]>
  /** What a script printed that has the catalogue as `c`. */
  pyiceberg(script: string): Promise<string>
  /** Keys of data files, manifests and manifest lists. */
  stored(): Promise<string[]>
  unsettled(): Promise<number>
  stop(): Promise<void>
}

export interface LakeOptions extends Pick<SqlPartDeps, 'maintenance'>, Pick<IcebergConnectorDeps, 'keepMs'>, Pick<Authoriser, 'record'> {}

/** `userRoles` tells the roles of who asks, `beside` what else may be read; the schema `iceberg.ns` is there. */
export async function startTestLake(
  model: AccessModel,
  userRoles: (user: string) => readonly string[],
  beside: (policy: Authoriser, engine: TempEngine) => Readonly<Record<string, Connector>> = () => ({}),
  { keepMs, record, ...options }: LakeOptions = {},
): Promise<TestLake> {
  const policy = { ...createRolePolicy(model, RESOURCE_KINDS), ...(record ? { record } : {}) }
  const storage = await startTestStorage(policy)
  await send(storage.endpoint, { method: 'PUT', path: '/lake' })
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
  const lake: Lake = { ...catalog.lake, commitTable: (...request) => made.commit(() => catalog.lake.commitTable(...request)) }
  const iceberg = createIcebergConnector({
    catalog: 'iceberg',
    lake,
    files,
    engine: engine.client,
    authoriser: policy,
    ...(keepMs === undefined ? {} : { keepMs }),
  })
  const internal: Caller = { sub: 'x', roles: [], via: 'internal', requestId: 'r' }
  const createSchema = (name: string) => iceberg.writes.createSchema(internal, name)
  await createSchema('ns')
  const sql = await startSql(
    { engine: engine.client, files, root: engine.root, close: async () => {} },
    {
      authoriser: policy,
      personNow: async (user) => ({ roles: userRoles(user) }),
      connectors: { iceberg, ...beside(policy, engine) },
      ...options,
    },
  )
  const headers = (user: string) => ({ 'x-trino-user': user, 'x-trino-catalog': 'iceberg', 'x-trino-schema': 'ns' })
  let python: Pyiceberg | undefined
  const made: TestLake = {
    storage,
    catalog,
    engine,
    policy,
    sql,
    commit: (pass) => pass(),
    createSchema,
    ask: (text, user = 'ada', session = '') =>
      ask(sql.url, text, { ...headers(user), ...(session === '' ? {} : { 'x-trino-session': session }) }),
    async rows(text, user = 'ada') {
      const { rows, error } = await ask(sql.url, text, headers(user))
      if (error) throw new Error(`${text}: ${error.errorName}: ${error.message}`)
      return rows
    },
    pyiceberg(script) {
      python ??= startPyiceberg({
        PYICEBERG_CATALOG__LAKE__URI: `${catalog.url}/api/catalog`,
        PYICEBERG_CATALOG__LAKE__WAREHOUSE: WAREHOUSE,
        PYICEBERG_CATALOG__LAKE__CREDENTIAL: `${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`,
        PYICEBERG_CATALOG__LAKE__SCOPE: 'PRINCIPAL_ROLE:ALL',
        PYICEBERG_CATALOG__LAKE__S3__ENDPOINT: storage.endpoint,
        PYICEBERG_CATALOG__LAKE__S3__ACCESS_KEY_ID: ROOT.accessKeyId,
        PYICEBERG_CATALOG__LAKE__S3__SECRET_ACCESS_KEY: ROOT.secretAccessKey,
        PYICEBERG_CATALOG__LAKE__S3__REGION: REGION,
        PYICEBERG_CATALOG__LAKE__S3__PATH_STYLE_ACCESS: 'true',
      })
      return python.run(script)
    },
    async stored() {
      const { text } = await send(storage.endpoint, { path: '/lake?list-type=2' })
      return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => m[1] as string).filter((name) => /\.(parquet|avro)$/.test(name))
    },
    async unsettled() {
      const text = await (await fetch(`http://127.0.0.1:${storage.deps.metricsPort}/metrics`, { headers: { connection: 'close' } })).text()
      return Number(/^akko_s3_unsettled_files (\d+)/m.exec(text)?.[1])
    },
    async stop() {
      python?.stop()
      await sql.stop()
      await engine.stop()
      await catalog.close()
      await storage.stop()
    },
  }
  return made
}
