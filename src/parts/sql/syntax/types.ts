// Names of types in Trino SQL: `decimal(12, 2)`, `row(a bigint, b varchar)`, `timestamp(6) with time zone`.
import type { TypeName } from './ast.ts'
import { TokenReader } from './reader.ts'

export class TypeParser extends TokenReader {
  type(): TypeName {
    const { pos } = this.peek()
    let base = this.peek().kind === 'word' ? this.take().value.toLowerCase() : this.name().text
    if (base === 'double' && this.accept('PRECISION')) base = 'double precision'
    if (base === 'interval') {
      const months = this.accept('YEAR', 'TO', 'MONTH')
      if (!months) this.expect('DAY', 'TO', 'SECOND')
      base = months ? 'interval year to month' : 'interval day to second'
      return { pos, base, arguments: [] }
    }
    const args = this.accept('(') ? this.list(() => this.#typeArgument(base)) : []
    if (args.length > 0) this.expect(')')
    if (base === 'array' && this.accept('<')) {
      const inner = this.type()
      this.expect('>')
      return { pos, base, arguments: [{ type: inner }] }
    }
    if (base === 'time' || base === 'timestamp') {
      if (this.accept('WITH', 'TIME', 'ZONE')) base = `${base} with time zone`
      else this.accept('WITHOUT', 'TIME', 'ZONE')
    }
    let type: TypeName = { pos, base, arguments: args }
    while (this.at('ARRAY') && this.peek(1).value !== '[') {
      this.take()
      type = { pos, base: 'array', arguments: [{ type }] }
    }
    return type
  }

  #typeArgument(base: string): TypeName['arguments'][number] {
    if (this.peek().kind === 'integer') return Number(this.take().value)
    if (base === 'row' && this.isName() && this.peek(1).value !== ',' && this.peek(1).value !== ')' && this.peek(1).value !== '(') {
      const compound = this.at('DOUBLE', 'PRECISION') || this.at('INTERVAL') || this.at('TIMESTAMP') || this.at('TIME')
      const named = !compound || this.peek(1).kind === 'word'
      if (named && !this.at('DOUBLE', 'PRECISION') && this.peek(1).value !== 'WITH' && this.peek(1).value !== 'WITHOUT')
        return { name: this.name().text, type: this.type() }
    }
    return { type: this.type() }
  }
}
