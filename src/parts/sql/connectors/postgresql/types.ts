// PostgreSQL types as Trino types, and the way a value of each travels through COPY csv into DuckDB.

import pg from 'pg'
import { identifier, join, literal, type Sql, sql } from '#wire/duckdb/sql'

/** A column of pg_catalog, domains resolved. */
export interface PgColumn {
  readonly name: string
  readonly typname: string
  readonly typmod: number
  readonly kind: 'b' | 'e' | 'c' | 'r' | 'm' | 'p'
  /** Schema of the type: where an extension's functions live. */
  readonly typschema: string
  /** Name of the element type, for arrays. */
  readonly element: string | undefined
  readonly nullable: boolean
  readonly comment: string | undefined
  /** Names of the attributes of composite types, at any depth; such values are served as text or json. */
  readonly nested: readonly string[]
}

export interface Mapping {
  /** Trino type. */
  readonly trino: string
  /** What COPY selects. */
  readonly select: (column: string) => string
  /** DuckDB type that read_csv parses. */
  readonly csv: string
  /** DuckDB expression from the parsed value. */
  readonly convert: (column: Sql) => Sql
  /** PostgreSQL type in which a new value of the column is handed over; absent where none is. */
  readonly write?: string
  /** PostgreSQL type for pushed literals; absent where a condition is not pushed. `text` compares by bytes, as DuckDB does. */
  readonly literal?: 'bool' | 'integer' | 'numeric' | 'real' | 'double precision' | 'text' | 'date' | 'timestamp' | 'timestamptz' | 'uuid'
}

const same = (e: string): string => e
const asIs = (e: Sql): Sql => e
const plain = (trino: string, csv: string, write: string, literal?: Mapping['literal']): Mapping => ({
  trino,
  select: same,
  csv,
  convert: asIs,
  write,
  ...(literal ? { literal } : {}),
})
/** The engine reads PostgreSQL's ` BC` at the end as nothing, or as NULL; its own mark stands behind the date. */
const dated = (mapping: Mapping): Mapping => ({
  ...mapping,
  select: (e) => `CASE WHEN ${e} < '0001-01-01' THEN regexp_replace(${e}::text, '^(\\S+)(.*) BC$', '\\1 (BC)\\2') ELSE ${e}::text END`,
})
/** Anything without a Trino counterpart is its text, as Trino does with `unsupported-type-handling=CONVERT_TO_VARCHAR`. */
const asText: Mapping = { trino: 'varchar', select: (e) => `${e}::text`, csv: 'VARCHAR', convert: asIs }
/** JSON as Trino prints it: sorted keys, the last of two alike, no spaces. */
const canonical = (e: Sql): Sql => sql`CAST(trino_json_parse(CAST(${e} AS VARCHAR)) AS JSON)`
const asJson: Mapping = { trino: 'json', select: (e) => `to_jsonb(${e})`, csv: 'JSON', convert: canonical }

const FIXED: ReadonlyMap<string, Mapping> = new Map(
  Object.entries<Mapping>({
    bool: plain('boolean', 'BOOLEAN', 'boolean', 'bool'),
    int2: plain('smallint', 'SMALLINT', 'smallint', 'integer'),
    int4: plain('integer', 'INTEGER', 'integer', 'integer'),
    int8: plain('bigint', 'BIGINT', 'bigint', 'integer'),
    float4: plain('real', 'FLOAT', 'real', 'real'),
    float8: plain('double', 'DOUBLE', 'double precision', 'double precision'),
    text: plain('varchar', 'VARCHAR', 'text', 'text'),
    date: dated(plain('date', 'DATE', 'date', 'date')),
    uuid: plain('uuid', 'UUID', 'uuid', 'uuid'),
    json: { ...plain('json', 'JSON', 'json'), convert: canonical },
    jsonb: { ...plain('json', 'JSON', 'jsonb'), convert: canonical },
    bytea: { trino: 'varbinary', select: (e) => `encode(${e}, 'hex')`, csv: 'VARCHAR', convert: (e) => sql`unhex(${e})`, write: 'bytea' },
  }),
)

/** Element types whose arrays become `array(...)`; others become json. */
const ELEMENTS: ReadonlyMap<string, readonly [trino: string, duck: Sql]> = new Map(
  Object.entries<readonly [string, Sql]>({
    bool: ['boolean', sql`BOOLEAN`],
    int2: ['smallint', sql`SMALLINT`],
    int4: ['integer', sql`INTEGER`],
    int8: ['bigint', sql`BIGINT`],
    float4: ['real', sql`FLOAT`],
    float8: ['double', sql`DOUBLE`],
    text: ['varchar', sql`VARCHAR`],
    varchar: ['varchar', sql`VARCHAR`],
    uuid: ['uuid', sql`UUID`],
    date: ['date', sql`DATE`],
  }),
)

export function mapType(column: PgColumn): Mapping {
  const { typname, typmod } = column
  if (column.kind !== 'b') return asText
  if (column.element !== undefined) return arrayOf(column.element)
  const fixed = FIXED.get(typname)
  if (fixed) return fixed
  switch (typname) {
    case 'numeric':
      return numeric(typmod)
    case 'varchar':
      return varchar(typmod)
    case 'bpchar': {
      const type = `char(${typmod < 0 ? 1 : typmod - 4})`
      return { ...asText, trino: type, select: (e) => `rtrim(${e}::text, ' ')`, ...(typmod < 0 ? {} : { write: type }) }
    }
    case 'time': {
      const type = `time(${precision(typmod)})`
      return plain(type, 'TIME', type)
    }
    case 'timestamp': {
      const type = `timestamp(${precision(typmod)})`
      return dated(plain(type, 'TIMESTAMP', type, 'timestamp'))
    }
    case 'timestamptz': {
      const type = `timestamp(${precision(typmod)}) with time zone`
      return dated(plain(type, 'TIMESTAMPTZ', type, 'timestamptz'))
    }
    case 'geometry':
    case 'geography':
      return { trino: 'varchar', select: (e) => `${pg.escapeIdentifier(column.typschema)}.st_astext(${e})`, csv: 'VARCHAR', convert: asIs }
    default:
      return asText
  }
}

function varchar(typmod: number): Mapping {
  const type = typmod < 0 ? 'varchar' : `varchar(${typmod - 4})`
  return plain(type, 'VARCHAR', type, 'text')
}

const precision = (typmod: number): number => (typmod < 0 ? 6 : typmod)

/** Without precision, or beyond 38 digits, numeric has no Trino type: it is served as text. */
function numeric(typmod: number): Mapping {
  if (typmod < 0) return asText
  const digits = ((typmod - 4) >> 16) & 0xffff
  const raw = (typmod - 4) & 0x7ff
  const scale = raw > 1023 ? raw - 2048 : raw
  const [p, s] = scale < 0 ? [digits - scale, 0] : [Math.max(digits, scale), scale]
  return p > 38 ? asText : plain(`decimal(${p},${s})`, `DECIMAL(${p},${s})`, `numeric(${p},${s})`, 'numeric')
}

function arrayOf(element: string): Mapping {
  const known = ELEMENTS.get(element)
  if (!known) return asJson
  const [trino, duck] = known
  return { trino: `array(${trino})`, select: (e) => `to_jsonb(${e})`, csv: 'JSON', convert: (e) => sql`CAST(${e} AS ${duck}[])` }
}

/** The `columns` argument of read_csv, and the select list over it. */
export function csvColumns(columns: readonly { readonly name: string; readonly mapping: Mapping }[]): { struct: Sql; select: Sql } {
  return {
    struct: sql`{${join(columns.map((c, i) => sql`${literal(`c${i}`)}: ${literal(c.mapping.csv)}`))}}`,
    select: join(columns.map((c, i) => sql`${c.mapping.convert(identifier(`c${i}`))} AS ${identifier(c.name)}`)),
  }
}
