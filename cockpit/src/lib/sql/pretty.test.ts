import { describe, expect, it } from 'vitest'
import { tokenize } from '~/lib/sql/lexer'
import { formatSql } from '~/lib/sql/pretty'

describe('layout', () => {
  it('gives each clause its line', () => {
    expect(
      formatSql(
        "select c.full_name, count(*) as n from iceberg.banking.transactions t left join banking.public.customers c on t.customer_id = c.id where amount between 1 and 5 and category='x' group by 1 order by n desc limit 10",
      ),
    ).toBe(
      `SELECT c.full_name,
  count(*) AS n
FROM iceberg.banking.transactions t
LEFT JOIN banking.public.customers c
  ON t.customer_id = c.id
WHERE amount BETWEEN 1 AND 5
  AND category = 'x'
GROUP BY 1
ORDER BY n DESC
LIMIT 10`,
    )
  })

  it('indents a query in parentheses', () => {
    expect(formatSql('with a as (select 1 from t) select * from a')).toBe('WITH a AS (\n  SELECT 1\n  FROM t\n)\nSELECT *\nFROM a')
  })

  const samples = [
    "select 'From  x' -- from here\n, \"Select\" from t; select a<=b, -1, x[1], f(a, b), decimal '1.5' from t where a<>b;",
    'select extract(year from ts), cast(a as decimal(12,2)), row_number() over (partition by a order by b) from t',
    '/* keep */ select a||b, a.b.c, count(distinct x) filter (where y) from t cross join unnest(arr) with ordinality as u(v, i)',
    'insert into t (a, b) values (1, 2), (3, 4)',
  ]
  it.each(samples)('changes no token: %s', (sql) => {
    const words = (text: string) => tokenize(text).map((t) => (t.kind === 'word' ? t.text.toLowerCase() : t.text))
    expect(words(formatSql(sql))).toEqual(words(sql))
  })
  it.each(samples)('is stable: %s', (sql) => expect(formatSql(formatSql(sql))).toBe(formatSql(sql)))
})
