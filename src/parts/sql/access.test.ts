// The authoriser is asked for every table, however the statement hides it; filters and masks cannot be looked behind.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser, Decision } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { createLivePolicy, createRolePolicy } from '#parts/policy/index'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'
import { RESOURCE_KINDS } from '#runtime/policy'

const people = `SELECT * FROM (VALUES (CAST(1 AS BIGINT), 'Anna', 'FR', 10.5::DECIMAL(12,2)), (2, 'Bert', 'DE', 20), (3, 'Cleo', 'FR', 30)) t(id, name, country, amount)`
const table = { columns: columns('id bigint; name varchar; country varchar; amount decimal(12,2)'), sql: people }

/** `secret` is denied to all; `people` is filtered to France and its names are masked, but for `boss`. */
const policy: Authoriser = {
  async decide(caller, action, resource): Promise<Decision> {
    const name = resource.path.at(-1)
    if (resource.kind === 'query') return { allow: resource.path[1] === caller.sub || caller.sub === 'boss' }
    if (resource.kind === 'platform' && action === 'manage') return { allow: caller.sub === 'boss' }
    if (caller.sub === 'boss') return { allow: true }
    if (resource.kind === 'table' && name === 'secret') return { allow: false, reason: 'ask the boss' }
    if (resource.kind === 'table' && name === 'people')
      return { allow: true, rowFilters: [`"country" = 'FR'`], columnMasks: { name: `substr(name, 1, 1) || '***'` } }
    if (resource.kind === 'table' && name === 'odd')
      return { allow: true, columnMasks: { amount: `name || 'x'`, country: 'no_such(country)', name: `'***'` } }
    if (resource.kind === 'table' && name === 'contacts') return { allow: true, columnMasks: { name: `'***'` } }
    return { allow: true }
  },
}

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const connector = fixtureConnector({ public: { people: table, contacts: table, odd: table, secret: table, open: table } })
const HEADERS = { 'x-trino-catalog': 'pg', 'x-trino-schema': 'public' }
const as = (user: string, statement: string) => ask(sql.url, statement, { ...HEADERS, 'x-trino-user': user })

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { pg: connector }, authoriser: policy })
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

describe('a mask that does not fit', () => {
  const MISMATCH = `TYPE_MISMATCH: Expected column mask for 'pg.public.odd.amount' to be of type decimal(12,2), but was varchar`
  const INVALID = /^INVALID_COLUMN_MASK: Invalid column mask for 'pg.public.odd.country': .*no_such/
  const refusal = async (statement: string) => {
    const { error, rows } = await as('anna', statement)
    return error ? `${error.errorName}: ${error.message}` : JSON.stringify(rows)
  }

  it('is told by table, column and mask, to who reads the column, however he does', async () => {
    expect(await refusal('SELECT amount FROM odd')).toBe(MISMATCH)
    expect(await refusal('SELECT country FROM odd')).toMatch(INVALID)
    for (const statement of [
      'SELECT * FROM odd',
      'SELECT 1 FROM odd WHERE amount > 1',
      'SELECT count(*) FROM odd GROUP BY amount',
      'SELECT id FROM odd ORDER BY amount',
      'SELECT x FROM (SELECT amount AS x FROM odd)',
      'SELECT o.id FROM odd o JOIN odd p USING (amount)',
      'SELECT max(amount) OVER () FROM odd',
    ])
      expect([statement, await refusal(statement)]).toEqual([statement, expect.stringMatching(/^(TYPE_MISMATCH|INVALID_COLUMN_MASK): /)])
  })

  it('keeps nobody from the other columns', async () => {
    expect(await refusal('SELECT id, name FROM odd WHERE id < 3 ORDER BY id')).toBe('[[1,"***"],[2,"***"]]')
    expect(await refusal('SELECT count(*) FROM odd')).toBe('[[3]]')
    expect(await refusal('SELECT id FROM (SELECT * FROM odd) WHERE id = 1')).toBe('[[1]]')
  })
})

describe('a denied table', () => {
  it.each([
    'SELECT * FROM secret',
    'SELECT * FROM pg.public.SECRET',
    'SELECT * FROM "secret" s',
    'SELECT (SELECT max(id) FROM secret)',
    'SELECT 1 WHERE EXISTS (SELECT 1 FROM secret)',
    'WITH s AS (SELECT * FROM secret) SELECT 1 FROM s',
    'WITH secret AS (SELECT * FROM pg.public.secret) SELECT * FROM secret',
    'SELECT * FROM open UNION ALL SELECT * FROM secret',
    'SELECT * FROM open o JOIN secret s ON o.id = s.id',
    'SELECT * FROM open, LATERAL (SELECT * FROM secret) s',
    'TABLE secret',
    'SELECT id FROM open WHERE id IN (SELECT id FROM secret)',
    'DESCRIBE secret',
    'SHOW CREATE TABLE secret',
    'EXPLAIN SELECT * FROM secret',
    'EXPLAIN ANALYZE SELECT * FROM secret',
    `EXECUTE IMMEDIATE 'SELECT * FROM secret'`,
    'SELECT count(*) FROM secret',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, secret WHERE n < 2) SELECT * FROM r',
  ])('%s', async (statement) => {
    connector.asked.length = 0
    const answer = await as('anna', statement)
    expect(answer.error?.errorName).toBe('PERMISSION_DENIED')
    expect(answer.error?.message).toContain('ask the boss')
    expect(connector.asked.filter((r) => r.table === 'secret')).toEqual([])
  })

  it('is not reached by a common table of its name', async () => {
    const answer = await as('anna', 'WITH secret AS (SELECT 7 AS x) SELECT x FROM secret')
    expect(answer.rows).toEqual([[7]])
  })
})

describe('filters and masks', () => {
  it('show the rows and texts that the policy leaves', async () => {
    const answer = await as('anna', 'SELECT id, name FROM people ORDER BY id')
    expect(answer.rows).toEqual([
      [1, 'A***'],
      [3, 'C***'],
    ])
    expect((await as('boss', 'SELECT count(*) FROM people')).rows).toEqual([[3]])
  })

  it('hold in aggregates, joins and conditions', async () => {
    expect((await as('anna', 'SELECT count(*), max(name) FROM people')).rows).toEqual([[2, 'C***']])
    expect((await as('anna', `SELECT id FROM people WHERE name = 'Anna'`)).rows).toEqual([])
    expect((await as('anna', `SELECT id FROM people WHERE name = 'A***'`)).rows).toEqual([[1]])
    expect((await as('anna', `SELECT p.id FROM people p JOIN open o ON p.name = o.name`)).rows).toEqual([])
  })

  it('leave the source the conditions of the policy alone', async () => {
    connector.asked.length = 0
    await as('anna', `SELECT id FROM people WHERE name = 'Anna' AND amount > 5.5 AND id = 1`)
    expect(connector.asked.map((r) => r.predicates.map((p) => p.column))).toEqual([['country']])
    await as('carl', `SELECT id FROM contacts WHERE name = 'Anna' AND amount > 5.5 AND id = 1`)
    expect(connector.asked[1]?.predicates.map((p) => p.column)).toEqual(['amount', 'id'])
  })

  it('have names in EXPLAIN, and no texts', async () => {
    for (const explain of ['EXPLAIN', 'EXPLAIN (FORMAT JSON)', 'EXPLAIN ANALYZE']) {
      const answer = await as('anna', `${explain} SELECT id, name FROM people WHERE id > 41`)
      const text = String(answer.rows[0]?.[0])
      expect(text).toContain('policy filter')
      expect(text).toContain('policy mask')
      expect(text).toContain('41')
      expect(text).not.toMatch(/\bFR\b|\*\*\*/)
    }
  })

  it.each(['people', 'people AS p', 'open', 'open AS p', '(SELECT * FROM people) AS p'])(
    'hold in a sample, whose columns keep their names: %s',
    async (from) => {
      const ids = from.startsWith('open') ? [[1], [2], [3]] : [[1], [3]]
      const sampled = `${from} TABLESAMPLE BERNOULLI (100)`
      const all = await as('anna', `SELECT * FROM ${sampled} LIMIT 1`)
      expect([all.error, all.rows.length]).toEqual([undefined, 1])
      for (const statement of [
        `SELECT id FROM ${sampled} WHERE amount > 1 ORDER BY id`,
        `SELECT s.id FROM (SELECT * FROM ${sampled}) AS s JOIN open o ON o.id = s.id ORDER BY s.id`,
        `SELECT id FROM ${sampled} JOIN (VALUES 7) AS o(x) ON id < x GROUP BY id ORDER BY id`,
      ]) {
        const answer = await as('anna', statement)
        expect([answer.error, answer.rows]).toEqual([undefined, ids])
      }
    },
  )
})

describe('personal data inside of values', () => {
  const model: AccessModel = {
    roleGrants: { user: { read: ['*.*'] }, clear: { read: ['*.*'], clear: true }, viewer: { read: ['*.*'], filtered: true, clear: true } },
    masks: {},
    classified: [{ schemas: ['pg.public'], column: 'email', as: 'all' }],
    rowFilters: [{ schemas: ['pg.public'], column: 'confidential', filter: 'NOT {column}' }],
  }
  const rows = `SELECT * FROM (VALUES (CAST(1 AS BIGINT), {'full_name': 'Real Person', 'email': 'real@x.example'}, [{'email': 'real@x.example'}],
    MAP([1::BIGINT], [{'email': 'real@x.example'}]), {'a': 7::BIGINT}, 'real@x.example')) t(id, person, list, by_id, plain, made)`
  const values = {
    columns: columns(
      'id bigint; person row(full_name varchar, email varchar); list array(row("EMAIL" varchar)); by_id map(bigint, row(email varchar)); plain row(a bigint); made varchar',
    ).map((c) => (c.name === 'made' ? { ...c, nested: ['email'] } : c)),
    sql: rows,
  }
  const marked = {
    columns: columns('id bigint; flags row(confidential boolean)'),
    sql: `SELECT 1::BIGINT AS id, {'confidential': true} AS flags`,
  }
  const roles = createRolePolicy(model, RESOURCE_KINDS)
  let masked: typeof sql
  const read = (role: string, statement: string) => ask(masked.url, statement, { ...HEADERS, 'x-trino-user': role })
  beforeAll(async () => {
    masked = await startSql(bench, {
      connectors: { pg: fixtureConnector({ public: { values, marked } }) },
      authoriser: { decide: (caller, action, resource) => roles.decide({ ...caller, roles: [caller.sub] }, action, resource) },
    })
  })
  afterAll(() => masked.stop())

  it('is masked with the whole column, at any depth', async () => {
    const all = await read('user', 'SELECT * FROM "values"')
    expect(all.rows).toEqual([[1, null, null, null, [7], null]])
    expect((await read('user', `SELECT person.email, by_id[1], CAST(person AS json) FROM "values"`)).rows).toEqual([[null, null, null]])
    expect((await read('user', `SELECT id FROM "values" WHERE person.full_name = 'Real Person'`)).rows).toEqual([])
    expect((await read('user', `SELECT e FROM "values" CROSS JOIN UNNEST(list) AS u(e)`)).rows).toEqual([])
    expect((await read('clear', 'SELECT person.email, made FROM "values"')).rows).toEqual([['real@x.example', 'real@x.example']])
  })

  it('denies a table whose rows are marked inside of a value to who sees marked rows only', async () => {
    expect((await read('viewer', 'SELECT id FROM marked')).error?.errorName).toBe('PERMISSION_DENIED')
    expect((await read('user', 'SELECT id FROM marked')).rows).toEqual([[1]])
  })
})

describe('an authoriser that does not answer', () => {
  it('denies', { timeout: 20_000 }, async () => {
    const silent = await startSql(bench, {
      connectors: { pg: connector },
      authoriser: {
        decide: (_caller, _action, resource) => (resource.kind === 'table' ? new Promise(() => {}) : Promise.resolve({ allow: true })),
      },
    })
    const answer = await ask(silent.url, 'SELECT * FROM pg.public.open')
    expect(answer.error?.errorName).toBe('PERMISSION_DENIED')
    await silent.stop()
  })
})

describe('a policy that changes while a statement is planned', () => {
  const reads = (schema: string): AccessModel => ({
    roleGrants: { one: { read: [`pg.${schema}`], clear: true } },
    masks: {},
    classified: [],
    rowFilters: [],
  })
  it('judges it by one of the two, whenever it changes: what neither allows is not answered', async () => {
    let questions = 0
    let changesAt = 0
    const live = createLivePolicy(() => reads(questions++ < changesAt ? 'before' : 'after'), RESOURCE_KINDS)
    const both = await startSql(bench, {
      connectors: { pg: fixtureConnector({ before: { people: table }, after: { people: table } }) },
      authoriser: live,
      personNow: async () => ({ roles: ['one'] }),
    })
    const seen = new Map<string, Set<string>>()
    const asked = async (schemas: string) => {
      const from = schemas.split(', ').map((schema) => `pg.${schema}.people ${schema}`)
      const { error, rows } = await ask(both.url, `SELECT count(*) FROM ${from.join(', ')}`)
      const answers = seen.get(schemas) ?? new Set()
      seen.set(schemas, answers.add(error ? error.errorName : JSON.stringify(rows)))
    }
    for (changesAt = 0; changesAt < 24; changesAt++)
      for (const schemas of ['before', 'after', 'before, after', 'after, before']) {
        questions = 0
        await asked(schemas)
      }
    await both.stop()
    const ONE = new Set(['PERMISSION_DENIED', '[[3]]'])
    const NEITHER = new Set(['PERMISSION_DENIED'])
    expect(Object.fromEntries(seen)).toEqual({ before: ONE, after: ONE, 'before, after': NEITHER, 'after, before': NEITHER })
  }, 60_000)
})

describe('queries of others', () => {
  it('are neither listed, paged, nor cancelled; an administrator may', async () => {
    const started = (await (
      await fetch(`${sql.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers: { 'x-trino-user': 'anna' } })
    ).json()) as { id: string; nextUri: string }
    const call = (user: string, path: string, method = 'GET') => fetch(path, { method, headers: { 'x-trino-user': user } })
    expect((await call('eve', started.nextUri)).status).toBe(403)
    expect((await call('eve', started.nextUri, 'DELETE')).status).toBe(403)
    const refused = await call('eve', `${sql.url}/v1/query/${started.id}`)
    const told = await refused.text()
    expect([refused.status, told]).toEqual([403, expect.stringContaining(`query ${started.id}`)])
    expect(told).not.toContain('anna')
    const listed = (await (await call('eve', `${sql.url}/v1/query`)).json()) as { queryId: string }[]
    expect(listed.map((q) => q.queryId)).not.toContain(started.id)
    expect((await call('boss', `${sql.url}/v1/query/${started.id}`)).status).toBe(200)
    expect((await as('eve', `SELECT count(*) FROM system.runtime.queries WHERE user = 'anna'`)).rows).toEqual([[0]])
    expect((await call('anna', started.nextUri)).status).toBe(200)
  })

  it('are in the history of their owner only, and in that of an administrator', async () => {
    await as('carl', 'SELECT 4711')
    const count = `SELECT count(*) FROM system.history.queries WHERE query = 'SELECT 4711'`
    expect((await as('carl', count)).rows).toEqual([[1]])
    expect((await as('eve', count)).rows).toEqual([[0]])
    expect((await as('boss', count)).rows).toEqual([[1]])
  })
})
