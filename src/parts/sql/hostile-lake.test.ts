// Tables and views of the lake, and tables of memory, with hostile names, rows and conditions: each statement answers as with harmless ones.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMemoryConnector } from '#parts/sql/connectors/memory/index'
import { LAKE } from '#parts/sql/dialect/test-lake'
import { shapeOf } from '#parts/sql/dialect/test-spelling'
import { OPEN, ROWS, sameAnswers, sameLife } from '#parts/sql/hostile-testing'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    { ...OPEN, roleGrants: { ...OPEN.roleGrants, owner: { all: true } } },
    (user) => [user === 'olga' ? 'owner' : 'engineer'],
    (authoriser, { client: engine, root }) => ({
      memory: createMemoryConnector({ catalog: 'memory', folder: join(root, 'memory'), engine, authoriser, limitBytes: 64 * 1024 * 1024 }),
    }),
  )
}, 120_000)
afterAll(() => lake?.stop())

const INTERNAL = { sub: 'x', roles: [], via: 'internal', requestId: 'r' } as const

/** A table, and its state under the name of the first literal. */
async function make(literals: readonly string[], names: readonly string[]): Promise<void> {
  const [schema, name] = names.slice(3).map((name) => name.toLowerCase()) as [string, string]
  const there = await lake.rows('SHOW SCHEMAS FROM iceberg')
  if (!there.some(([name]) => name === schema)) await lake.createSchema(schema)
  const created = shapeOf(`CREATE TABLE iceberg.«3».«4» AS SELECT * FROM (${ROWS}) AS t(id, «0», «1», «2»)`)
  await lake.rows(created.spell(literals, names))
  const table = { namespace: [schema], name }
  const { metadata } = await lake.catalog.lake.loadTable(INTERNAL, table)
  const tag = { type: 'tag', 'snapshot-id': metadata['current-snapshot-id'] as number } as const
  const updates = [{ action: 'set-snapshot-ref', 'ref-name': literals[0] as string, ...tag }] as const
  await lake.catalog.lake.commitTable(INTERNAL, table, { requirements: [], updates })
  await lake.rows(shapeOf('INSERT INTO iceberg.«3».«4» VALUES (5, ‹0›, ‹1›, ‹2›)').spell(literals, names))
}

it('a life of tables in the lake is the same with hostile words', { timeout: 600_000 }, async () => {
  expect(LAKE.length).toBeGreaterThan(30)
  await sameLife(lake, LAKE, 4, async (_, names) => lake.createSchema((names[0] as string).toLowerCase()))
})

it('300 random queries over tables of the lake answer as with harmless words', { timeout: 600_000 }, async () => {
  await sameAnswers(lake, 300, { catalog: 'iceberg', limited: 2, versioned: true, make })
  expect.hasAssertions()
})

it('30 random queries over tables of memory answer as with harmless words', { timeout: 600_000 }, async () => {
  const made = new Set<string>()
  const make = async (literals: readonly string[], names: readonly string[]) => {
    const schema = names[3]?.toLowerCase() as string
    if (!made.has(schema)) await lake.rows(shapeOf('CREATE SCHEMA memory.«3»').spell(literals, names), 'olga')
    made.add(schema)
    await lake.rows(shapeOf(`CREATE TABLE memory.«3».«4» AS SELECT * FROM (${ROWS}) AS t(id, «0», «1», «2»)`).spell(literals, names))
  }
  await sameAnswers(lake, 30, { catalog: 'memory', limited: 2, versioned: false, make })
  expect.hasAssertions()
})
