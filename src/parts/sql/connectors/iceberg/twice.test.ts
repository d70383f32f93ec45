// A table that a query mentions twice is the same both times, whatever is committed meanwhile.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { MAX_STATEMENT } from '#parts/sql/ports'
import { createFilesClient } from '#parts/storage/files-client'
import { allRows } from '#test/support/engine'
import { print } from '#wire/duckdb/sql'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    { roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
    () => ['engineer'],
  )
}, 120_000)
afterAll(() => lake?.stop())

it('one snapshot for a query, the newest for the next', async () => {
  await lake.rows('CREATE TABLE t AS SELECT 1 AS n')
  const caller: Caller = { sub: 'ada', roles: ['engineer'], via: 'internal', requestId: 'r' }
  const files = createFilesClient(lake.storage.deps.socket)
  const engine = lake.engine.client
  const connector = createIcebergConnector({ catalog: 'iceberg', lake: lake.catalog.lake, files, engine, authoriser: lake.policy })
  const query = async (queryId: string, between: () => Promise<unknown>) => {
    const { spool } = await files.open(caller, queryId)
    const context = { queryId, caller, spool, signal: new AbortController().signal, over: new AbortController().signal }
    const count = async () => {
      const { relation } = await connector.scan(context, { schema: 'ns', table: 't', columns: ['n'], predicates: [] })
      return (await allRows(engine, spool, `SELECT count(*) FROM ${print(relation, { maxLength: MAX_STATEMENT })}`))[0]?.[0]
    }
    const counts = [await count(), await between().then(count)]
    await files.release(caller, queryId)
    return counts
  }
  expect(await query('first', () => lake.rows('INSERT INTO t VALUES 2'))).toEqual([1, 1])
  expect(await query('second', async () => {})).toEqual([2, 2])
})
