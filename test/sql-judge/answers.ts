// What is kept of an answer: types and rows, or the name of the error; maps and unordered rows in one order.
import { linesOf } from '#test/sql-judge/statements'
import type { SqlAnswer } from '#test/support/trino'

export interface Kept {
  readonly sql: string
  readonly types?: readonly string[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly error?: string
}

export const ANSWERS_FILE = new URL('./answers.ndjson', import.meta.url)

export const answers = (): Kept[] =>
  linesOf(ANSWERS_FILE).map((line) => {
    const { rows, ...kept } = JSON.parse(line) as Kept
    return rows === undefined ? kept : { ...kept, rows: isOrdered(kept.sql) ? rows : sorted(rows) }
  })

export function kept(sql: string, answer: SqlAnswer): Kept {
  if (answer.error) return { sql, error: answer.error.errorName }
  const rows = answer.rows.map((row) => row.map(sortedKeys))
  return { sql, types: answer.columns.map(([, type]) => type), rows: isOrdered(sql) ? rows : sorted(rows) }
}

/** By a clause of the whole, not one inside of brackets. */
function isOrdered(sql: string): boolean {
  let depth = 0
  let outside = ''
  for (const c of sql) {
    if (c === ')') depth--
    if (depth === 0) outside += c
    if (c === '(') depth++
  }
  return outside.includes('ORDER BY')
}

const sorted = (rows: readonly (readonly unknown[])[]) =>
  rows
    .map((row) => [JSON.stringify(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row)

/** A map has no order of its own. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortedKeys(inner)]),
  )
}
