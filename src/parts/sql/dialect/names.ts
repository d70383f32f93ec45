// Names in a statement and what they stand for, once that is known.
import type { Names, ResolvedTable } from '#parts/sql/dialect/analysis'
import { TableNotFound } from '#parts/sql/errors'
import type { Position, QualifiedName } from '#parts/sql/syntax/ast'
import { identifier, type Sql } from '#wire/duckdb/sql'

export const keyOfName = (name: QualifiedName): string => {
  const version = name.at(-1)?.version
  return name.map((n) => n.lower).join('\u0000') + (version ? `\u0000\u0000${JSON.stringify(version)}` : '')
}

/** A name that cannot be resolved is an error only when the analysis asks for it: it may be that of a common table. */
export function lookupIn<T extends ResolvedTable>(found: Names<T>): (name: QualifiedName, pos: Position) => T {
  return (name, pos) => {
    const entry = found.get(keyOfName(name))
    if (!entry) throw TableNotFound({ ...pos, name: name.map((n) => n.text).join('.') })
    if ('error' in entry) {
      if (!name.at(-1)?.version) relocate(entry.error, pos)
      throw entry.error
    }
    return entry
  }
}

/** The same name may be written twice; the error tells the place that is analysed. */
function relocate(error: unknown, pos: Position): void {
  const values = (error as { values?: Record<string, unknown> } | undefined)?.values
  if (values && typeof values.line === 'number' && error instanceof Error) {
    error.message = error.message.replace(`line ${values.line}:${values.column}:`, `line ${pos.line}:${pos.column}:`)
    values.line = pos.line
    values.column = pos.column
  }
}

/** Every table below the names, each once, in an order that follows from the names alone. */
export function tablesBelow<T extends ResolvedTable>(names: Names<T>): readonly T[] {
  const found = new Set<T>()
  const visit = (entries: Names<T>): void => {
    for (const entry of entries.values()) {
      if ('error' in entry || found.has(entry)) continue
      found.add(entry)
      if (entry.view) visit(entry.view.tables as Names<T>)
    }
  }
  visit(names)
  return [...found]
}

/** What lambdas of the dialect call their parameters. */
const PARAMETER = /^([a-z]\d*|own)$/i

/** A column of a source in the engine's statement: inside of a lambda the engine takes a column for the parameter of its name. */
export const columnName = (name: string): Sql => identifier(PARAMETER.test(name) ? `${name} of the source` : name)

/** `name`, longer where it is taken: the engine knows no case in names. */
export function freeName(name: string, taken: readonly string[]): string {
  const lower = new Set(taken.map((one) => one.toLowerCase()))
  let free = name
  while (lower.has(free.toLowerCase())) free += '_'
  return free
}
