// Casts of IP addresses. The engine holds their 16 bytes, which it compares as Trino does.
import { type Context, failure } from '#parts/sql/dialect/context'
import { isText, type Typed, typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { literal, type Sql, sql } from '#wire/duckdb/sql'
import { printAddress, readAddress } from '#wire/trino/addresses'
import * as t from '#wire/trino/type'

/** `IPADDRESS '10.0.0.1'` */
export function addressLiteral(text: string, pos: Position): Typed {
  const bytes = readAddress(text)
  if (!bytes) throw sqlError('INVALID_LITERAL', pos, `'${text}' is not a valid IPADDRESS literal`)
  return { sql: sql`trino_read_address(${literal(printAddress(bytes))})`, type: t.IPADDRESS }
}

export function toAddress(ctx: Context, { sql: x, type }: Typed): Typed | undefined {
  if (!isText(type) && type.base !== 'varbinary') return undefined
  const read = isText(type) ? sql`trino_read_address(${x})` : sql`trino_address_of_bytes(${x})`
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Value cannot be cast to ipaddress', sql`BLOB`)
  return typed(sql`CASE WHEN ${read} IS NULL AND ${x} IS NOT NULL THEN ${bad} ELSE ${read} END`, t.IPADDRESS)
}

export const addressText = (x: Sql): Sql => sql`trino_print_address(${x})`
export const addressBytes = (x: Sql): Sql => sql`trino_address_bytes(${x})`
