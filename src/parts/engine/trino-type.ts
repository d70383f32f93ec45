// Trino type texts as trees, for rendering values; and the Trino type that a DuckDB type stands for when none was given.

export interface TrinoType {
  /** Base name in lower case: `bigint`, `decimal`, `timestamp with time zone`, `array`, `map`, `row`. */
  readonly base: string
  /** Lengths, precisions, scales. */
  readonly numbers: readonly number[]
  readonly children: readonly TrinoType[]
}

/** Parses `decimal(12,2)`, `timestamp(6) with time zone`, `map(varchar, array(row(a bigint)))`. Throws on what is no type. */
export function parseTrinoType(text: string): TrinoType {
  const trimmed = text.trim()
  const open = trimmed.indexOf('(')
  if (open < 0) return { base: words(trimmed), numbers: [], children: [] }
  const close = matching(trimmed, open)
  const base = words(`${trimmed.slice(0, open)} ${trimmed.slice(close + 1)}`)
  const inner = split(trimmed.slice(open + 1, close))
  if (base === 'array' || base === 'map') return { base, numbers: [], children: inner.map(parseTrinoType) }
  if (base === 'row') return { base, numbers: [], children: inner.map((field) => parseTrinoType(fieldType(field))) }
  return { base, numbers: inner.map(Number), children: [] }
}

/** The Trino type nearest to a DuckDB type text, as a tree. */
export function trinoTypeOf(duck: string): TrinoType {
  const type = duck.trim()
  if (type.endsWith(']')) {
    const open = type.lastIndexOf('[')
    return { base: 'array', numbers: [], children: [trinoTypeOf(type.slice(0, open))] }
  }
  const open = type.indexOf('(')
  const head = (open < 0 ? type : type.slice(0, open)).trim().toUpperCase()
  const inner = open < 0 ? [] : split(type.slice(open + 1, matching(type, open)))
  if (head === 'STRUCT') return { base: 'row', numbers: [], children: inner.map((field) => trinoTypeOf(fieldType(field))) }
  if (head === 'MAP') return { base: 'map', numbers: [], children: inner.map(trinoTypeOf) }
  if (head === 'DECIMAL') return leaf('decimal', ...inner.map(Number))
  return SCALARS[head] ?? leaf('varchar')
}

const leaf = (base: string, ...numbers: number[]): TrinoType => ({ base, numbers, children: [] })

const SCALARS: Readonly<Record<string, TrinoType>> = {
  BOOLEAN: leaf('boolean'),
  TINYINT: leaf('tinyint'),
  SMALLINT: leaf('smallint'),
  INTEGER: leaf('integer'),
  BIGINT: leaf('bigint'),
  UTINYINT: leaf('smallint'),
  USMALLINT: leaf('integer'),
  UINTEGER: leaf('bigint'),
  UBIGINT: leaf('decimal', 20, 0),
  HUGEINT: leaf('decimal', 38, 0),
  UHUGEINT: leaf('decimal', 38, 0),
  FLOAT: leaf('real'),
  DOUBLE: leaf('double'),
  DATE: leaf('date'),
  TIME: leaf('time', 6),
  TIMESTAMP: leaf('timestamp', 6),
  TIMESTAMP_S: leaf('timestamp', 0),
  TIMESTAMP_MS: leaf('timestamp', 3),
  TIMESTAMP_NS: leaf('timestamp', 9),
  'TIMESTAMP WITH TIME ZONE': leaf('timestamp with time zone', 6),
  BLOB: leaf('varbinary'),
  UUID: leaf('uuid'),
  JSON: leaf('json'),
  INTERVAL: leaf('interval day to second'),
  SQLNULL: leaf('unknown'),
  '"NULL"': leaf('unknown'),
}

function words(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ')
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
