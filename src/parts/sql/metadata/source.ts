// Helpers to declare a metadata table: its columns, and which names a condition asks for.
import type { ColumnInfo, Pushdown } from '../ports.ts'

/** `name type` pairs; all may be null. */
export function columnsOf(text: string): ColumnInfo[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const space = part.indexOf(' ')
      return { name: part.slice(0, space), type: part.slice(space + 1).trim(), nullable: true }
    })
}

/** The values that conditions allow for a column; undefined when they do not limit it. */
export function asked(predicates: readonly Pushdown[], column: string): ReadonlySet<string> | undefined {
  const limits = predicates.filter((p) => p.column === column && (p.op === '=' || p.op === 'in'))
  if (limits.length === 0) return undefined
  return new Set(limits.flatMap((p) => p.values).map(String))
}
