// What a write leaves in the store when its commit is refused, when its answer is lost, and when others were faster.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import type { MetadataFiles } from '#parts/catalog/ports'
import { type Harness, makeWarehouse, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import type { ConnectorWrites, PreparedWrite, QueryContext } from '#parts/sql/ports'
import { createFilesClient, type FilesClient } from '#parts/storage/files-client'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'
import { print } from '#wire/duckdb/sql'
import { testSql } from '#wire/duckdb/testing'
import { CommitConflict } from '#wire/iceberg/errors'
import type { Lake } from '#wire/iceberg/rest'

const policy = createRolePolicy(
  { roleGrants: { engineer: { read: ['*.*'], write: ['*.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
  RESOURCE_KINDS,
)
const caller: Caller = { sub: 'ada', roles: ['engineer'], via: 'bearer', requestId: 'r' }
const LIMIT = { maxLength: 1_000_000 }

let storage: TestStorage
let catalog: Harness
let engine: TempEngine
let files: FilesClient
/** Stands between the connector and the catalogue: what becomes of a commit. */
let passing: (commit: () => ReturnType<Lake['commitTable']>) => ReturnType<Lake['commitTable']> = (commit) => commit()
/** What happens while the catalogue has a commit in hand: it has read the state, and is about to write its metadata. */
let meanwhile: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  storage = await startTestStorage(policy)
  await send(storage.endpoint, { method: 'PUT', path: '/lake' })
  const key = { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  const metadata = createS3MetadataFiles({ endpoint: storage.endpoint, region: REGION, ...key })
  const write: MetadataFiles['write'] = async (...file) => {
    await meanwhile?.()
    await metadata.write(...file)
  }
  ;[catalog, engine] = await Promise.all([
    startHarness(policy, { files: { ...metadata, write }, vend: () => async () => ({}) }),
    startTempEngine({ spoolRoot: storage.deps.spoolDir }),
  ])
  await makeWarehouse({ ...catalog, baseLocation: 's3://lake' })
  files = createFilesClient(storage.deps.socket)
  await connector().writes.createSchema({ ...caller, via: 'internal' }, 'ns')
}, 120_000)
afterAll(async () => {
  await engine?.stop()
  await catalog?.close()
  await storage?.stop()
})

function connector() {
  const lake: Lake = { ...catalog.lake, commitTable: (...request) => passing(() => catalog.lake.commitTable(...request)) }
  return createIcebergConnector({ catalog: 'iceberg', lake, files, engine: engine.client, authoriser: policy })
}

let made = 0
async function inQuery<T>(body: (context: QueryContext) => Promise<T>): Promise<T> {
  const queryId = `query-${made++}`
  const { spool } = await files.open(caller, queryId)
  try {
    return await body({ queryId, caller, spool, signal: new AbortController().signal, over: new AbortController().signal })
  } finally {
    await files.release(caller, queryId)
  }
}

const write = (begin: (writes: ConnectorWrites, context: QueryContext) => Promise<PreparedWrite>) =>
  inQuery(async (context) => {
    const prepared = await begin(connector().writes, context)
    const { queryId, spool } = context
    const sql = print(prepared.query(testSql('SELECT 1::BIGINT')), LIMIT)
    await engine.client.run({ queryId, spool, sql, output: prepared.output }).done
    return (await prepared.commit()).rows
  })
const insert = (table: string) => write((writes, context) => writes.insert(context, 'ns', table, []))
const create = (table: string) =>
  write((writes, context) =>
    writes.createTableAs(context, {
      ...{ schema: 'ns', table, columns: [{ name: 'n', type: 'bigint', nullable: true }], partitioning: [], properties: {} },
    }),
  )
const rowsOf = (table: string) =>
  inQuery(async (context) => {
    const scan = await connector().scan(context, { schema: 'ns', table, columns: ['n'], predicates: [] })
    const rows = await allRows(engine.client, context.spool, `SELECT * FROM ${print(scan.relation, LIMIT)}`)
    await scan.close()
    return rows.length
  })

/** Keys of all that lies in the bucket: data files, manifests, manifest lists and metadata. */
async function stored(): Promise<string[]> {
  const { text } = await send(storage.endpoint, { path: '/lake?list-type=2' })
  return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => m[1] as string).sort()
}
async function unsettled(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${storage.deps.metricsPort}/metrics`, { headers: { connection: 'close' } })).text()
  const found = /^akko_s3_unsettled_files (\d+)/m.exec(text)?.[1]
  expect(found).toBeDefined()
  return Number(found)
}
async function during<T>(fault: typeof passing, work: () => Promise<T>): Promise<T> {
  passing = fault
  try {
    return await work()
  } finally {
    passing = (commit) => commit()
  }
}
/** While the catalogue has each commit of `work` in hand, `rival` is faster. What the rivals left. */
async function losing(work: () => Promise<unknown>, rival: () => Promise<unknown>): Promise<string[]> {
  const theirs: string[] = []
  const faster = async (): Promise<void> => {
    meanwhile = undefined
    const before = await stored()
    await rival()
    theirs.push(...(await stored()).filter((key) => !before.includes(key)))
    meanwhile = faster
  }
  meanwhile = faster
  try {
    await work()
  } finally {
    meanwhile = undefined
  }
  return theirs
}
const refused = async (): Promise<never> => {
  throw CommitConflict({ table: 't', detail: 'refused by the test' })
}

describe('a write', () => {
  it('that goes through leaves its files, settled', async () => {
    expect(await create('t')).toBe(1)
    expect(await insert('t')).toBe(1)
    expect(await rowsOf('t')).toBe(2)
    expect(await stored()).toHaveLength(8)
    expect(await unsettled()).toBe(0)
  })

  it('whose commit is refused leaves no file, an INSERT after its attempts and a CTAS at once', async () => {
    const before = await stored()
    await expect(during(refused, () => insert('t'))).rejects.toMatchObject({ code: 'sql.transaction_conflict' })
    await expect(during(refused, () => create('never'))).rejects.toMatchObject({ code: 'catalog.commit_conflict' })
    expect(await stored()).toEqual(before)
    expect(await unsettled()).toBe(0)
    expect(await rowsOf('t')).toBe(2)
  })

  it('that comes through at the second attempt leaves nothing of the first', async () => {
    const before = await stored()
    let attempts = 0
    await during(
      (commit) => (attempts++ === 0 ? refused() : commit()),
      () => insert('t'),
    )
    expect(attempts).toBe(2)
    expect(await stored()).toHaveLength(before.length + 4)
    expect(await unsettled()).toBe(0)
    expect(await rowsOf('t')).toBe(3)
  })

  it('whose answer is lost after the commit is one that went through: the table tells', async () => {
    const lost = async (commit: () => ReturnType<Lake['commitTable']>): Promise<never> => {
      await commit()
      throw new Error('connection lost')
    }
    expect(await during(lost, () => insert('t'))).toBe(1)
    expect(await during(lost, () => create('u'))).toBe(1)
    expect([await rowsOf('t'), await rowsOf('u')]).toEqual([4, 1])
    expect(await unsettled()).toBe(0)
  })

  it('whose outcome nobody can tell fails, and keeps its files on record: the commit may still come', async () => {
    const before = await stored()
    let late: (() => ReturnType<Lake['commitTable']>) | undefined
    const silent = async (commit: () => ReturnType<Lake['commitTable']>): Promise<never> => {
      late = commit
      throw new Error('connection lost')
    }
    await expect(during(silent, () => insert('t'))).rejects.toThrow('connection lost')
    expect(await stored()).toHaveLength(before.length + 3)
    expect(await unsettled()).toBe(3)
    await late?.()
    expect(await rowsOf('t')).toBe(5)
    await storage.part.stop()
    await storage.part.start()
    expect(await unsettled()).toBe(3)
    expect(await rowsOf('t')).toBe(5)
  })

  it('whose commit the catalogue itself refuses, when others are faster each time, leaves no file, metadata included', async () => {
    expect(await create('raced')).toBe(1)
    const [before, open] = [await stored(), await unsettled()]
    const ofInserts = await losing(
      () => expect(insert('raced')).rejects.toMatchObject({ code: 'sql.transaction_conflict' }),
      () => insert('raced'),
    )
    expect(await rowsOf('raced')).toBe(1 + ofInserts.length / 4)
    const ofCreate = await losing(
      () => expect(create('contested')).rejects.toMatchObject({ code: 'sql.table_already_exists' }),
      () => create('contested'),
    )
    expect(ofInserts.length).toBeGreaterThan(4)
    expect(ofCreate).toHaveLength(4)
    expect(await stored()).toEqual([...before, ...ofInserts, ...ofCreate].sort())
    expect(await unsettled()).toBe(open)
    expect(await rowsOf('contested')).toBe(1)
  })
})
