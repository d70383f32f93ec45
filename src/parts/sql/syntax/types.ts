// Names of types in Trino SQL: `decimal(12, 2)`, `row(a bigint, b varchar)`, `timestamp(6) with time zone`.
import type { TypeName } from '#parts/sql/syntax/ast'
import { TokenReader } from '#parts/sql/syntax/reader'

export const INTERVAL_FIELDS: readonly string[] = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']

type Argument = TypeName['arguments'][number]

export abstract class TypeParser extends TokenReader {
  type(): TypeName {
    this.enter()
    let type = this.#plain()
    // Not `x array(..)`: there `x` is the name of a field and the type is yet to come.
    for (let turns = 1; this.at('ARRAY') && !this.isOp('(', 1) && !this.isOp('<', 1); turns++) {
      this.turn(turns)
      this.take()
      if (this.accept('[')) {
        if (this.peek().kind !== 'integer') throw this.mismatch('<integer>')
        this.take()
        this.expect(']')
      }
      type = { pos: type.pos, base: 'array', arguments: [{ type }] }
    }
    this.leave()
    return type
  }

  #plain(): TypeName {
    const { pos } = this.peek()
    // `row(1, ..)` is no row but a type of that name.
    if (this.at('ROW', '(') && this.peek(2).kind !== 'integer') {
      this.expect('ROW', '(')
      return { pos, base: 'row', arguments: this.#closed(() => this.field()) }
    }
    if (this.at('INTERVAL') && this.isWord(1, ...INTERVAL_FIELDS)) return this.#interval()
    if (this.accept('DOUBLE', 'PRECISION')) return { pos, base: 'double precision', arguments: [] }
    if (this.accept('ARRAY', '<')) {
      const inner = this.type()
      this.expect('>')
      return { pos, base: 'array', arguments: [{ type: inner }] }
    }
    if (this.accept('MAP', '<')) {
      const key = this.type()
      this.expect(',')
      const value = this.type()
      this.expect('>')
      return { pos, base: 'map', arguments: [{ type: key }, { type: value }] }
    }
    if (this.at('TIME') || this.at('TIMESTAMP')) return this.#temporal()
    const name = this.name()
    return { pos, base: name.quoted ? name.text : name.lower, arguments: this.accept('(') ? this.#closed(() => this.#parameter()) : [] }
  }

  #interval(): TypeName {
    const { pos } = this.take()
    const from = this.take().value.toLowerCase()
    if (!this.accept('TO')) return { pos, base: `interval ${from}`, arguments: [] }
    if (!this.isWord(0, ...INTERVAL_FIELDS)) throw this.mismatch("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
    return { pos, base: `interval ${from} to ${this.take().value.toLowerCase()}`, arguments: [] }
  }

  #temporal(): TypeName {
    const { pos, value } = this.take()
    const base = value.toLowerCase()
    let precision: Argument[] = []
    if (this.accept('(')) {
      precision = [this.#parameter()]
      if (this.isOp(',')) return { pos, base, arguments: this.#more(precision) }
      this.expect(')')
    }
    // The wrapper of JSON_QUERY, or the properties of a function.
    if (this.isWord(1, 'ARRAY', 'CONDITIONAL', 'UNCONDITIONAL', 'WRAPPER') || (this.at('WITH') && this.isOp('(', 1)))
      return { pos, base, arguments: precision }
    if (this.accept('WITH')) {
      this.expect('TIME', 'ZONE')
      return { pos, base: `${base} with time zone`, arguments: precision }
    }
    if (this.accept('WITHOUT')) this.expect('TIME', 'ZONE')
    return { pos, base, arguments: precision }
  }

  /** `time(1, 2)` is no time type but one of that name; nobody knows it, and the analysis says so. */
  #more(first: readonly Argument[]): Argument[] {
    this.take()
    return [...first, ...this.#closed(() => this.#parameter())]
  }

  #closed(item: () => Argument): Argument[] {
    const items = this.list(item)
    this.expect(')')
    return items
  }

  #parameter(): Argument {
    return this.peek().kind === 'integer' ? Number(this.take().value) : { type: this.type() }
  }

  /** A type, else a name and a type; one word alone is a type. */
  protected field(): Argument {
    const before = this.index
    const type = this.type()
    if (this.index !== before + 1 || this.isOp(',') || this.isOp(')')) return { type }
    const { raw, value, kind } = this.tokens[before] as { raw: string; value: string; kind: string }
    return { name: kind === 'quoted' ? value : raw.toLowerCase(), type: this.type() }
  }
}
