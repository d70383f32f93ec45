// A constant where a statement around queries takes one: of a session property, of a procedure.
import { decimalLiteral, integerLiteral } from '#parts/sql/dialect/literals'
import type { Expression } from '#parts/sql/syntax/ast'
import * as t from '#wire/trino/type'

export interface Constant {
  readonly value: string
  readonly type: string
  /** As Trino shows it. */
  readonly shown: string
}

/** Undefined for NULL; throws `otherwise` for what is no literal. */
export function constantOf(e: Expression, otherwise: () => Error): Constant | undefined {
  if (e.k === 'null') return undefined
  if (e.k === 'boolean') return { value: String(e.value), type: 'boolean', shown: String(e.value) }
  if (e.k === 'string') return { value: e.value, type: `varchar(${[...e.value].length})`, shown: `'${e.value}'` }
  const [sign, number] = e.k === 'unary' ? [e.op === '-' ? '-' : '', e.value] : ['', e]
  const value = 'value' in number ? `${sign}${number.value}` : ''
  if (number.k === 'integer') return { value, type: t.printType(integerLiteral(number.value, e.pos).type), shown: value }
  if (number.k === 'decimal') return { value, type: t.printType(decimalLiteral(number.value, e.pos).type), shown: `DECIMAL '${value}'` }
  if (number.k === 'double') return { value, type: 'double', shown: Number(value).toExponential().toUpperCase().replace('+', '') }
  throw otherwise()
}

export const canCast = (from: string, to: string): boolean => from === to || from.startsWith(`${to}(`)
