// akko table on a running platform, with pyiceberg as the reader before and after: fewer files and the same rows, dropped tables had back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startForkingPyiceberg } from '#test/support/forking-python'
import { platform } from '#test/support/platform'

const TABLE = 'staging.kept_healthy'

async function sql(statement: string): Promise<string> {
  const { code, stdout, stderr } = await platform().akko('sql', '-o', 'csv', '-e', statement)
  expect(code, `${statement}: ${stderr}`).toBe(0)
  return stdout
}

const python = startForkingPyiceberg()

/** What a script prints that has the table as `t`. */
async function pyiceberg(script: string): Promise<string> {
  const prelude = `from pyiceberg.catalog import load_catalog\nt = load_catalog('default').load_table('${TABLE}')\n`
  const { code, stdout, stderr } = await python({ script: prelude + script, env: await platform().env() })
  expect(code, stderr).toBe(0)
  return stdout.trim()
}
const rows = (snapshot = 'None') =>
  pyiceberg(`print(t.scan(snapshot_id=${snapshot}).to_arrow().sort_by('id').to_pylist(), len(list(t.scan().plan_files())))`)

interface Kept {
  readonly table: string
  readonly due: readonly { readonly call: string; readonly items: number }[]
  readonly before?: { readonly files: number }
  readonly after?: { readonly files: number; readonly deleteFiles: number }
}
const maintain = async (...flags: string[]) => {
  const { code, stdout, stderr } = await platform().akko('--json', 'table', 'maintain', TABLE, ...flags)
  expect(code, stderr).toBe(0)
  return (JSON.parse(stdout) as { readonly tables: readonly [Kept] }).tables[0]
}

beforeAll(async () => {
  await sql(`DROP TABLE IF EXISTS iceberg.${TABLE}`)
  await sql(`CREATE TABLE iceberg.${TABLE} (id integer, name varchar)`)
  for (let i = 0; i < 6; i++) await sql(`INSERT INTO iceberg.${TABLE} VALUES (${i}, 'row'), (${i + 10}, 'gone')`)
  await sql(`DELETE FROM iceberg.${TABLE} WHERE name = 'gone'`)
})
afterAll(async () => {
  await platform().akko('sql', '-e', `DROP TABLE IF EXISTS iceberg.${TABLE}`)
})

describe('akko table', () => {
  it('says what a table is due for, and changes nothing by saying it', async () => {
    const before = await rows()
    const { due, after } = await maintain('--dry-run')
    expect(due.map(({ call }) => call)).toEqual(['optimize', 'optimize_manifests'])
    expect(due[0]?.items).toBe(6)
    expect(after).toBeUndefined()
    expect(await rows()).toBe(before)
  })

  it('makes few files of many: the same rows, and a reader of an old snapshot goes on', async () => {
    const before = await rows()
    const old = await pyiceberg('print(t.current_snapshot().snapshot_id)')
    const kept = await maintain()
    expect([kept.before?.files, kept.after]).toEqual([6, expect.objectContaining({ files: 1, deleteFiles: 0 })])
    expect(await rows()).toBe(before.replace(/ \d+$/, ' 1'))
    expect(await rows(old)).toBe(before.replace(/ \d+$/, ' 1'))
    expect((await maintain()).due).toEqual([])
  })

  it('is done with the rights of who asks', async () => {
    const refused = await platform().akko('table', 'maintain', TABLE, '--user', 'viewer@demo')
    expect(refused.code).toBe(1)
    const none = await platform().akko('--json', 'table', 'ls', '--user', 'viewer@demo')
    expect(none.stdout).not.toContain(TABLE)
  })

  it('lists tables, and shows what one is made of', async () => {
    const listed = JSON.parse((await platform().akko('--json', 'table', 'ls', 'staging')).stdout) as {
      tables: { table: string; size: { rows: number } }[]
    }
    expect(listed.tables.find(({ table }) => table === TABLE)?.size.rows).toBe(6)
    const shown = JSON.parse((await platform().akko('--json', 'table', 'show', `iceberg.${TABLE}`)).stdout) as {
      columns: object[]
      references: object[]
      properties: Record<string, string>
    }
    expect(shown.columns).toEqual([
      { name: 'id', type: 'integer' },
      { name: 'name', type: 'varchar' },
    ])
    expect(shown.references).toMatchObject([{ name: 'main', type: 'BRANCH' }])
    expect(shown.properties.location).toContain('s3://')
    expect((await platform().akko('table', 'show', 'banking.transactions')).stdout).toMatch(/transaction_id +bigint/)
  })

  it('has a dropped table back, as it was', async () => {
    const before = await rows()
    await sql(`DROP TABLE iceberg.${TABLE}`)
    const { dropped } = JSON.parse((await platform().akko('--json', 'table', 'dropped')).stdout) as {
      dropped: { table: string; droppedBy: string }[]
    }
    expect(dropped).toContainEqual(expect.objectContaining({ table: TABLE, droppedBy: 'admin@demo' }))
    const refused = await platform().akko('table', 'undrop', TABLE, '--user', 'viewer@demo')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('viewer@demo may not drop table')])
    expect((await platform().akko('table', 'undrop', TABLE)).code).toBe(0)
    expect(await rows()).toBe(before)
  })

  it('refuses what it does not take', async () => {
    for (const args of [['nope'], ['show'], ['show', 'nodot'], ['undrop'], ['ls', '--dry-run'], ['dropped', 'x']])
      expect(await platform().akko('table', ...args), args.join(' ')).toMatchObject({ code: 1, stderr: expect.stringContaining('akko') })
  })
})
