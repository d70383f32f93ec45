// Columns that bear the names by which rows are found: what is changed is what was selected, and what is read what was written.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], write: ['iceberg.*'], filtered: true },
      },
      masks: {},
      classified: [],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'] })[user] ?? [],
  )
}, 120_000)
afterAll(() => lake?.stop())

const count = async (sql: string, user?: string) => {
  const { error, updateCount } = await lake.ask(sql, user)
  return error ? `${error.errorName}: ${error.message}` : updateCount
}
const all = (table: string) => lake.rows(`SELECT * FROM ${table} ORDER BY 1`)

const NUMBERS = ['__akko_position', '__AKKO_POSITION', '__akko_position_', 'file_row_number', 'file_index', 'pos', 'rowid']
const TEXTS = ['__akko_file', '__Akko_File', 'filename', 'FileName', 'file_path', 'path']
let tables = 0

describe.each([
  ...NUMBERS.map((name): [string, unknown[], (i: number) => string] => [name, [1, 0, 7], (i) => `${[1, 0, 7][i]}`]),
  ...TEXTS.map((name): [string, unknown[], (i: number) => string] => [
    name,
    ['a.csv', 'b.csv', 'c'],
    (i) => `'${['a.csv', 'b.csv', 'c'][i]}'`,
  ]),
])('a column %s', (name, values, text) => {
  const table = `t${tables++}`
  it('is read, deleted by, updated and merged like any other', async () => {
    const rows = [0, 1, 2].map((i) => `(${i + 1}, ${text(i)})`)
    await lake.rows(`CREATE TABLE ${table} AS SELECT * FROM (VALUES ${rows.join()}) AS t(id, "${name}")`)
    expect(await count(`DELETE FROM ${table} WHERE "${name}" = ${text(0)}`)).toBe(1)
    expect(await all(table)).toEqual([
      [2, values[1]],
      [3, values[2]],
    ])
    expect(await lake.rows(`SELECT id FROM ${table} WHERE "${name}" = ${text(2)}`)).toEqual([[3]])
    expect(await count(`UPDATE ${table} SET "${name}" = ${text(0)} WHERE "${name}" = ${text(1)}`)).toBe(1)
    expect(await all(table)).toEqual([
      [2, values[0]],
      [3, values[2]],
    ])
    const merge = `MERGE INTO ${table} AS t USING (VALUES ${rows.join()}) AS s(id, v) ON t."${name}" = s.v
      WHEN MATCHED AND s.id = 3 THEN DELETE WHEN MATCHED THEN UPDATE SET id = 10 WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`
    expect(await count(merge)).toBe(3)
    expect(await all(table)).toEqual([
      [2, values[1]],
      [10, values[0]],
    ])
  })

  it('is told apart from where a row is, also across a row filter', async () => {
    const rows = [0, 1, 2].map((i) => `(${i + 1}, ${text(i)})`)
    await lake.rows(`CREATE TABLE ${table}g AS SELECT *, true AS hidden FROM (VALUES ${rows.join()}) AS t(id, "${name}")`)
    await lake.rows(`UPDATE ${table}g SET hidden = false WHERE id > 1`)
    expect(await count(`DELETE FROM ${table}g WHERE "${name}" = ${text(0)}`, 'carl')).toBe(0)
    expect(await count(`DELETE FROM ${table}g WHERE "${name}" = ${text(1)}`, 'carl')).toBe(1)
    expect(await all(`${table}g`)).toEqual([
      [1, values[0], true],
      [3, values[2], false],
    ])
  })
})

it('both kinds at once, beside names made of them, and all rows of a file', async () => {
  const names = [...NUMBERS, ...TEXTS, '__akko_file_'].filter(
    (name, i, list) => list.findIndex((x) => x.toLowerCase() === name.toLowerCase()) === i,
  )
  await lake.rows(
    `CREATE TABLE b AS SELECT * FROM (VALUES ${[1, 0, 5].map((x) => `(${names.map(() => x).join()})`).join()}) AS t(${names.map((n) => `"${n}"`).join()})`,
  )
  expect(await count('DELETE FROM b WHERE __akko_position = 1')).toBe(1)
  expect(await all('b')).toEqual([0, 5].map((x) => names.map(() => x)))
  expect(await count('UPDATE b SET filename = 6, file_row_number = __akko_file + 1 WHERE file_row_number = 0')).toBe(1)
  expect(await lake.rows('SELECT filename, file_row_number, file_index FROM b ORDER BY 1')).toEqual([
    [5, 5, 5],
    [6, 1, 0],
  ])
  expect(await count('DELETE FROM b')).toBe(2)
})

it('a column named as the keys of folders is written in a partitioned table', async () => {
  await lake.rows(
    `CREATE TABLE k WITH (partitioning = ARRAY['part', '"__akko_key_0"']) AS SELECT * FROM (VALUES (1, 'a', 8), (2, 'b', 9)) AS t("__akko_key_1", part, "__akko_key_0")`,
  )
  expect(await all('k')).toEqual([
    [1, 'a', 8],
    [2, 'b', 9],
  ])
  expect(await lake.rows('SELECT "__akko_key_1" FROM k WHERE part = \'b\' AND "__akko_key_0" = 9')).toEqual([[2]])
  const partitions = `print(sorted(str(p) for p in c.load_table('ns.k').inspect.partitions().to_pydict()['partition']))`
  expect(await lake.pyiceberg(partitions)).toBe(`["{'part': 'a', '__akko_key_0': 8}", "{'part': 'b', '__akko_key_0': 9}"]`)
  expect(await count('UPDATE k SET "__akko_key_0" = 7 WHERE "__akko_key_1" = 2')).toBe(1)
  expect(await count('DELETE FROM k WHERE "__akko_key_0" = 8')).toBe(1)
  expect(await all('k')).toEqual([[2, 'b', 7]])
})
