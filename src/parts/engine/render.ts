// Rows as JSON array texts, written by DuckDB itself: each value as Trino's client protocol encodes its type.

import { trinoTypeOf } from '#parts/engine/trino-type'
import type { EngineColumn } from '#wire/engine/protocol'
import { parseType, type TrinoType, VARCHAR } from '#wire/trino/type'

/** A query of one VARCHAR column: the row as a JSON array. `types` are Trino types of all columns; without them those of `columns` decide. */
export function renderRows(sql: string, columns: readonly EngineColumn[], types?: readonly string[]): string {
  const known = types
    ? types.map((type) => ({ duck: '', type: parseType(type) }))
    : columns.map(({ type }) => ({ duck: type, type: trinoTypeOf(type) }))
  const names = known.map((_, i) => `c${i}`)
  const values = known.map(({ duck, type }, i) => `coalesce(${render(`q.c${i}`, duck, type, 0)}, 'null')`)
  return `SELECT ${listed(values)} FROM (${sql}\n) AS q(${names.join(', ')})`
}

/** A VARCHAR expression with the JSON text of `e`, or NULL. `duck` is the DuckDB type where it is known, '' inside nested values. */
function render(e: string, duck: string, type: TrinoType, depth: number): string {
  const [first, second] = type.numbers
  switch (type.base) {
    case 'unknown':
      return `CAST(${e} AS VARCHAR)` // Null, if it does not fail: what is not read is not computed.
    case 'boolean':
      return `CAST(CAST(${e} AS BOOLEAN) AS VARCHAR)`
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return `CAST(CAST(${e} AS ${type.base.toUpperCase()}) AS VARCHAR)`
    case 'real':
      return approximate(`CAST(${e} AS FLOAT)`, real)
    case 'double':
      // DuckDB's own text of some powers of two says another number.
      return approximate(`CAST(${e} AS DOUBLE)`, text)
    case 'decimal':
      return quoted(decimal(`CAST(CAST(${e} AS DECIMAL(${first ?? 38},${second ?? 0})) AS VARCHAR)`, first === second))
    case 'date':
      return quoted(date(`CAST(${e} AS DATE)`))
    case 'time':
      return quoted(fraction(`DATE '2000-01-01' + CAST(${e} AS TIME)`, '%H:%M:%S', first ?? 3))
    case 'timestamp':
      return quoted(stamp(asTimestamp(e, duck, first ?? 3), first ?? 3))
    case 'timestamp with time zone': {
      const [instant, zone] = type.zoned
        ? [`struct_extract(${e}, 't')`, `struct_extract(${e}, 'z')`]
        : [`CAST(${e} AS TIMESTAMPTZ)`, "'UTC'"]
      const local = type.zoned ? `make_timestamp(trino_local(epoch_us(${instant}), ${zone}))` : `timezone('UTC', ${instant})`
      const text = type.zoned ? fraction(local, '%Y-%m-%d %H:%M:%S', first ?? 3) : stamp(local, first ?? 3)
      return quoted(`${text} || ' ' || ${zone}`)
    }
    case 'time with time zone':
      return quoted(`trino_print_zoned_time(struct_extract(${e}, 't'), struct_extract(${e}, 'z'), ${first ?? 3})`)
    case 'interval day to second':
      return quoted(dayToSecond(e))
    case 'interval year to month':
      return quoted(yearToMonth(e))
    case 'varbinary':
      return quoted(`to_base64(CAST(${e} AS BLOB))`)
    case 'ipaddress':
      return quoted(`trino_print_address(${e})`)
    case 'geometry':
    case 'sphericalgeography':
      return text(`trino_geometry_shown(${e})`)
    case 'bingtile':
      return `printf('{"x":%d,"y":%d,"zoom":%d}', ${e} >> 28, (${e} % 268435456) >> 5, ${e} % 32)`
    case 'color':
      return quoted(`trino_color_name(${e})`)
    case 'hyperloglog':
    case 'p4hyperloglog':
    case 'setdigest':
    case 'tdigest':
    case 'qdigest':
      return quoted(`to_base64(${e})`)
    case 'uuid':
      return quoted(`CAST(${e} AS VARCHAR)`)
    case 'char':
      return text(`rpad(CAST(${e} AS VARCHAR), ${first ?? 1}, ' ')`)
    case 'array':
      return nested(e, `'[' || ${joined(each(e, child(type, 0), depth))} || ']'`)
    case 'map':
      return nested(e, `'{' || ${joined(entries(e, type, depth))} || '}'`)
    case 'row': {
      const fields = type.children.map((field, i) => `coalesce(${render(`struct_extract_at(${e}, ${i + 1})`, '', field, depth)}, 'null')`)
      return nested(e, listed(fields))
    }
    default:
      return text(`CAST(${e} AS VARCHAR)`)
  }
}

const child = (type: TrinoType, index: number): TrinoType => type.children[index] ?? VARCHAR
const quoted = (e: string): string => `'"' || ${e} || '"'`
const text = (e: string): string => `CAST(to_json(${e}) AS VARCHAR)`
/** Of texts that are never NULL. A chain of `||` would be as deep as it has texts, and the engine's parser takes 1000. */
const listed = (texts: readonly string[]): string => `'[' || concat_ws(',', ${texts.join(', ')}) || ']'`
/** Texts of a list, none NULL. DuckDB's `array_to_string` is a macro that writes its list twice: nested, it doubles at each level. */
const joined = (list: string): string => `coalesce(list_aggregate(${list}, 'string_agg', ','), '')`
const nested = (e: string, value: string): string => `CASE WHEN ${e} IS NULL THEN NULL ELSE ${value} END`

function each(e: string, element: TrinoType, depth: number): string {
  const x = `x${depth}`
  return `list_transform(${e}, lambda ${x}: coalesce(${render(x, '', element, depth + 1)}, 'null'))`
}

function entries(e: string, type: TrinoType, depth: number): string {
  const x = `x${depth}`
  const key = keyText(`${x}.key`, child(type, 0))
  const pair = `${text(key)} || ':' || coalesce(${render(`${x}.value`, '', child(type, 1), depth + 1)}, 'null')`
  return `list_transform(map_entries(${e}), lambda ${x}: ${pair})`
}

/** Types whose keys are written as their values. */
const AS_VALUES: ReadonlySet<string> = new Set(['date', 'time', 'timestamp', 'timestamp with time zone', 'decimal', 'varbinary'])

/** Arrays and rows as a list of Java shows itself. */
function keyText(key: string, type: TrinoType, depth = 0): string {
  const { base } = type
  if (base === 'char') return `rpad(CAST(${key} AS VARCHAR), ${type.numbers[0] ?? 1}, ' ')`
  if (base === 'ipaddress') return `trino_print_address(${key})`
  if (base === 'interval day to second') return dayToSecond(key)
  if (base === 'interval year to month') return yearToMonth(key)
  if (base === 'real' || base === 'double') return `trino_java_${base}(${key})`
  if (base === 'geometry') return `trino_geometry_shown(${key})`
  if (base === 'color') return `trino_color_name(${key})`
  if (base === 'bingtile') return `printf('BingTile{x=%d, y=%d, zoom_level=%d}', ${key} >> 28, (${key} % 268435456) >> 5, ${key} % 32)`
  const inner = (part: string, child: TrinoType) => `coalesce(${keyText(part, child, depth + 1)}, 'null')`
  const item = `k${depth}`
  if (base === 'array')
    return `'[' || coalesce(list_aggregate(list_transform(${key}, lambda ${item}: ${inner(item, child(type, 0))}), 'string_agg', ', '), '') || ']'`
  if (base === 'row')
    return `'[' || concat_ws(', ', ${type.children.map((field, i) => inner(`struct_extract_at(${key}, ${i + 1})`, field)).join(', ')}) || ']'`
  if (AS_VALUES.has(base)) return `trim(${render(key, '', type, 0)}, '"')`
  return `CAST(${key} AS VARCHAR)`
}

const approximate = (e: string, finite: (e: string) => string): string =>
  `CASE WHEN isfinite(${e}) THEN ${finite(e)} WHEN isnan(${e}) THEN '"NaN"' WHEN ${e} > 0 THEN '"Infinity"' WHEN ${e} < 0 THEN '"-Infinity"' END`

/** DuckDB writes more digits than it takes to tell a real; of six digits at most there are none more. */
function real(e: string): string {
  const short = `CAST(${e} AS VARCHAR)`
  return `CASE WHEN ${e} = 0 OR (length(${short}) < 8 AND abs(${e}) > 1.2e-38) THEN ${short} ELSE trino_java_real(${e}) END`
}

function asTimestamp(e: string, duck: string, precision: number): string {
  if (precision > 6) return `CAST(${e} AS TIMESTAMP_NS)`
  return duck === 'TIMESTAMP' ? e : `CAST(${e} AS TIMESTAMP)`
}

/**
 * A year before 1 has its sign, one after 9999 a plus. Not by `year()` and its like: DuckDB makes a table of all days for each such call of a
 * statement, also where no row needs it.
 */
function farDate(e: string): string {
  const plain = `strftime(${e}, '%Y-%m-%d')`
  const before = `'-' || repeat('0', 11 - length(${plain})) || substr(${plain}, 2)`
  return `(CASE WHEN ${e} >= DATE '10000-01-01' THEN '+' || ${plain} WHEN ${e} < DATE '0000-01-01' THEN ${before} ELSE ${plain} END)`
}

const date = (e: string): string =>
  `CASE WHEN ${e} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN CAST(${e} AS VARCHAR) ELSE ${farDate(e)} END`

function stamp(e: string, precision: number): string {
  const near = fraction(e, '%Y-%m-%d %H:%M:%S', precision)
  if (precision > 6) return near
  const far = `${farDate(e)} || ${fraction(e, ' %H:%M:%S', precision)}`
  return `CASE WHEN ${e} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN ${near} ELSE ${far} END`
}

/** `format` with exactly `precision` digits of the second. */
function fraction(e: string, format: string, precision: number): string {
  if (precision === 0) return `strftime(${e}, '${format}')`
  if (precision === 6) return `strftime(${e}, '${format}.%f')`
  if (precision === 9) return `strftime(${e}, '${format}.%n')`
  if (precision > 9) return `strftime(${e}, '${format}.%n') || '${'0'.repeat(precision - 9)}'`
  const most = precision > 6 ? 9 : 6
  const drop = most - precision
  return `left(strftime(${e}, '${format}.%${most === 9 ? 'n' : 'f'}'), -${drop})`
}

/** Trino: `[-]d hh:mm:ss.mmm`. */
function dayToSecond(e: string): string {
  const ms = `CAST(epoch_ms(CAST(${e} AS INTERVAL)) AS BIGINT)`
  const a = `abs(${ms})`
  return `(CASE WHEN ${ms} < 0 THEN '-' ELSE '' END) || printf('%d %02d:%02d:%02d.%03d', ${a} // 86400000, (${a} // 3600000) % 24, (${a} // 60000) % 60, (${a} // 1000) % 60, ${a} % 1000)`
}

/** Trino: `[-]y-m`. */
function yearToMonth(e: string): string {
  const months = `CAST(date_part('year', CAST(${e} AS INTERVAL)) * 12 + date_part('month', CAST(${e} AS INTERVAL)) AS BIGINT)`
  const a = `abs(${months})`
  return `(CASE WHEN ${months} < 0 THEN '-' ELSE '' END) || printf('%d-%d', ${a} // 12, ${a} % 12)`
}

/** DuckDB leaves out the zero before the point where there is room for none: `.5` is `0.5` on the wire. */
function decimal(text: string, onlyFraction: boolean): string {
  return onlyFraction ? `regexp_replace(${text}, '^(-?)\\.', '\\10.')` : text
}
