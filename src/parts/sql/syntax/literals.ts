// Literals of Trino SQL that are more than one text, and what stands for the moment and the session (SqlBase.g4: number, currentTimestamp).
import type { Expression } from '#parts/sql/syntax/ast'
import { JsonParser } from '#parts/sql/syntax/json'

export const SPECIALS: ReadonlySet<string> = new Set([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
  'CURRENT_PATH',
  'LOCALTIME',
  'LOCALTIMESTAMP',
])
const PRECISE: ReadonlySet<string> = new Set(['CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP'])
const LARGEST = 2n ** 63n - 1n

export abstract class LiteralParser extends JsonParser {
  /** Whether what is read may be followed by a query, which may begin with a parenthesis. */
  protected beforeQuery = false

  protected integer(negative: boolean): string {
    const begin = negative ? this.peek(-1).pos : this.pos
    const { value, raw } = this.take()
    const fits = value.length <= 400 && BigInt(value) <= (negative ? LARGEST + 1n : LARGEST)
    if (!fits) this.note(`Invalid numeric literal: ${raw.slice(0, 40)}`, begin)
    return value
  }

  protected binary(): string {
    const { value, pos } = this.take()
    const digits = value.replaceAll(/[ \r\n\t]/g, '')
    if (!/^[0-9a-fA-F]*$/.test(digits)) this.note('Binary literal can only contain hexadecimal digits', pos)
    if (digits.length % 2 !== 0) this.note('Binary literal must contain an even number of digits', pos)
    return digits
  }

  protected special(): Expression {
    const { value, pos } = this.take()
    let precision: number | undefined
    if (PRECISE.has(value) && !(this.beforeQuery && this.opensQuery(1)) && this.accept('(')) {
      if (this.peek().kind !== 'integer') throw this.mismatch('<integer>')
      precision = Number(this.take().value)
      this.expect(')')
    }
    return { k: 'special', pos, name: value.toLowerCase(), ...(precision === undefined ? {} : { precision }) }
  }
}
