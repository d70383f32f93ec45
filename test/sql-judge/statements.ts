// All statements of the judge, sorted, each once. Nothing is drawn at random: the same list on each run.
import { readFileSync } from 'node:fs'
import { clauseStatements } from '#test/sql-judge/clauses'
import { digestStatements } from '#test/sql-judge/digests'
import { castStatements, literalStatements, operatorStatements } from '#test/sql-judge/forms'
import { callStatements, functionStatements, type Listed } from '#test/sql-judge/functions'
import { geometryStatements } from '#test/sql-judge/geometry'
import { jsonStatements } from '#test/sql-judge/json'
import { nestedStatements } from '#test/sql-judge/nested'
import { nullStatements } from '#test/sql-judge/nulls'
import { numberStatements } from '#test/sql-judge/numbers'
import { orderStatements } from '#test/sql-judge/order'
import { tryStatements } from '#test/sql-judge/tries'
import { zoneStatements } from '#test/sql-judge/zones'

export const FUNCTIONS_FILE = new URL('./functions.ndjson', import.meta.url)

export const linesOf = (file: URL): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')

/** Trino draws the bar until its memory ends, and with it the server. */
const ENDLESS = "SELECT bar(DOUBLE '2.5', 9223372036854775807)"

export const statements = (): string[] => [...new Set([...expressions(), ...whole()])].filter((sql) => sql !== ENDLESS).sort()

const whole = () => [
  ...literalStatements(),
  ...clauseStatements(),
  ...zoneStatements(),
  ...geometryStatements(),
  ...digestStatements(),
  ...numberStatements(),
  ...jsonStatements(),
  ...nestedStatements(),
  ...orderStatements(),
  ...tryStatements(),
]

/** `SELECT` of expressions only. */
function expressions(): string[] {
  const listed = linesOf(FUNCTIONS_FILE).map((line) => JSON.parse(line) as Listed)
  return [
    ...[...functionStatements(listed), ...castStatements(), ...operatorStatements()].filter(drawn),
    ...callStatements(),
    ...nullStatements(listed),
  ]
}

/** Those of `SELECT` with one expression and nothing else: several of them can be asked at once. */
export function singles(): string[] {
  const others = new Set(whole())
  return [...new Set(expressions())].filter((sql) => sql !== ENDLESS && !others.has(sql) && isSingle(sql)).sort()
}

function isSingle(sql: string): boolean {
  const outside = sql.replace(/'[^']*'/g, "''")
  let depth = 0
  let top = ''
  for (const c of outside) {
    if ('([{'.includes(c)) depth++
    if (depth === 0) top += c
    if (')]}'.includes(c)) depth--
  }
  return depth === 0 && /^SELECT [^,;]+$/.test(top) && !/\b(FROM|WHERE|ORDER|GROUP|UNION|DISTINCT x)\b/.test(top)
}

/** Six of ten of the widest tables, so that a replay stays short; which ones follows from the text (FNV-1a). */
function drawn(sql: string): boolean {
  let hash = 2166136261
  for (let i = 0; i < sql.length; i++) hash = Math.imul(hash ^ sql.charCodeAt(i), 16777619) >>> 0
  return (hash >>> 8) % 10 < 6
}
