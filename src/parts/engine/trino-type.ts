// The Trino type that a DuckDB type stands for, where the caller gave none.
import { own } from '#kit/own'
import { arrayOf, mapOf, rowOf, simple, type TrinoType } from '#wire/trino/type'

/** The Trino type nearest to a DuckDB type text, as a tree. */
export function trinoTypeOf(duck: string): TrinoType {
  const type = duck.trim()
  if (type.endsWith(']')) {
    const open = type.lastIndexOf('[')
    return arrayOf(trinoTypeOf(type.slice(0, open)))
  }
  const open = type.indexOf('(')
  const head = (open < 0 ? type : type.slice(0, open)).trim().toUpperCase()
  const inner = open < 0 ? [] : split(type.slice(open + 1, matching(type, open)))
  if (head === 'STRUCT') return rowOf(inner.map((field) => trinoTypeOf(fieldType(field))))
  if (head === 'MAP') return mapOf(trinoTypeOf(inner[0] ?? 'VARCHAR'), trinoTypeOf(inner[1] ?? 'VARCHAR'))
  if (head === 'DECIMAL') return simple('decimal', ...inner.map(Number))
  return own(SCALARS, head) ?? simple('varchar')
}

const SCALARS: Readonly<Record<string, TrinoType>> = {
  BOOLEAN: simple('boolean'),
  TINYINT: simple('tinyint'),
  SMALLINT: simple('smallint'),
  INTEGER: simple('integer'),
  BIGINT: simple('bigint'),
  UTINYINT: simple('smallint'),
  USMALLINT: simple('integer'),
  UINTEGER: simple('bigint'),
  UBIGINT: simple('decimal', 20, 0),
  HUGEINT: simple('decimal', 38, 0),
  UHUGEINT: simple('decimal', 38, 0),
  FLOAT: simple('real'),
  DOUBLE: simple('double'),
  DATE: simple('date'),
  TIME: simple('time', 6),
  TIMESTAMP: simple('timestamp', 6),
  TIMESTAMP_S: simple('timestamp', 0),
  TIMESTAMP_MS: simple('timestamp', 3),
  TIMESTAMP_NS: simple('timestamp', 9),
  'TIMESTAMP WITH TIME ZONE': simple('timestamp with time zone', 6),
  BLOB: simple('varbinary'),
  UUID: simple('uuid'),
  JSON: simple('json'),
  INTERVAL: simple('interval day to second'),
  SQLNULL: simple('unknown'),
  '"NULL"': simple('unknown'),
}

/** The type of `name type`, `"quoted name" type`, or of a bare type (an anonymous row field). */
function fieldType(field: string): string {
  const text = field.trim()
  if (text.startsWith('"')) {
    const end = closingQuote(text)
    return text.slice(end + 1).trim() || text
  }
  const space = text.search(/\s/)
  const open = text.indexOf('(')
  if (space < 0 || (open >= 0 && open < space)) return text
  const rest = text.slice(space + 1).trim()
  return /^(with|without|to|precision)\b/i.test(rest) ? text : rest
}

function closingQuote(text: string): number {
  for (let i = 1; i < text.length; i++) {
    if (text[i] !== '"') continue
    if (text[i + 1] === '"') i++
    else return i
  }
  return text.length - 1
}

function matching(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '"') i += closingQuote(text.slice(i))
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i
  }
  throw new Error(`unbalanced type: ${text}`)
}

function split(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') i += closingQuote(text.slice(i))
    else if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)].map((p) => p.trim()).filter((p) => p !== '')
}
