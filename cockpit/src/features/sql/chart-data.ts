// Which columns of a result can be drawn, and as what. Draws rows as they are: nothing is summed or invented.

import type { Row, TrinoColumn } from '#wire/trino/protocol'
import { isNumeric, textOf } from '~/lib/sql/export'

export interface ChartPoint {
  readonly label: string
  readonly value: number
}

export interface ChartData {
  /** A line when a time runs along it once, else bars. */
  readonly kind: 'line' | 'bars'
  readonly points: readonly ChartPoint[]
  /** Rows that are not drawn: beyond the limit, or NULL. */
  readonly left: number
}

const LIMIT = { line: 2000, bars: 100 } as const

/** Indexes of the columns that can be measured. */
export function measures(columns: readonly TrinoColumn[]): number[] {
  return columns.flatMap((c, i) => (isNumeric(c.type) ? [i] : []))
}

/** The one to begin with: results name their keys first and their measures last. */
export function firstMeasure(columns: readonly TrinoColumn[]): number | undefined {
  const found = measures(columns)
  return found.findLast((i) => !/(^|_)id$/i.test(columns[i]!.name)) ?? found.at(-1)
}

export function chartData(columns: readonly TrinoColumn[], rows: readonly Row[], measure: number): ChartData {
  const keys = columns.flatMap((c, i) => (i !== measure && !isNumeric(c.type) ? [i] : []))
  const labelOf = (row: Row, n: number) =>
    keys.length === 0 ? `row ${n + 1}` : keys.map((i) => shortTime(textOf(row[i]) || '–', columns[i]!.type)).join(', ')
  const time = keys.length === 1 && /^(date|timestamp)/.test(columns[keys[0]!]!.type) ? keys[0] : undefined
  const once = time !== undefined && new Set(rows.map((r) => r[time])).size === rows.length
  const kind = once ? 'line' : 'bars'
  const ordered = once ? [...rows].sort((a, b) => textOf(a[time!]).localeCompare(textOf(b[time!]))) : rows
  const points = ordered.slice(0, LIMIT[kind]).flatMap((row, n): ChartPoint[] => {
    const value = row[measure]
    const number = value === null || value === undefined ? Number.NaN : Number(value)
    return Number.isFinite(number) ? [{ label: labelOf(row, n), value: number }] : []
  })
  return { kind, points, left: rows.length - points.length }
}

/** Midnights without their zeros: `2026-05-01 00:00:00.000000 UTC` is a day. */
function shortTime(text: string, type: string): string {
  return type.startsWith('timestamp') ? text.replace(/(\.0+)?( UTC)?$/, '').replace(/ 00:00:00$/, '') : text
}

/** Round values that enclose the data, zero included: `[0, 50, 100]`. */
export function ticks(min: number, max: number, wanted = 4): number[] {
  const low = Math.min(0, min)
  const high = Math.max(0, max)
  const raw = (high - low || 1) / wanted
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw) ?? 10) * power
  const first = Math.floor(low / step)
  const last = Math.ceil(high / step)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}
