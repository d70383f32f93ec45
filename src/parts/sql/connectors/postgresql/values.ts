// The way back: Trino's types as PostgreSQL's for new columns, and values as the lines that COPY reads.
import { sqlError } from '#parts/sql/errors'
import { join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { displayType, parseType, simple, type TrinoType } from '#wire/trino/type'

const NAMED: ReadonlyMap<string, string> = new Map([
  ['boolean', 'boolean'],
  ['tinyint', 'smallint'],
  ['smallint', 'smallint'],
  ['integer', 'integer'],
  ['bigint', 'bigint'],
  ['real', 'real'],
  ['double', 'double precision'],
  ['varbinary', 'bytea'],
  ['date', 'date'],
  ['json', 'jsonb'],
  ['uuid', 'uuid'],
])
/** With their numbers: length, precision and scale, digits of a second. */
const NUMBERED: ReadonlyMap<string, string> = new Map([
  ['decimal', 'numeric'],
  ['varchar', 'varchar'],
  ['char', 'char'],
  ['time', 'time'],
  ['timestamp', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
])
/** Digits of a second in PostgreSQL. */
const MAX_DIGITS = 6

const isTime = ({ base }: TrinoType): boolean => /^time/.test(base)

/** What a table made of a query keeps, as Trino's connector does: six digits of a second at most. */
export const storedType = (type: TrinoType): TrinoType =>
  isTime(type) ? simple(type.base, Math.min(type.numbers[0] ?? MAX_DIGITS, MAX_DIGITS)) : type

/** Throws NOT_SUPPORTED for a type that no column here can have. */
export function columnType(type: string): string {
  const parsed = parseType(type)
  const named = NAMED.get(parsed.base)
  if (named !== undefined) return named
  const numbered = NUMBERED.get(parsed.base)
  if (numbered === undefined || (isTime(parsed) && (parsed.numbers[0] ?? 0) > MAX_DIGITS))
    throw sqlError('NOT_SUPPORTED', undefined, `Unsupported column type: ${displayType(parsed)}`)
  return parsed.numbers.length === 0 ? numbered : `${numbered}(${parsed.numbers.join(',')})`
}

/** A row of COPY's text format. */
export const copyLine = (fields: readonly Sql[]): Sql =>
  sql`concat_ws(chr(9), ${join(fields.map((field) => sql`coalesce(${field}, '\\N')`))})`

/** A value as a field of COPY's text format, as PostgreSQL reads the type in UTC; NULL stays NULL. */
export function copyField(value: Sql, type: string): Sql {
  const text = sql`CAST(${value} AS VARCHAR)`
  switch (parseType(type).base) {
    case 'varchar':
    case 'char':
    case 'json':
      return escaped(text)
    case 'varbinary':
      return sql`('\\\\x' || hex(${value}))`
    case 'real':
      return sql`CAST(CAST(${value} AS DOUBLE) AS VARCHAR)`
    case 'timestamp with time zone':
      return beforeChrist(sql`(CAST(CAST(${value} AS TIMESTAMP) AS VARCHAR) || '+00')`)
    case 'date':
    case 'timestamp':
      return beforeChrist(text)
    default:
      return text
  }
}

const ESCAPES = [
  ['\\', '\\\\'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
] as const

const escaped = (text: Sql): Sql => ESCAPES.reduce((of, [from, to]) => sql`replace(${of}, ${literal(from)}, ${literal(to)})`, text)

/** The engine's mark stands behind the date, PostgreSQL's at the end. */
const beforeChrist = (text: Sql): Sql =>
  sql`CASE WHEN contains(${text}, '(BC)') THEN replace(${text}, ' (BC)', '') || ' BC' ELSE ${text} END`
