// SQL/JSON of Trino SQL (SqlBase.g4: jsonExists, jsonValue, jsonQuery, jsonObject, jsonArray, jsonTable): served in its plain forms, the rest read to its end.
import type { Expression, Relation } from '#parts/sql/syntax/ast'
import { call } from '#parts/sql/syntax/special-calls'
import { WindowParser } from '#parts/sql/syntax/windows'

export const JSON_FUNCTIONS: ReadonlySet<string> = new Set(['JSON_ARRAY', 'JSON_EXISTS', 'JSON_OBJECT', 'JSON_QUERY', 'JSON_VALUE'])

export abstract class JsonParser extends WindowParser {
  /** Of the function that is read: another one inside of it makes it plain no more. */
  #isPlain = false

  /** Served in their plain forms: without PASSING, FORMAT, wrappers and what is told of errors. */
  protected jsonFunction(): Expression {
    const { value, pos } = this.take()
    this.#isPlain = true
    this.expect('(')
    const args = value === 'JSON_ARRAY' ? this.#array() : value === 'JSON_OBJECT' ? this.#object() : this.#asked(value)
    this.expect(')')
    if (!this.#isPlain) this.unserved(value, pos)
    this.#isPlain = false
    const name = `$${value.toLowerCase()}`
    return { ...call({ text: name, lower: name, quoted: true, pos }, args), pos }
  }

  /** A value and a path, with the type that is asked for. */
  #asked(what: string): Expression[] {
    const args = this.#path()
    if (what === 'JSON_EXISTS') this.#behaviour(['ERROR'], 'TRUE', 'FALSE', 'UNKNOWN', 'ERROR')
    else if (what === 'JSON_QUERY') this.#queryTail()
    else return [...args, ...this.#valueTail()]
    return args
  }

  protected jsonTable(): Relation {
    const { pos } = this.peek()
    this.unserved('JSON_TABLE')
    this.expect('JSON_TABLE', '(')
    this.#path()
    this.#columns()
    if (this.accept('PLAN')) this.#plan()
    if (this.accept('ERROR') || this.accept('EMPTY')) this.expect('ON', 'ERROR')
    this.expect(')')
    return { k: 'unnest', pos, items: [], ordinality: false }
  }

  #array(): Expression[] {
    let values: Expression[] = []
    if (!this.at(')') && !this.#returns()) {
      values = this.list(() => this.#value())
      this.#nulls()
    }
    this.#returning()
    return values
  }

  /** Keys and values in turn. */
  #object(): Expression[] {
    let members: Expression[] = []
    if (!this.at(')') && !this.#returns(true)) {
      members = this.list(() => this.#member()).flat()
      this.#nulls()
      if (this.accept('WITH') || this.accept('WITHOUT')) {
        this.#isPlain = false
        this.expect('UNIQUE')
        this.accept('KEYS')
      }
    }
    this.#returning()
    return members
  }

  /** KEY and VALUE are names as well. */
  #member(): Expression[] {
    const value = this.isWord(1, 'VALUE') && !this.isWord(2, 'VALUE') && !this.isOp('.', 2)
    const keyed = this.at('KEY') && this.opensExpression(1) && !value && this.accept('KEY')
    const key = this.expression()
    if (keyed || !this.accept(':')) this.expect('VALUE')
    return [key, this.#value()]
  }

  #nulls(): void {
    if (!this.accept('NULL') && !this.accept('ABSENT')) return
    this.#isPlain = false
    this.expect('ON', 'NULL')
  }

  #value(): Expression {
    const value = this.expression()
    this.#format()
    return value
  }

  #format(): void {
    if (!this.accept('FORMAT')) return
    this.#isPlain = false
    this.expect('JSON')
    if (this.accept('ENCODING')) this.#oneOf('UTF8', 'UTF16', 'UTF32')
  }

  /** Whether RETURNING is no name here but comes before a type. */
  #returns(member = false): boolean {
    if (!this.at('RETURNING') || !this.isName(1)) return false
    if (this.isWord(1, 'FORMAT')) return !this.isWord(2, 'JSON')
    if (this.isWord(1, 'AT')) return !this.isWord(2, 'TIME')
    if (this.isWord(1, 'ABSENT')) return !this.isWord(2, 'ON')
    if (this.isWord(1, 'OVER') && !(this.isWord(2, 'FORMAT') && this.isWord(3, 'JSON')))
      return !this.isName(2) && !(this.isOp('(', 2) && this.peek(3).kind !== 'integer')
    return !this.isWord(1, member ? 'VALUE' : 'RETURNING') || !this.isName(2)
  }

  #returning(): void {
    if (!this.accept('RETURNING')) return
    this.#isPlain = false
    this.type()
    this.#format()
  }

  #path(): Expression[] {
    const value = this.#value()
    this.expect(',')
    const { pos } = this.peek()
    const path: Expression = { k: 'string', pos, value: this.string() }
    if (this.accept('AS')) this.name()
    if (this.accept('PASSING')) {
      this.#isPlain = false
      this.list(() => {
        this.#value()
        this.expect('AS')
        this.name()
      })
    }
    return [value, path]
  }

  #valueTail(): Expression[] {
    const { pos } = this.peek()
    const type = this.accept('RETURNING') ? this.type() : undefined
    if (type && type.arguments.length > 0) this.#isPlain = false
    this.#behaviour(['EMPTY', 'ERROR'], 'ERROR', 'NULL', 'DEFAULT')
    return type ? [{ k: 'string', pos, value: type.base }] : []
  }

  #queryTail(): void {
    this.#returning()
    this.#wrapped()
  }

  #wrapped(): void {
    if (this.accept('WITHOUT') || this.accept('WITH')) {
      this.#isPlain = false
      if (this.isWord(-1, 'WITH') && !this.accept('CONDITIONAL')) this.accept('UNCONDITIONAL')
      this.accept('ARRAY')
      this.expect('WRAPPER')
    }
    if (this.accept('KEEP') || this.accept('OMIT')) {
      this.#isPlain = false
      this.expect('QUOTES')
      if (this.accept('ON')) this.expect('SCALAR', 'STRING')
    }
    this.#behaviour(['EMPTY', 'ERROR'], 'ERROR', 'NULL', 'EMPTY')
  }

  /** `.. ON EMPTY`, then `.. ON ERROR`: those of `on`, each at most once. */
  #behaviour(on: readonly string[], ...words: readonly string[]): void {
    let left = on
    if (this.isWord(0, ...words)) this.#isPlain = false
    while (left.length > 0 && this.isWord(0, ...words)) {
      const { value } = this.take()
      if (value === 'DEFAULT') this.expression()
      else if (value === 'EMPTY') this.#oneOf('ARRAY', 'OBJECT')
      this.expect('ON')
      const what = this.#oneOf(...left)
      left = left.slice(left.indexOf(what) + 1)
    }
  }

  #oneOf(...words: readonly string[]): string {
    if (!this.isWord(0, ...words)) throw this.mismatch(words.map((word) => `'${word}'`).join(', '))
    return this.take().value
  }

  #columns(): void {
    this.expect('COLUMNS', '(')
    this.enter()
    this.list(() => this.#column())
    this.leave()
    this.expect(')')
  }

  #column(): void {
    const path = this.isWord(1, 'PATH') && this.stringLength(2) > 0 && !this.isOp(',', 2)
    if (this.at('NESTED') && (path || this.stringLength(1) > 0)) {
      this.take()
      this.accept('PATH')
      this.string()
      if (this.accept('AS')) this.name()
      this.#columns()
      return
    }
    this.name()
    if (this.accept('FOR')) {
      this.expect('ORDINALITY')
      return
    }
    this.type()
    const formatted = this.at('FORMAT')
    this.#format()
    if (this.accept('PATH')) this.string()
    if (formatted) this.#wrapped()
    else this.#behaviour(['EMPTY', 'ERROR'], 'ERROR', 'NULL', 'DEFAULT')
  }

  #plan(): void {
    const byDefault = this.accept('DEFAULT')
    this.expect('(')
    if (byDefault) this.#defaultPlan()
    else this.#specificPlan()
    this.expect(')')
  }

  #defaultPlan(): void {
    const nested = this.isWord(0, 'OUTER', 'INNER')
    this.#oneOf('OUTER', 'INNER', 'UNION', 'CROSS')
    if (this.accept(',')) this.#oneOf(...(nested ? ['UNION', 'CROSS'] : ['OUTER', 'INNER']))
  }

  #specificPlan(): void {
    const named = this.isName()
    this.#planPrimary()
    if (named && (this.accept('OUTER') || this.accept('INNER'))) {
      this.#planPrimary()
      return
    }
    const op = this.peek().value
    if (op !== 'UNION' && op !== 'CROSS') return
    while (this.accept(op)) this.#planPrimary()
  }

  #planPrimary(): void {
    if (!this.accept('(')) {
      this.name()
      return
    }
    this.enter()
    this.#specificPlan()
    this.leave()
    this.expect(')')
  }
}
