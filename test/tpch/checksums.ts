// What the tables of TPC-H come to: rows, and sums over their values. The real Trino's are kept.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COLUMNS, TABLES, type TpchTable } from '#parts/sql/connectors/tpch/tables'

export interface Checked {
  readonly schema: string
  readonly table: TpchTable
  /** Only so many of the rows that are made one by one. */
  readonly first?: number
}

export const CHECKSUMS_FILE = join(import.meta.dirname, 'checksums.json')

/** Whole, and of the largest the beginnings, which are made in a second. */
export const CHECKED: readonly Checked[] = [
  ...TABLES.map((table) => ({ schema: 'tiny', table })),
  ...TABLES.map((table) => ({ schema: 'sf1', table, first: 10_000 })),
  ...TABLES.map((table) => ({ schema: 'sf1', table })),
]

export const keyOf = ({ schema, table, first }: Checked): string => `${schema}.${table}${first === undefined ? '' : ` to ${first}`}`

export const checksums = (): Readonly<Record<string, readonly string[]>> => JSON.parse(readFileSync(CHECKSUMS_FILE, 'utf8'))

/** What the real Trino and we are asked: rows and sums, as texts. Of a whole table one for each column and one for the rows; of a beginning that alone. */
export function checksumStatement({ schema, table, first }: Checked): string {
  const texts = COLUMNS[table].map(({ name, type }) => (type === 'double' ? inCents(name) : `CAST(${name} AS varchar)`))
  const line = ['CAST(row_number AS varchar)', ...texts].join(` || '|' || `)
  const from = `FROM tpch.${schema}.${table}`
  if (first === undefined)
    return `SELECT CAST(count(*) AS varchar), ${[...texts, line].map((text) => `to_hex(checksum(${text}))`).join(', ')} ${from}`
  return `SELECT CAST(count(*) AS varchar), CAST(bitwise_xor_agg(from_big_endian_64(substr(md5(to_utf8(${line})), 1, 8))) AS varchar) ${from} WHERE row_number <= ${first}`
}

/** The same digits everywhere. */
const inCents = (name: string): string => `CAST(CAST(round(${name} * 100) AS bigint) AS varchar)`
