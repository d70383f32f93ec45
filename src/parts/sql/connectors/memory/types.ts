// What a table of the catalogue `memory` can hold: values that a file gives back as they were.
import { NotSupported } from '#parts/sql/connectors/errors'
import type { ColumnInfo } from '#parts/sql/ports'
import { parseType, printType, type TrinoType } from '#wire/trino/type'

const KEPT: ReadonlySet<string> = new Set([
  ...[
    'boolean',
    'tinyint',
    'smallint',
    'integer',
    'bigint',
    'real',
    'double',
    'decimal',
    'varchar',
    'char',
    'varbinary',
    'date',
    'uuid',
    'json',
  ],
  ...['ipaddress', 'hyperloglog', 'array', 'map', 'row'],
])

/** Digits of a second that are held. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['time', 6],
  ['timestamp', 9],
])

/** Throws NotSupported, naming the first that is not kept: one with a zone would come back in another. */
export function assertKept(columns: readonly Pick<ColumnInfo, 'name' | 'type'>[]): void {
  for (const { name, type } of columns) {
    if (!isKept(parseType(type)))
      throw NotSupported({ what: `type ${type} in a table of memory (column ${name})`, hint: 'cast it, for example to varchar' })
  }
}

function isKept(type: TrinoType): boolean {
  const digits = DIGITS.get(type.base)
  return (digits === undefined ? KEPT.has(type.base) : (type.numbers[0] ?? 3) <= digits) && type.children.every(isKept)
}

/** A table keeps a column of a query in the query's own type. */
export const storedType = (type: TrinoType): TrinoType => parseType(printType(type))
