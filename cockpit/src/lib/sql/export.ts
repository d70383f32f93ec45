// A result as CSV (RFC 4180), JSON and Markdown, and one value as text.
import { csvField } from '#wire/csv'
import type { Row, TrinoColumn, Value } from '#wire/trino/protocol'

/** A value as one line of text; structured ones as JSON. NULL is the empty text here: callers show it as they like. */
export function textOf(value: Value | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const NUMERIC = /^(tinyint|smallint|integer|bigint|real|double|decimal)/

/** Whether a Trino type is a number: right-aligned, unquoted where the format allows. */
export function isNumeric(type: string): boolean {
  return NUMERIC.test(type)
}

/** CSV with a header; NULL is an empty field, an empty text is `""`, so that they stay apart. */
export function toCsv(columns: readonly TrinoColumn[], rows: readonly Row[]): string {
  const field = (value: Value | undefined) => csvField(value === null || value === undefined ? undefined : textOf(value))
  const lines = [columns.map((c) => field(c.name)), ...rows.map((row) => columns.map((_, i) => field(row[i])))]
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** An array of objects by column name; a repeated name gets `_2`, `_3`. */
export function toJson(columns: readonly TrinoColumn[], rows: readonly Row[]): string {
  const names = distinct(columns.map((c) => c.name))
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
    null,
    2,
  )
}

export function toMarkdown(columns: readonly TrinoColumn[], rows: readonly Row[]): string {
  const cell = (value: Value | undefined) =>
    value === null ? 'NULL' : textOf(value).replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\r?\n/g, '<br>')
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(columns.map((c) => cell(c.name))),
    line(columns.map((c) => (isNumeric(c.type) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((_, i) => cell(row[i])))),
    '',
  ].join('\n')
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let n = 2; taken.has(free); n++) free = `${name}_${n}`
    taken.add(free)
    return free
  })
}
