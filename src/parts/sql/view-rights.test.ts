// With whose rights a view is read, and what of it nobody is told.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people, startViewBench, type ViewBench } from '#parts/sql/views-testing'

let bench: ViewBench
beforeAll(async () => {
  bench = await startViewBench()
}, 120_000)
afterAll(() => bench?.close())

const as = (...request: Parameters<ViewBench['as']>) => bench.as(...request)
const rows = (...request: Parameters<ViewBench['rows']>) => bench.rows(...request)
const refusal = (user: string, statement: string) => bench.refusal(user, statement)
const stored = (name: string) => bench.stored(name)
const ada = (statement: string) => rows('ada', statement)

describe('the rights of a view', () => {
  const OWNED = `SELECT id, full_name AS name, country FROM secret.people`

  it('are its owner’s: who may read it needs no right below', async () => {
    await ada(`CREATE VIEW lent AS ${OWNED}`)
    expect(await refusal('vic', 'SELECT * FROM secret.people')).toMatch(/^(SCHEMA|TABLE)_NOT_FOUND/)
    expect(await rows('vic', 'SELECT name FROM lent WHERE id = 2')).toEqual([['Bert']])
    expect(await rows('vic', 'SELECT current_user, count(*) FROM lent')).toEqual([['vic', 4]])
    people.set('zoe', ['elsewhere'])
    expect(await refusal('zoe', 'SELECT * FROM lent').catch(String)).toMatch(/NOT_FOUND|denied/)
    await ada('DROP VIEW lent')
  })

  it('are the reader’s own with SECURITY INVOKER', async () => {
    await ada(`CREATE VIEW borrowed SECURITY INVOKER AS ${OWNED}`)
    expect(await rows('ada', 'SELECT name FROM borrowed WHERE id = 2')).toEqual([['Bert']])
    expect(await rows('uma', 'SELECT name FROM borrowed WHERE id = 2')).toEqual([['B***']])
    expect(await refusal('vic', 'SELECT * FROM borrowed')).toMatch(/^INVALID_VIEW: .*secret/)
    await ada('CREATE VIEW lending AS SELECT * FROM borrowed')
    expect(await rows('ada', 'SELECT name FROM lending WHERE id = 2')).toEqual([['Bert']])
    expect(await rows('uma', 'SELECT name FROM lending WHERE id = 2')).toEqual([['B***']])
    expect(await refusal('vic', 'SELECT * FROM lending')).toMatch(/^INVALID_VIEW: .*secret/)
    for (const view of ['lending', 'borrowed']) await ada(`DROP VIEW ${view}`)
  })

  it('leave the masks and filters that the policy has for the view itself', async () => {
    await ada('CREATE VIEW masked AS SELECT id, full_name, confidential FROM secret.people')
    expect(await rows('vic', 'SELECT * FROM masked ORDER BY id')).toEqual([
      [1, 'A***', false],
      [3, 'C***', false],
    ])
    expect(await rows('vic', `SELECT count(*) FROM masked WHERE full_name = 'Anna'`)).toEqual([[0]])
    expect(await rows('uma', 'SELECT count(*), max(full_name) FROM masked')).toEqual([[4, 'D***']])
    expect(await rows('ada', 'SELECT count(*), max(full_name) FROM masked')).toEqual([[4, 'Dora']])
    expect(String((await rows('uma', 'EXPLAIN SELECT * FROM masked'))[0])).toContain('withheld')
    await ada('DROP VIEW masked')
  })

  it('are those of its owner now, with what is hidden from him', async () => {
    await ada(`CREATE VIEW of_now AS ${OWNED}`)
    const seen = () => rows('vic', 'SELECT name FROM of_now WHERE id = 2')
    try {
      expect(await seen()).toEqual([['Bert']])
      people.set('ada', ['user'])
      expect(await seen()).toEqual([['B***']])
      people.set('ada', ['viewer'])
      expect(await refusal('vic', 'SELECT * FROM of_now')).toMatch(/^INVALID_VIEW/)
      people.set('ada', [])
      expect(await refusal('vic', 'SELECT * FROM of_now')).toMatch(
        /^PERMISSION_DENIED: View owner does not have sufficient privileges: 'ada' may not read catalog iceberg/,
      )
      people.delete('ada')
      expect(await refusal('vic', 'SELECT * FROM of_now')).toBe(
        "PERMISSION_DENIED: View owner does not have sufficient privileges: the account of 'ada', with whose rights view 'iceberg.open.of_now' is read, is gone or disabled",
      )
      expect(await refusal('vic', 'SELECT 1 FROM (SELECT count(*) FROM of_now)')).toContain('PERMISSION_DENIED')
    } finally {
      people.set('ada', ['engineer'])
    }
    expect(await seen()).toEqual([['Bert']])
    await ada('DROP VIEW of_now')
  })

  it('are the replacer’s, whatever the view was before', async () => {
    await ada(`CREATE VIEW passed AS ${OWNED}`)
    expect(await refusal('uma', 'CREATE OR REPLACE VIEW passed AS SELECT 1 AS x')).toMatch(/^PERMISSION_DENIED/)
    expect(await refusal('vic', 'DROP VIEW passed')).toMatch(/^PERMISSION_DENIED/)
    expect(await refusal('vic', 'ALTER VIEW passed RENAME TO mine')).toMatch(/^PERMISSION_DENIED/)
    expect(await refusal('vic', `COMMENT ON VIEW passed IS 'x'`)).toMatch(/^PERMISSION_DENIED/)
    expect(await refusal('uma', 'CREATE VIEW mine AS SELECT 1 AS x')).toMatch(/^PERMISSION_DENIED/)
    await rows('bob', `CREATE OR REPLACE VIEW passed AS ${OWNED}`)
    expect((await stored('passed')).properties).toEqual({ 'trino.run-as-owner': 'bob' })
    await ada('ALTER VIEW passed RENAME TO passed_on')
    expect((await stored('passed_on')).properties).toEqual({ 'trino.run-as-owner': 'bob' })
    await ada('ALTER VIEW passed_on RENAME TO secret.passed_on')
    await ada('ALTER VIEW secret.passed_on RENAME TO open.passed_on')
    expect((await stored('passed_on')).properties).toEqual({ 'trino.run-as-owner': 'ada' })
    await ada('DROP VIEW passed_on')
  })

  it('are not lent to a text that another puts in the place of what the view reads', async () => {
    await ada('CREATE TABLE below AS SELECT id, full_name AS name FROM secret.people WHERE id = 1')
    await ada('CREATE VIEW trusting AS SELECT id, name FROM below')
    expect(await rows('vic', 'SELECT name FROM trusting')).toEqual([['Anna']])
    await rows('bob', 'DROP TABLE below')
    await rows('bob', `CREATE VIEW below SECURITY INVOKER AS ${OWNED}`)
    expect(await rows('ada', 'SELECT count(*) FROM trusting')).toEqual([[4]])
    expect(await refusal('vic', 'SELECT * FROM trusting')).toMatch(/^INVALID_VIEW: .*secret/)
    for (const view of ['trusting', 'below']) await ada(`DROP VIEW ${view}`)
  })

  it('stay with the owner when another comments on it or on a column', async () => {
    await ada(`CREATE VIEW described AS ${OWNED}`)
    for (const what of ['VIEW described', 'COLUMN described.name']) await rows('bob', `COMMENT ON ${what} IS 'said by bob'`)
    expect((await stored('described')).properties['trino.run-as-owner']).toBe('ada')
    expect(await rows('vic', 'SELECT name FROM described WHERE id = 2')).toEqual([['Bert']])
    await ada('DROP VIEW described')
  })

  it('are not lent by a view that is made with what its maker may not read', async () => {
    people.set('tom', ['viewer', 'writer'])
    expect(await refusal('tom', 'CREATE VIEW grabbed AS SELECT * FROM secret.people')).toMatch(/^(PERMISSION_DENIED|SCHEMA_NOT_FOUND)/)
    people.delete('tom')
  })
})

describe('what a view of another’s hides', () => {
  const CONDITIONS = [
    `CAST(q.s AS integer) = 1`,
    `10 / (q.id - 2) < 100`,
    `from_hex('0' || q.s) IS NOT NULL`,
    `regexp_like('a1', q.s)`,
    `cardinality(regexp_extract_all('a1', q.s)) = 1`,
    `hamming_distance(q.s, '1') = 0`,
    `date_parse('2000-01-0' || q.s, '%Y-%m-%d') IS NOT NULL`,
    `ARRAY[1, 2, 3][q.id - 1] > 0`,
    `CASE WHEN q.country = 'FR' THEN true ELSE 1 / (q.id - q.id) = 1 END`,
  ]
  const SHAPES: readonly [string, (condition: string) => string][] = [
    ['a condition', (c) => `SELECT count(*) FROM hiding q WHERE ${c}`],
    ['a join', (c) => `SELECT count(*) FROM hiding q JOIN (VALUES 0, 1) o(k) ON q.id >= o.k AND ${c}`],
    ['a subquery', (c) => `SELECT count(*) FROM (VALUES 1, 3) o(k) WHERE EXISTS (SELECT 1 FROM hiding q WHERE q.id = o.k AND ${c})`],
    [
      'a computed column under a join',
      (c) => `SELECT count(*) FROM (SELECT ${c} AS z, id FROM hiding q) y JOIN (VALUES 0, 1) o(k) ON y.id >= o.k WHERE z`,
    ],
    ['an aggregate', (c) => `SELECT count(*) FILTER (WHERE ${c}) FROM hiding q`],
    ['a view of the asker’s own kind', (c) => `SELECT count(*) FROM (SELECT * FROM hiding_too) q WHERE ${c}`],
  ]
  beforeAll(async () => {
    await ada(`CREATE VIEW hiding AS SELECT id, country, s FROM secret.people WHERE country = 'FR'`)
    await ada('CREATE VIEW hiding_too SECURITY INVOKER AS SELECT * FROM hiding')
    await ada(`CREATE VIEW failing AS SELECT id, CAST(json_parse('"' || s || '"') AS integer) AS d FROM secret.people`)
  })

  it.each(SHAPES)('is not met by what is asked, in %s', async (_, shape) => {
    const answers: Record<string, unknown> = {}
    for (const condition of CONDITIONS) {
      const { error } = await as('vic', shape(condition))
      // An error of a row that is seen is the asker's own; of a hidden one it would hold its value.
      answers[condition] = error && /secret|DIVISION_BY_ZERO/.test(`${error.errorName} ${error.message}`) ? error.message : 'nothing seen'
    }
    expect(answers).toEqual(Object.fromEntries(CONDITIONS.map((c) => [c, 'nothing seen'])))
  })

  it('is not told by errors of its own text', async () => {
    const [theirs, own] = await Promise.all(['vic', 'ada'].map((user) => as(user, 'SELECT max(d) FROM failing WHERE id IN (2, 4)')))
    expect(own?.error?.message).toMatch(/secret/)
    expect(theirs?.error?.errorName).toBe(own?.error?.errorName)
    expect(theirs?.error?.message).not.toContain('secret')
  })

  it.each([
    ['a group of a pattern', `regexp_extract('a', '(?=a)a', 1970 + id)`, /access group 1972/, 'Pattern has no such group'],
    [
      'a letter of a pattern of Joda',
      `format_datetime(TIMESTAMP '2001-01-01 00:00:00 UTC', substr('fgt', id, 1))`,
      /component: g/,
      'Illegal pattern component',
    ],
    [
      'an escape in a pattern',
      `regexp_like('a', '(?=a)' || if(id = 2, '\\j', 'b'))`,
      /\\j/,
      'a regular expression with such an escape is not served here yet',
    ],
    [
      'the kind of a geometry',
      `ST_X(ST_Centroid(ST_Polygon(if(id = 2, 'POINT (1 2)', 'LINESTRING (1 2, 3 4)'))))`,
      /Point/,
      'ST_Polygon does not apply to this kind of geometry',
    ],
    [
      'the zoom of a tile',
      `bing_tile_quadkey(bing_tile(1000000000, 1, CAST(id AS integer)))`,
      /level 2 /,
      'XY coordinates for a Bing tile must be within the range of its zoom level',
    ],
    [
      'a text that reads like a lack of memory',
      `CAST(json_parse('"' || s || ' bad_alloc"') AS integer)`,
      /secret/,
      'a value does not fit; the text of the engine is withheld, since it may show what a row filter or a mask on a table of this query hides',
    ],
  ] as const)('is not told by an error of ours: %s', async (_, expression, value, withheld) => {
    await ada(`CREATE OR REPLACE VIEW failing_too AS SELECT id, ${expression} AS d FROM secret.people`)
    const [theirs, own] = await Promise.all(['vic', 'ada'].map((user) => as(user, 'SELECT max(d) FROM failing_too WHERE id = 2')))
    expect(own?.error?.message).toMatch(value)
    expect(theirs?.error?.errorName).toBe(own?.error?.errorName)
    expect(theirs?.error?.message).toBe(withheld)
  })

  it('hands no condition of the asker to the source', async () => {
    const explained = String((await rows('bob', `EXPLAIN SELECT * FROM hiding WHERE id = 41`))[0])
    expect(explained).toContain('handed down: country = FR')
    expect(explained).not.toMatch(/handed down:[^\n]*41/)
    expect(explained).toContain('OFFSET 0')
  })

  it('are not named by EXPLAIN to who does not see all of it', async () => {
    for (const user of ['vic', 'uma'])
      for (const explain of ['EXPLAIN', 'EXPLAIN ANALYZE', 'EXPLAIN (FORMAT JSON)', 'EXPLAIN (TYPE IO)'])
        for (const view of ['hiding', 'hiding_too']) {
          const text = JSON.stringify(await rows(user, `${explain} SELECT id FROM ${view}`))
          expect([user, explain, view, text.match(/people|country|secret|'FR'/)]).toEqual([user, explain, view, null])
          if (!explain.includes('IO')) expect(text).toContain('withheld')
        }
    expect(String((await rows('ada', 'EXPLAIN SELECT id FROM hiding'))[0])).toContain('iceberg.secret.people')
    expect(String((await rows('bob', 'EXPLAIN (TYPE IO) SELECT id FROM hiding'))[0])).toContain('people')
  })
})
