// Conditions that a source may check itself: plain comparisons of a table's own column with a literal of its type.

import type { TableScan } from '#parts/sql/dialect/analysis'
import { canCoerce, commonType, isApproximate, isInteger, isText, type Typed } from '#parts/sql/dialect/types'
import { isMoment } from '#parts/sql/dialect/zoned'
import type { Literal, Pushdown } from '#parts/sql/ports'
import type { Expression } from '#parts/sql/syntax/ast'
import { sameType } from '#wire/trino/type'

/**
 * Adds what each scan may check to it; the whole condition is still applied by the engine. Where the policy filters rows, its own
 * conditions (`ofPolicy`) are handed down and none of the statement's: what is read for those would tell of rows that are hidden.
 */
export function pushDown(
  condition: Expression,
  timeZone: string,
  analyse: (e: Expression) => Typed,
  excluded: ReadonlySet<TableScan>,
  ofPolicy = false,
): void {
  if (condition.k === 'and') {
    pushDown(condition.left, timeZone, analyse, excluded, ofPolicy)
    pushDown(condition.right, timeZone, analyse, excluded, ofPolicy)
    return
  }
  for (const { value, op, values } of comparisons(condition)) {
    const column = quietly(value, analyse)
    const ref = column?.column
    const scan = ref?.table as TableScan | undefined
    if (!column || !ref || !scan || excluded.has(scan) || scan.masked.has(ref.name)) continue
    if (scan.source.rowFilters.length > 0 && !ofPolicy) continue
    const literals = values.map((v) => literalFor(column, quietly(v, analyse), timeZone))
    if (literals.some((l) => l === undefined)) continue
    scan.predicates.push({ column: ref.name, op, values: literals as Literal[] })
  }
}

interface Comparison {
  readonly value: Expression
  readonly op: Pushdown['op']
  readonly values: readonly Expression[]
}

const FLIP = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

function comparisons(e: Expression): Comparison[] {
  switch (e.k) {
    case 'compare':
      if (e.op === '<>') return []
      return [
        { value: e.left, op: e.op, values: [e.right] },
        { value: e.right, op: FLIP[e.op], values: [e.left] },
      ]
    case 'between':
      return e.negated
        ? []
        : [
            { value: e.value, op: '>=', values: [e.low] },
            { value: e.value, op: '<=', values: [e.high] },
          ]
    case 'in':
      return e.negated || e.items.length > 200 ? [] : [{ value: e.value, op: 'in', values: e.items }]
    case 'isNull':
      return [{ value: e.value, op: e.negated ? 'is not null' : 'is null', values: [] }]
    default:
      return []
  }
}

const CANDIDATES: ReadonlySet<string> = new Set([
  'name',
  'field',
  'string',
  'integer',
  'decimal',
  'boolean',
  'typed',
  'unary',
  'parameter',
  'cast',
  'special',
])

function quietly(e: Expression, analyse: (e: Expression) => Typed): Typed | undefined {
  if (!CANDIDATES.has(e.k)) return undefined
  try {
    return analyse(e)
  } catch {
    return undefined
  }
}

/** The literal in the column's type; undefined when the comparison would not happen in that type. */
function literalFor(column: Typed, value: Typed | undefined, timeZone: string): Literal | undefined {
  if (value?.literal === undefined || value.literal === null) return undefined
  if (isMoment(column.type) && !isMoment(value.type) && timeZone !== 'UTC') return undefined
  const common = commonType(column.type, value.type)
  if (!common || column.type.base === 'char' || isApproximate(column.type)) return undefined
  const kept = common.base === column.type.base || sameType(common, column.type)
  if (!kept) return undefined
  if (isText(column.type) || isInteger(column.type) || canCoerce(value.type, column.type)) return value.literal
  return common.base === column.type.base ? value.literal : undefined
}
