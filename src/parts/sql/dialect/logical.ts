// AND and OR. A long row of terms is written in bundles: the time that DuckDB's optimiser takes grows with the square of a row that it may take apart.
import { type Typed, typed } from '#parts/sql/dialect/types'
import type { Expression } from '#parts/sql/syntax/ast'
import { join, type Sql, sql, token } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

type Logical = Extract<Expression, { readonly k: 'and' | 'or' }>

/** Terms that the optimiser may take apart: among them it looks for the conditions of joins. */
const LOOSE = 200
const BUNDLE = 50

export function logical(e: Logical, condition: (term: Expression) => Sql): Typed {
  const { k } = e
  const terms = termsOf(e)
  if (terms.length <= LOOSE) return typed(sql`(${condition(e.left)} ${token(k)} ${condition(e.right)})`, t.BOOLEAN)
  const separator = k === 'and' ? ' AND ' : ' OR '
  const row = terms.map(condition)
  const parts = row.slice(0, LOOSE)
  for (let from = LOOSE; from < row.length; from += BUNDLE) parts.push(bundle(join(row.slice(from, from + BUNDLE), separator)))
  return typed(sql`(${join(parts, separator)})`, t.BOOLEAN)
}

/** The same value, null too, and nothing that the optimiser looks into. */
const bundle = (row: Sql): Sql => sql`CAST(CAST((${row}) AS TINYINT) AS BOOLEAN)`

/** The terms of a row, from left to right. */
function termsOf(e: Logical): Expression[] {
  const terms: Expression[] = []
  const stack: Expression[] = [e]
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next.k === e.k) stack.push(next.right, next.left)
    else terms.push(next)
  }
  return terms
}
