// A literal or a name of the statement stays what it is wherever it stands: nothing of it becomes SQL of the engine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

const marks = `SELECT * FROM (VALUES (CAST(1 AS BIGINT), '$1', 'FR'), (2, '$5%', 'FR'), (3, '{s}', 'FR'), (4, '$*', 'DE'), (5, 'x', 'FR')) t(id, mark, country)`
const policy: Authoriser = {
  async decide(_caller, _action, resource) {
    if (resource.kind !== 'table' || resource.path.at(-1) !== 'guarded') return { allow: true }
    return { allow: true, rowFilters: [`country = 'FR'`], columnMasks: { mark: `substr(mark, 1, 1) || '$1{s}'` } }
  },
}

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const table = { columns: columns('id bigint; mark varchar; country varchar'), sql: marks }
const run = async (statement: string) => {
  const answer = await ask(sql.url, statement, { 'x-trino-catalog': 'pg', 'x-trino-schema': 'public' })
  expect(answer.error, statement).toBeUndefined()
  return answer.rows
}

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { pg: fixtureConnector({ public: { marks: table, guarded: table } }) }, authoriser: policy })
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

describe('names in a JSON path', () => {
  it.each([
    [`json_extract_scalar('{"a\\"b": "x"}', '$["a\\"b"]')`, 'x'],
    [`json_extract_scalar('{"a\\\\b": "x", "a\\\\\\\\b": "y"}', '$["a\\\\b"]')`, 'x'],
    [`json_extract_scalar('{"a\\\\b": 1.5, "a\\\\\\\\b": "y"}', '$["a\\\\b"]')`, '1.5'],
    [`json_extract_scalar('{"x": "1", "*": "2"}', '$["*"]')`, '2'],
    [`json_extract_scalar('{"x": "1"}', '$["*"]')`, null],
    [`json_format(json_extract('{"x": {"y": 1}, "*": {"y": 2}}', '$["*"].y'))`, '2'],
    [`json_size('{"a\\"b": [1, 2]}', '$["a\\"b"]')`, 2],
  ])('%s', async (call, value) => {
    expect(await run(`SELECT ${call}`)).toEqual([[value]])
  })
})

describe('an interval', () => {
  it.each([' ', ' 1', '1 ', '\t'])('is not %j', async (text) => {
    const answer = await ask(sql.url, `SELECT INTERVAL '${text}' DAY`)
    expect(answer.error?.errorName).toBe('INVALID_LITERAL')
  })
})

describe('marks of our templates in literals', () => {
  it.each([
    [`SELECT count(*) FILTER (WHERE mark = '$1') FROM marks`, [[1]]],
    [`SELECT count(id) FILTER (WHERE mark = '$1') FROM marks`, [[1]]],
    [`SELECT count_if(mark = '$1') FROM marks`, [[1]]],
    [`SELECT count(id) FILTER (WHERE mark LIKE '$5%') FROM marks`, [[1]]],
    [`SELECT max(mark) FILTER (WHERE mark = '{s}') FROM marks`, [['{s}']]],
    [`SELECT sum(id) FILTER (WHERE mark = '$*') FROM marks`, [[4]]],
    [`SELECT concat_ws('$2', '$1', '$3', '{o}')`, [['$1$2$3$2{o}']]],
    [`SELECT replace('a$1b', '$1', '$2'), upper('$1'), coalesce('{d}', '$*')`, [['a$2b', '$1', '{d}']]],
    [
      `SELECT array_agg(mark ORDER BY CASE WHEN mark = '$1' THEN 1 WHEN mark = '{o}' THEN 2 ELSE 3 END, id) FROM marks WHERE id < 3`,
      [[['$1', '$5%']]],
    ],
    [`SELECT listagg(mark, '$1{o}') WITHIN GROUP (ORDER BY mark = '$1', id) FROM marks WHERE id < 3`, [['$5%$1{o}$1']]],
    [
      `SELECT id, lag(id, 1, 9) OVER (ORDER BY CASE WHEN mark = '$1' THEN 9 WHEN mark = '{n}' THEN 1 ELSE 0 END) FROM marks WHERE id IN (1, 5) ORDER BY id`,
      [
        [1, 5],
        [5, 9],
      ],
    ],
    [`SELECT sum(id) OVER (PARTITION BY mark = '$1' OR mark = '{s}') FROM marks ORDER BY 1`, [[4], [4], [11], [11], [11]]],
    [`SELECT max_by(id, mark || '$1') FILTER (WHERE mark <> '$2') FROM marks`, [[3]]],
    [`SELECT transform(ARRAY['$1', '{s}'], x -> x || '$2')`, [[['$1$2', '{s}$2']]]],
  ] as [string, unknown[][]][])('%s', async (statement, rows) => {
    expect(await run(statement)).toEqual(rows)
  })

  it.each([
    [
      `SELECT id, mark FROM guarded WHERE mark <> '$1' ORDER BY id`,
      [
        [1, '$$1{s}'],
        [2, '$$1{s}'],
        [3, '{$1{s}'],
        [5, 'x$1{s}'],
      ],
    ],
    [`SELECT count(mark) FILTER (WHERE mark = '$$1{s}'), max(mark) FILTER (WHERE mark <> '$1') FROM guarded`, [[2, '{$1{s}']]],
    [`SELECT DISTINCT max(mark) OVER (ORDER BY mark = '{s}', mark = '$1') FROM guarded`, [['{$1{s}']]],
  ] as [string, unknown[][]][])('with mask and filter: %s', async (statement, rows) => {
    expect(await run(statement)).toEqual(rows)
  })
})
